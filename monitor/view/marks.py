"""The fold of what findings and the stream leave behind for the decisions that follow.

- a finding made once (`once`) or told by a record (`act`) is noted, so that it is not made again;
- its incident is remembered by actor and object, and by correlation;
- a hole it opened (`hole`) stands until a finding closes it (`hole` null);
- a pulse says that records of a tenant still arrive, a gap that positions of a partition do not;
- records that could not be read or understood are counted by day.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from pydantic import JsonValue

from monitor.clock import moment
from monitor.view.cells import Cell, Cells, Table

Leaf = Mapping[str, JsonValue]
Value = dict[str, JsonValue]
Rows = list[tuple[str, JsonValue]]

DAYS_LEARNT = 7
"""Days (UTC, newest first) of which the longest pause between two pulses is remembered."""
DRIFT_FROM = 5
"""Records of one day that could not be read or understood before the sweep looks at them."""


def fold_marks(cells: Cells, index: int, leaf: Leaf, details: Leaf) -> None:
    """Put what the leaf at `index` leaves behind into the cells; `details` are a finding's."""
    kind = leaf.get("t")
    if kind == "finding":
        _noted(cells, index, leaf)
        _incident(cells, leaf)
        _hole(cells, leaf, details)
    elif kind == "pulse":
        _pulse(cells, leaf)
    elif kind == "gap":
        _gap(cells, index, leaf)
    elif (kind == "quarantine" and leaf.get("code") != "internal-error") or (
        kind == "change" and leaf.get("effect") == "not-understood"
    ):
        _drift(cells, index, leaf, str(kind))


def once_key(rule: str, key: str) -> str:
    """The cell key of a finding that is made once."""
    return f"once/{rule}/{key}"


def incident_keys(leaf: Leaf) -> tuple[str, ...]:
    """The cell keys by which findings of one incident find each other; none without a record."""
    actor = cast("Value", leaf.get("initiator") or {})
    about = cast("Value", leaf.get("object") or {})
    who = actor.get("id") or actor.get("label")
    keys = []
    if who and who != "unknown" and about.get("id"):
        keys.append(f"actor/{who}/{about.get('kind')}/{str(about['id']).lower()}")
    if leaf.get("correlation"):
        keys.append(f"correlation/{leaf['correlation']}")
    return tuple(keys)


def hole_key(kind: str, identity: str) -> str:
    """The cell key of an open hole."""
    return f"{kind}/{identity.lower()}"


def gap_key(partition: str, first: int, last: int) -> str:
    """The cell key of a range of positions that was skipped."""
    return f"gap/{partition}/{first}-{last}"


def with_pause(pauses: Mapping[str, JsonValue], at: datetime, seconds: float) -> Value:
    """Return the longest pause of each day (seconds) with one more pause that ended at `at`."""
    day = at.date().isoformat()
    longest = max(seconds, cast("float", pauses.get(day, 0)))
    kept = {**pauses, day: longest}
    oldest = (at - timedelta(days=DAYS_LEARNT)).date().isoformat()
    return {name: kept[name] for name in sorted(kept) if name > oldest}


def _tenant(leaf: Leaf) -> str:
    return str(leaf.get("tenant", ""))


def _noted(cells: Cells, index: int, leaf: Leaf) -> None:
    if leaf.get("once"):
        key = once_key(str(leaf.get("rule")), str(leaf["once"]))
        cells.set(Cell(Table.NOTED, _tenant(leaf), key, {"i": index, "at": leaf.get("at")}))
    act = leaf.get("act")
    if isinstance(act, dict):
        value: Value = {
            "i": index,
            "at": leaf.get("at"),
            "part": act.get("part"),
            "severity": leaf.get("severity"),
        }
        cells.set(Cell(Table.NOTED, _tenant(leaf), str(act.get("key")), value))


def _incident(cells: Cells, leaf: Leaf) -> None:
    if leaf.get("incident") is None:
        return
    value: Value = {"incident": leaf["incident"], "at": leaf.get("at")}
    for key in incident_keys(leaf):
        cells.set(Cell(Table.INCIDENT, _tenant(leaf), key, value))


def _hole(cells: Cells, leaf: Leaf, details: Leaf) -> None:
    """Keep what opened a hole: the members changed and their values, the oldest of each."""
    if "hole" not in leaf:
        return
    about = cast("Value", leaf.get("object") or {})
    key = hole_key(str(about.get("kind")), str(about.get("id")))
    hole = leaf["hole"]
    if not isinstance(hole, dict):
        cells.delete(Table.HOLE, _tenant(leaf), key)
        return
    held = cells.get(Table.HOLE, _tenant(leaf), key)
    known = cast("Value", held.value) if held else {}
    rows = dict(cast("Rows", known["rows"])) if known.get("since") == hole["since"] else {}
    for row in cast("list[Value]", details.get("changed") or []):
        rows.setdefault(str(row["path"]), row["before"])
    listed: list[JsonValue] = [[path, rows[path]] for path in rows]
    cells.set(Cell(Table.HOLE, _tenant(leaf), key, {**hole, "rows": listed}))


def _pulse(cells: Cells, leaf: Leaf) -> None:
    held = cells.get(Table.STREAM, _tenant(leaf), "pulse")
    known = cast("Value", held.value) if held else {"since": leaf.get("at"), "pauses": {}}
    at = moment(str(leaf["at"]))
    pauses = cast("Value", known["pauses"])
    if leaf.get("pause") is not None:
        pauses = with_pause(pauses, at, cast("float", leaf["pause"]))
    value: Value = {
        "since": known["since"],
        "last": leaf.get("at"),
        "pauses": pauses,
        "expect": leaf.get("expect"),
    }
    due = at + timedelta(seconds=cast("float", leaf["expect"]))
    cells.set(Cell(Table.STREAM, _tenant(leaf), "pulse", value, due))


def _gap(cells: Cells, index: int, leaf: Leaf) -> None:
    src = cast("Value", leaf.get("src") or {})
    first, last = cast("int", leaf["first"]), cast("int", leaf["last"])
    key = gap_key(str(src.get("key")), first, last)
    if leaf.get("state") == "closed":
        cells.delete(Table.STREAM, _tenant(leaf), key)
        return
    held: Value = {"key": src.get("key"), "first": first, "last": last, "i": index}
    value = held | {"at": leaf.get("at"), "state": leaf.get("state")}
    due = moment(str(leaf["due"])) if leaf.get("due") else None
    cells.set(Cell(Table.STREAM, _tenant(leaf), key, value, due))


def _drift(cells: Cells, index: int, leaf: Leaf, kind: str) -> None:
    at = str(leaf.get("at"))
    key = f"drift/{at[:10]}"
    held = cells.get(Table.STREAM, _tenant(leaf), key)
    known: Value = {"quarantine": 0, "change": 0}
    known |= cast("Value", held.value) if held else {}
    known[kind] = cast("int", known[kind]) + 1
    known["i"] = index
    total = cast("int", known["quarantine"]) + cast("int", known["change"])
    due = moment(at) if total >= DRIFT_FROM else None
    cells.set(Cell(Table.STREAM, _tenant(leaf), key, known, due))
