"""Holes: how long sign-ins were let in that should not have been.

A weakening opens a hole in its object. What opened it are the members of the document it changed,
with the values they had: `details.changed` of its finding, folded into a cell. A later change that
strengthens the same object is asked, with the coverage comparison, what these members still let in:

- nothing, and something before this change: it closes the hole, and says how long it stood open;
- something: the hole stays open, and the finding says what is let in still;
- nothing already before this change: another policy covered it meanwhile; the hole is forgotten.
"""

import copy
from collections.abc import Sequence
from typing import cast

from pydantic import JsonValue

from monitor.clock import moment, stamp
from monitor.coverage.compare import compare
from monitor.coverage.model import Comparison, Verdict
from monitor.pipeline.incidents import together
from monitor.pipeline.leaves import Leaf
from monitor.posture.change import Change, Effect
from monitor.posture.document import Body, Document
from monitor.posture.posture import Posture
from monitor.rules.ca_strengthened import ca_strengthened
from monitor.rules.case import Case, ChangeCase
from monitor.view.cells import Cells, Table
from monitor.view.marks import hole_key

WEAKER = frozenset({Verdict.WEAKENED, Verdict.MIXED, Verdict.UNDECIDED})
Row = Sequence[JsonValue]
"""The path of a member, with dots between the names, and the value it had (null: none)."""


def mark_hole(cells: Cells, leaf: Leaf, case: Case, posture: Posture) -> bool:
    """Write into the finding of a change the hole it opens or closes; say whether it opens one.

    `posture` is the one after the change. Of the findings of a change only the first that lists
    what changed opens a hole; the finding of ca-strengthened closes one.
    """
    if not isinstance(case, ChangeCase) or case.change.effect is not Effect.APPLIED:
        return False
    details, about = cast("Leaf", leaf["details"]), cast("Leaf", leaf["object"])
    key = hole_key(str(about["kind"]), str(about["id"]))
    cell = cells.get(Table.HOLE, str(leaf["tenant"]), key)
    held = cast("Leaf", cell.value) if cell else None
    if case.comparison.verdict in WEAKER and details.get("changed"):
        leaf["hole"] = _opened(leaf, held)
        return True
    if leaf["rule"] == ca_strengthened.id and held:
        _strengthened(leaf, case.change, posture, held)
    return False


def span(seconds: int) -> str:
    """A length of time in words, in the largest unit of which there are at least two."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{round(seconds / length)} {unit}"
    return "1 minute" if seconds >= 60 else f"{seconds} seconds"  # noqa: PLR2004 - a minute


def restored(body: Body | None, rows: Sequence[Row]) -> Body | None:
    """Return the document with the members of the rows as they were; None where nothing is left."""
    document = copy.deepcopy(dict(body or {}))
    for path, value in rows:
        *parents, name = str(path).split(".")
        place = document
        for parent in parents:
            inner = place.get(parent)
            place[parent] = inner if isinstance(inner, dict) else {}
            place = cast("dict[str, JsonValue]", place[parent])
        if value is None:
            place.pop(name, None)
        else:
            place[name] = copy.deepcopy(value)
    return document or None


def _opened(leaf: Leaf, held: Leaf | None) -> Leaf:
    """A hole, or one that was open already within the hour and has become wider."""
    is_wider = held is not None and together(held, moment(str(leaf["at"])))
    since = held["since"] if held and is_wider else leaf["at"]
    return {"at": leaf["at"], "since": since, "incident": leaf["incident"]}


def _strengthened(leaf: Leaf, change: Change, posture: Posture, held: Leaf) -> None:
    since, at = moment(str(held["since"])), moment(str(leaf["at"]))
    if at < since:
        return
    rows = cast("Sequence[Row]", held["rows"])
    if _let_in(change, change.before, rows, posture).verdict not in WEAKER:
        leaf["hole"] = None
        return
    if together(held, at):
        leaf["incident"] = min(cast("int", held["incident"]), cast("int", leaf["incident"]))
    left = _let_in(change, change.after, rows, posture)
    said: Leaf = {"opened_at": stamp(since)}
    if left.verdict in WEAKER:
        said["still_open"] = [witness.text for witness in left.witnesses]
    else:
        seconds = int((at - since).total_seconds())
        said["exposure_seconds"] = seconds
        title = str(leaf["title"])
        leaf["title"] = f"Closed after {span(seconds)}: {title[:1].lower()}{title[1:]}"
        leaf["hole"] = None
    leaf["details"] = {**cast("Leaf", leaf["details"]), **said}


def _let_in(change: Change, body: Body | None, rows: Sequence[Row], posture: Posture) -> Comparison:
    """What a version of the object lets in that it would not with the members of the rows."""
    return compare(
        _with(change, restored(body, rows), posture),
        _with(change, body, posture),
    )


def _with(change: Change, body: Body | None, posture: Posture) -> Posture:
    if change.kind is None:
        return posture
    if body is None:
        return posture.without(change.kind, change.id)
    return posture.with_document(Document(change.kind, change.id, change.at, body))
