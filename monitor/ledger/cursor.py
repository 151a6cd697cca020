"""What has been read of one Event Hub partition: an interval with holes, moved by a pure claim.

Event Hubs numbers a partition's events by one and delivers each at least once; a trigger may skip a
range when the host loses its place. A plain high-water mark would hide that range for good, so the
cursor keeps every hole, and a later delivery closes it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from monitor.errors import LedgerCorrupt
from monitor.ledger.epoch import to_milliseconds

Gap = tuple[int, int]
"""First and last sequence number of a range that was never delivered."""

SKEW = 60_000
"""Milliseconds by which the clocks of two brokers may differ before a restart is concluded."""


class Cursor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Positions `start` to `high` are entered, save those in `gaps`; stored as a JSON array.

    `gaps` are sorted, never touch, and lie strictly between `start` and `high`. `enqueued` is the
    latest time Event Hubs gave any of them, in milliseconds since 1970 UTC, where it is known.
    """

    start: int
    high: int
    gaps: tuple[Gap, ...] = ()
    enqueued: int | None = None

    @property
    def missing(self) -> int:
        """How many positions between `start` and `high` were never delivered."""
        return sum(last - first + 1 for first, last in self.gaps)

    def holds(self, position: int) -> bool:
        """Tell whether the event with that sequence number is entered."""
        return self.start <= position <= self.high and not self.is_open(position, position)

    def is_open(self, first: int, last: int) -> bool:
        """Tell whether `first` to `last` lie within one gap."""
        place = bisect_right(self.gaps, first, key=_first) - 1
        return place >= 0 and last <= self.gaps[place][1]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a delivery brings: the positions nobody entered yet, and the cursor once they are."""

    fresh: frozenset[int]
    cursor: Cursor


def claim(
    cursor: Cursor | None,
    positions: Sequence[int],
    enqueued: Sequence[datetime | None] = (),
) -> Claim:
    """Claim the delivered positions (sequence numbers, in any order, repeats allowed).

    The first claim registers its lowest position as `start`; a lower one that comes later is fresh
    and moves `start` down, so nothing is lost by the order of delivery. `enqueued` goes along with
    `positions`, one for one, where Event Hubs' times are known.

    Raises:
        LedgerCorrupt: the numbers restarted: a position at or below `high` was enqueued later than
            anything entered so far. The hub was made anew; its epoch (a setting) must change.
        ValueError: neither a cursor nor a position.
    """
    pairs = zip(positions, enqueued, strict=True) if enqueued else ()
    times = {position: to_milliseconds(time) for position, time in pairs if time is not None}
    if cursor is None:
        if not positions:
            raise ValueError("the first claim on a partition needs a position")
        fresh = sorted(set(positions))
        empty = Cursor(fresh[0], fresh[0] - 1)
        return Claim(frozenset(fresh), _moved(empty, fresh, times))
    _refuse_restart(cursor, times)
    fresh = sorted({position for position in positions if not cursor.holds(position)})
    return Claim(frozenset(fresh), _moved(cursor, fresh, times) if fresh else cursor)


def transition_fault(before: Cursor | None, after: Cursor) -> str | None:
    """Say what makes `after` impossible as the successor of `before`; None where it is possible."""
    edge = after.start - 1
    for first, last in (*after.gaps, (after.high + 1, after.high + 1)):
        if not edge + 1 < first <= last:
            return "its gaps are out of order, touch, or leave start and high"
        edge = last
    if before is None:
        return None
    if after.start > before.start or after.high < before.high:
        return "it covers less than the cursor before it"
    if any(_reopens(before, first, last) for first, last in after.gaps):
        return "it opens a gap over positions already entered"
    return None


def without(gaps: Iterable[Gap], taken: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return what is left of gaps (sorted, apart) when ranges (in any order) are taken out."""
    left: list[Gap] = []
    ordered = sorted(taken)
    for edge, last in gaps:
        for low, high in ordered:
            if edge <= high and low <= last:
                if edge < low:
                    left.append((edge, low - 1))
                edge = high + 1  # noqa: PLW2901 - what is left begins behind it
        if edge <= last:
            left.append((edge, last))
    return tuple(left)


def _first(gap: Gap) -> int:
    return gap[0]


def _reopens(before: Cursor, first: int, last: int) -> bool:
    outside = last < before.start or first > before.high
    return not outside and not before.is_open(first, last)


def _refuse_restart(cursor: Cursor, times: Mapping[int, int]) -> None:
    """Under an entered number one millisecond is proof; elsewhere brokers' clocks may differ."""
    if cursor.enqueued is None:
        return
    for position, time in times.items():
        latest = cursor.enqueued + (0 if cursor.holds(position) else SKEW)
        if position <= cursor.high and time > latest:
            raise LedgerCorrupt(
                f"event {position} was enqueued later than all up to {cursor.high}, which are "
                "entered: the hub was made anew and counts from the start; set a new epoch"
            )


def _moved(cursor: Cursor, fresh: Sequence[int], times: Mapping[int, int]) -> Cursor:
    start, high = min(cursor.start, fresh[0]), max(cursor.high, fresh[-1])
    below, above = (start, cursor.start - 1), (cursor.high + 1, high)
    gaps = tuple(rest for gap in (below, *cursor.gaps, above) for rest in _closed(gap, fresh))
    known = [times[position] for position in fresh if position in times]
    known += [] if cursor.enqueued is None else [cursor.enqueued]
    return Cursor(start, high, gaps, max(known, default=None))


def _closed(gap: Gap, fresh: Sequence[int]) -> Iterator[Gap]:
    """What is left of a gap once the fresh positions (sorted) are entered."""
    edge, last = gap
    for position in fresh[bisect_left(fresh, edge) : bisect_right(fresh, last)]:
        if edge < position:
            yield edge, position - 1
        edge = position + 1
    if edge <= last:
        yield edge, last
