"""The fold of the ledger into the state cells: one leaf at a time, from the leaf alone.

Evaluation uses this same fold on an overlay, so that what is decided next stands on exactly what
will be committed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from monitor.clock import moment
from monitor.posture.document import Body
from monitor.posture.membership import with_member
from monitor.view.cells import Cell, Cells, Table
from monitor.view.deliveries import fold_ack, fold_delivery, fold_finding
from monitor.view.marks import fold_marks

Leaf = Mapping[str, JsonValue]
Documents = Callable[[Leaf], Leaf]
"""Returns the document a leaf holds, or the one it refers to by its hash."""

KEY_CELL = "key/"
"""How the cells of the log's keys begin, in `Table.CONFIG`."""
MOST_MARKS = 8
"""Modification times remembered per object; twins come within seconds of their record."""


def fold_leaf(
    cells: Cells, index: int, leaf: Leaf, documents: Documents, *, filed: str = ""
) -> None:
    """Put the leaf at `index` of the log into the cells; kinds without state change nothing.

    `filed` is when its batch was committed, as `clock.stamp` writes it.
    """
    kind = leaf.get("t")
    if kind in ("change", "enrolment", "quarantine"):
        _seen(cells, leaf)
    if kind == "change":
        _change(cells, leaf, documents)
    if kind == "baseline":
        _baseline(cells, leaf, documents)
    if kind in ("change", "enrolment"):
        _clock(cells, leaf)
    if kind == "finding":
        _settles(cells, leaf)
        fold_finding(cells, index, leaf, filed)
    if kind == "delivery":
        fold_delivery(cells, leaf)
    if kind == "ack":
        fold_ack(cells, leaf)
    if kind == "config":
        cells.set(Cell(Table.CONFIG, "", "sha256", leaf.get("sha256")))
    if kind == "key":
        _key(cells, index, leaf)
    details = whole(leaf.get("details"), documents) if kind == "finding" else None
    fold_marks(cells, index, leaf, details if isinstance(details, dict) else {})


def whole(value: JsonValue, documents: Documents) -> JsonValue:
    """Return the document itself, read by its hash where the leaf holds only a reference."""
    return dict(documents(value)) if isinstance(value, dict) else value


def applied_body(held: Body | None, leaf: Leaf, documents: Documents) -> JsonValue:
    """Return the document after an applied change: whole, or as held with one member moved."""
    if isinstance(leaf.get("member"), dict):
        about = cast("dict[str, JsonValue]", leaf["object"])
        delta = cast("dict[str, JsonValue]", leaf["member"])
        return dict(with_member(held, str(about.get("name") or ""), delta))
    return whole(leaf.get("doc"), documents)


def document_key(kind: str, identity: str) -> str:
    """The cell key of a document; Entra's ids ignore case."""
    return f"{kind}/{identity.lower()}"


def _tenant(leaf: Leaf) -> str:
    return str(leaf.get("tenant", ""))


def _seen(cells: Cells, leaf: Leaf) -> None:
    src = leaf.get("src")
    if isinstance(src, dict) and isinstance(src.get("key"), str):
        held = cells.get(Table.SEEN, _tenant(leaf), str(src["key"]))
        places = list(cast("list[JsonValue]", held.value)) if held else []
        places.append([src.get("raw"), src.get("off"), src.get("len")])
        cells.set(Cell(Table.SEEN, _tenant(leaf), str(src["key"]), places))


def _change(cells: Cells, leaf: Leaf, documents: Documents) -> None:
    tenant = _tenant(leaf)
    about = cast("dict[str, JsonValue]", leaf.get("object") or {})
    if leaf.get("effect") in ("applied", "older", "repeated") and about.get("kind"):
        _document(
            cells, tenant, document_key(str(about["kind"]), str(about["id"])), leaf, documents
        )
    _settles(cells, leaf)
    for matter in cast("list[dict[str, JsonValue]]", leaf.get("opens") or []):
        full = {name: whole(item, documents) for name, item in matter.items()}
        due = moment(str(matter["due"]))
        cells.set(Cell(Table.PENDING, tenant, str(matter["key"]), full, due))


def _document(cells: Cells, tenant: str, key: str, leaf: Leaf, documents: Documents) -> None:
    old = cells.get(Table.DOCUMENT, tenant, key)
    value = dict(cast("dict[str, JsonValue]", old.value)) if old else {"body": None, "marks": []}
    modified = cast("str", leaf["modified"])
    marks = [mark for mark in cast("list[JsonValue]", value["marks"]) if mark != modified]
    value["marks"] = [*marks, modified][-MOST_MARKS:]
    if leaf.get("effect") == "applied":
        value["at"] = modified
        held = cast("Body | None", value["body"])
        value["body"] = applied_body(held, leaf, documents)
    value.setdefault("at", modified)
    cells.set(Cell(Table.DOCUMENT, tenant, key, value))


def _baseline(cells: Cells, leaf: Leaf, documents: Documents) -> None:
    kinds = leaf.get("complete")
    if isinstance(kinds, list):
        held = cells.get(Table.COMPLETE, _tenant(leaf), "kinds")
        known = cast("list[JsonValue]", held.value) if held else []
        merged: list[JsonValue] = [*sorted({str(kind) for kind in (*known, *kinds)})]
        cells.set(Cell(Table.COMPLETE, _tenant(leaf), "kinds", merged))
        return
    about = cast("dict[str, JsonValue]", leaf["object"])
    key = document_key(str(about["kind"]), str(about["id"]))
    _document(cells, _tenant(leaf), key, {**leaf, "effect": "applied"}, documents)


def _key(cells: Cells, index: int, leaf: Leaf) -> None:
    """Note from which entry to which one a key may sign; the first word on it counts."""
    vkey = leaf.get("vkey")
    if not isinstance(vkey, str) or leaf.get("action") not in ("announce", "retire"):
        return
    key = KEY_CELL + vkey.partition("+")[2].partition("+")[0]
    held = cells.get(Table.CONFIG, "", key)
    value: dict[str, JsonValue] = {"vkey": vkey, "until": None}
    value |= cast("dict[str, JsonValue]", held.value) if held else {}
    if leaf.get("action") == "announce":
        value.setdefault("since", index)
    elif value["until"] is None:
        value["until"] = index
    cells.set(Cell(Table.CONFIG, "", key, {"since": 0, **value}))


def _clock(cells: Cells, leaf: Leaf) -> None:
    clock = leaf.get("clock")
    if not isinstance(clock, dict):
        return
    waiting = clock.get("stage") == "waiting" and clock.get("deadline")
    due: datetime | None = moment(str(clock["deadline"])) if waiting else None
    cells.set(Cell(Table.CLOCK, _tenant(leaf), str(clock["user"]), clock, due))


def _settles(cells: Cells, leaf: Leaf) -> None:
    for key in cast("list[str]", leaf.get("settles") or []):
        cells.delete(Table.PENDING, _tenant(leaf), key)
