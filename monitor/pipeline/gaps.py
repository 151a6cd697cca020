"""Positions of a partition that were skipped: awaited, come after all, or lost for good.

A position is *open* while the cursor has a gap there and no entry says that it is lost. A sweep
enters a `gap` entry when it sees open positions that none names yet, and another when nothing of it
is open any more. Whoever finds out that the hub no longer keeps a position has it entered as lost
(`Evaluation.lose`); the cursor keeps the gap for ever, because nothing was ever entered there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from pydantic import JsonValue

from monitor.clock import stamp
from monitor.ledger.cursor import Cursor, Gap, without
from monitor.pipeline.leaves import Leaf
from monitor.pipeline.stream import DEPLOYMENT, Notice, Sight
from monitor.rules.case import GapCase, LostCase
from monitor.view.cells import Cell, Cells, Table
from monitor.view.marks import gap_key

PATIENCE = timedelta(minutes=15)
"""How long skipped positions may still come before they are a finding."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Positions `first` to `last` of the partition `key` that the hub no longer keeps.

    They were enqueued between `after` and `before` (UTC), where that is known.
    """

    key: str
    first: int
    last: int
    after: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """What a `gap` entry says of a range, as long as it is not closed."""

    key: str
    first: int
    last: int
    index: int
    at: str | None
    lost: bool

    @property
    def span(self) -> Gap:
        """First and last position."""
        return self.first, self.last


def noted(cells: Iterable[Cell]) -> Iterator[Noted]:
    """Yield the ranges that entries name, of the cells of `Table.STREAM`."""
    for cell in cells:
        if cell.key.startswith("gap/"):
            held = cast("dict[str, JsonValue]", cell.value)
            first, last = cast("int", held["first"]), cast("int", held["last"])
            at = cast("str | None", held.get("at"))
            lost = held.get("state") == "lost"
            yield Noted(str(held["key"]), first, last, cast("int", held["i"]), at, lost)


def open_ranges(
    cursors: Mapping[str, Cursor], known: Iterable[Noted]
) -> Iterator[tuple[str, int, int]]:
    """Yield partition, first and last position of each range that may still come."""
    given_up: dict[str, list[Gap]] = {}
    for one in known:
        if one.lost:
            given_up.setdefault(one.key, []).append(one.span)
    for key, cursor in cursors.items():
        for first, last in without(cursor.gaps, given_up.get(key, ())):
            yield key, first, last


def gap_entries(sight: Sight) -> Iterator[Leaf]:
    """Yield the entries of gaps that have opened or closed since the last sweep."""
    if sight.since is None:
        return
    known = [*noted(sight.cells.rows(Table.STREAM))]
    still_open = [*open_ranges(sight.cursors, known)]
    for one in known:
        left = _in_cursor(one, sight.cursors) if one.lost else _still(one, still_open)
        if not left:
            yield _leaf(one.key, one.first, one.last, sight.now) | {"state": "closed"}
    for key, first, last in still_open:
        if not any(_within(one, key, first, last) for one in known if not one.lost):
            opened = _leaf(key, first, last, sight.now)
            yield opened | {"state": "open", "due": stamp(sight.now + PATIENCE)}


def gap_notices(sight: Sight) -> Iterator[Notice]:
    """Notice positions that have stayed open for long enough."""
    if sight.since is None:
        return
    still_open = [*open_ranges(sight.cursors, noted(sight.cells.rows(Table.STREAM)))]
    for one in noted(sight.cells.rows(Table.STREAM, due=sight.now)):
        missing = _still(one, still_open)
        if missing:
            case = GapCase(one.key, one.first, one.last, missing)
            once = gap_key(one.key, one.first, one.last)
            yield Notice(DEPLOYMENT, case, once, one.index)


def still_open(
    losses: Iterable[Loss], cells: Cells, cursors: Mapping[str, Cursor]
) -> Iterator[Loss]:
    """Yield of the losses what is open at this head: nothing is lost twice, or after it came."""
    ranges = [*open_ranges(cursors, noted(cells.rows(Table.STREAM)))]
    for loss in losses:
        for key, first, last in ranges:
            low, high = max(first, loss.first), min(last, loss.last)
            if key == loss.key and low <= high:
                yield Loss(key, low, high, loss.after, loss.before)


def lost_leaf(loss: Loss, now: datetime) -> Leaf:
    """Return the entry that says that positions are lost."""
    window: list[JsonValue] = [
        stamp(moment) if moment else None for moment in (loss.after, loss.before)
    ]
    shown: Leaf = {"state": "lost", "window": window}
    return _leaf(loss.key, loss.first, loss.last, now) | shown


def lost_notice(loss: Loss, index: int) -> Notice:
    """Return what is to be judged of a loss, of which the entry stands at `index`."""
    case = LostCase(loss.key, loss.first, loss.last, loss.after, loss.before)
    return Notice(DEPLOYMENT, case, gap_key(loss.key, loss.first, loss.last), index)


def _leaf(key: str, first: int, last: int, now: datetime) -> Leaf:
    src: Leaf = {"key": key}
    told: Leaf = {"t": "gap", "v": 1, "tenant": DEPLOYMENT, "at": stamp(now)}
    return told | {"src": src, "first": first, "last": last}


def _within(one: Noted, key: str, first: int, last: int) -> bool:
    return one.key == key and one.first <= first and last <= one.last


def _overlap(one: Noted, first: int, last: int) -> int:
    return max(0, min(one.last, last) - max(one.first, first) + 1)


def _still(one: Noted, ranges: Iterable[tuple[str, int, int]]) -> int:
    """How many positions of a range that was noted are open."""
    return sum(_overlap(one, first, last) for key, first, last in ranges if key == one.key)


def _in_cursor(one: Noted, cursors: Mapping[str, Cursor]) -> int:
    cursor = cursors.get(one.key)
    return sum(_overlap(one, first, last) for first, last in (cursor.gaps if cursor else ()))
