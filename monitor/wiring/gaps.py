"""What is known of skipped positions, and when the records in them came to the hub."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.clock import moment
from monitor.ledger.cursor import Cursor
from monitor.ledger.epoch import from_milliseconds
from monitor.ledger.log import Log
from monitor.pipeline.gaps import Loss, Noted, noted, open_ranges
from monitor.view.cells import Cell


@dataclass(frozen=True, slots=True)
class Gap:
    """Skipped positions of the partition `key`: still open, or lost.

    `since` is when that was entered in the ledger; None before the next sweep.
    """

    key: str
    first: int
    last: int
    since: datetime | None
    lost: bool = False

    @property
    def count(self) -> int:
        """How many positions they are."""
        return self.last - self.first + 1


def gaps_of(cursors: Mapping[str, Cursor], cells: Iterable[Cell]) -> tuple[Gap, ...]:
    """Return the gaps at a head by partition and position; `cells` are those of the stream."""
    known = [*noted(cells)]
    still = [
        Gap(key, first, last, _since(known, key, first))
        for key, first, last in open_ranges(cursors, known)
    ]
    lost = [
        Gap(one.key, one.first, one.last, moment(one.at) if one.at else None, lost=True)
        for one in known
        if one.lost
    ]
    return tuple(sorted((*still, *lost), key=lambda gap: (gap.key, gap.first)))


def dated(log: Log, head: int, key: str, first: int, last: int) -> Loss:
    """Return the range as a loss, with the times of what was entered before and after it.

    The batch that leapt over it is looked up by halving, up to batch `head`: a cursor only grows.
    """

    def over(seq: int) -> bool:
        cursor = _cursor(log, seq, key)
        return cursor is not None and cursor.start < first and cursor.high > last

    seq = _first_such(head, over)
    before, after = _cursor(log, seq - 1, key), _cursor(log, seq, key)
    earlier = before.enqueued if before and before.high < first else None
    later = after.enqueued if after and earlier is not None else None
    return Loss(key, first, last, _time(earlier), _time(later))


def _first_such(head: int, over: Callable[[int], bool]) -> int:
    low, high = 0, head
    while low < high:
        middle = (low + high) // 2
        if over(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _cursor(log: Log, seq: int, key: str) -> Cursor | None:
    batch = log.read(seq) if seq >= 0 else None
    return batch.stated.cur.get(key) if batch else None


def _since(known: Iterable[Noted], key: str, first: int) -> datetime | None:
    for one in known:
        if one.key == key and not one.lost and one.first <= first <= one.last and one.at:
            return moment(one.at)
    return None


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_milliseconds(milliseconds)
