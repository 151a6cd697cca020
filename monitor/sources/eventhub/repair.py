"""Closing gaps: positions the reader skipped are read again, or reported as lost.

What is read goes in under the cursor of the main reader, so a position is entered once, whoever
brings it first. Nothing is remembered between two repairs: an open gap is one the ledger says is
open, and what was read of it before is entered and no gap any more.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import structlog

from monitor.events.batch import Message, SourceBatch
from monitor.ledger.cursor import Cursor
from monitor.ledger.cursor import Gap as Span
from monitor.pipeline.outcome import Outcome
from monitor.settings import Settings
from monitor.sources.eventhub.hub import Hub, HubUnavailable, hub_in_force
from monitor.sources.eventhub.ranges import RangeReader, kept_by
from monitor.wiring.gaps import Gap

NEAR = 256
"""Gaps with fewer positions than that between them are read in one go."""
REPAIR_SECONDS = 120.0
"""How long a repair may take; the next one goes on where it ended."""

_log = structlog.get_logger(__name__)


class Repairable(Protocol):
    """What a repair needs of the monitor."""

    def gaps(self) -> Sequence[Gap]:
        """Return the gaps, open and lost."""

    def cursors(self) -> Mapping[str, Cursor]:
        """Return what is entered of each partition, by its key."""

    def ingest(self, batch: SourceBatch) -> Outcome:
        """Commit one batch."""

    def lose_gap(self, key: str, first: int, last: int) -> Outcome:
        """Enter that open positions can no longer be read."""


class Configured(Repairable, Protocol):
    """A monitor that knows its settings."""

    settings: Settings


@dataclass(slots=True)
class Report:
    """What a repair did, counted in positions.

    `found` were open before, `repaired` are entered now, `lost` are no longer kept, `elsewhere` are
    of another hub, group or epoch than the one configured, `left` are still open. `faults` say why.
    """

    found: int = 0
    repaired: int = 0
    lost: int = 0
    elsewhere: int = 0
    left: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Where:
    """A cursor key read backwards: the partition, and whether its hub is still there."""

    partition: str
    gone: bool


def repair_gaps(
    monitor: Configured,
    environment: Mapping[str, str] | None = None,
    *,
    seconds: float = REPAIR_SECONDS,
) -> Report:
    """Close the open gaps of the configured hub; without any, ask nobody.

    `environment` are the app settings (by default those of the process).

    Raises:
        InvalidInput: there are gaps, and no hub is configured.
        StorageUnavailable: the ledger cannot be read or written.
        LedgerCorrupt: nothing more may be appended.
    """
    if not any(not gap.lost for gap in monitor.gaps()):
        return Report()
    settings = monitor.settings
    hub = hub_in_force(settings.eventhub, settings.storage, environment)
    return repair(monitor, hub, seconds=seconds)


def repair(
    monitor: Repairable,
    hub: Hub,
    *,
    seconds: float = REPAIR_SECONDS,
    progress: Callable[[int], None] | None = None,
    shown: Callable[[Outcome], None] | None = None,
) -> Report:
    """Close the open gaps of a hub. `progress` is told how many positions were done with.

    `shown` gets every outcome. A partition that cannot be read leaves its gaps open, and the next
    one is tried.

    Raises:
        StorageUnavailable: the ledger cannot be read or written.
        LedgerCorrupt: nothing more may be appended.
    """
    before = open_gaps(monitor)
    report = Report(found=sum(gap.count for gap in before))
    work = _Work(monitor, hub, time.monotonic() + seconds, progress, shown)
    for key, gaps in by_partition(before).items():
        where = where_is(hub, key)
        if where is None or (where.gone and not replaced(hub, key, monitor.cursors())):
            report.elsewhere += sum(gap.count for gap in gaps)
            continue
        try:
            report.lost += work.done_with(key, where, gaps)
        except HubUnavailable as error:
            report.faults.append(f"partition {where.partition}: {error}")
            _log.warning("gaps.not_repaired", partition=where.partition, reason=str(error))
    after = open_gaps(monitor)
    report.left = sum(gap.count for gap in after)
    report.repaired = report.found - report.lost - sum(_shared(one, after) for one in before)
    return report


def open_gaps(monitor: Repairable) -> list[Gap]:
    """Return the gaps that are open."""
    return [gap for gap in monitor.gaps() if not gap.lost]


def retained(hub: Hub, gaps: Sequence[Gap]) -> Mapping[Gap, int]:
    """Return how many positions of each open gap the hub still keeps; other hubs' are left out.

    Raises:
        HubUnavailable: the hub cannot be asked.
    """
    found: dict[Gap, int] = {}
    for key, ours in by_partition([gap for gap in gaps if not gap.lost]).items():
        where = where_is(hub, key)
        if where is None:
            continue
        beginning = ours[-1].last + 1 if where.gone else kept_by(hub, where.partition).beginning
        for gap in ours:
            found[gap] = max(0, gap.last - max(gap.first, beginning) + 1)
    return found


def by_partition(gaps: Sequence[Gap]) -> Mapping[str, list[Gap]]:
    """Return the gaps of each partition, in order."""
    found: dict[str, list[Gap]] = defaultdict(list)
    for gap in gaps:
        found[gap.key].append(gap)
    return found


def where_is(hub: Hub, key: str) -> _Where | None:
    """Say which partition of the hub a cursor key means; None where it is another hub's.

    Another epoch is a hub of this name that was deleted: nothing can be read there any more.
    """
    *names, epoch, partition = key.split("/")
    same = hub.partition(partition).key.split("/")[:-2] == names
    return _Where(partition, gone=epoch != hub.epoch) if same else None


def replaced(hub: Hub, key: str, cursors: Mapping[str, Cursor]) -> bool:
    """Say whether records of the hub's epoch came later than those of another epoch, by its key.

    A setting alone proves nothing: with an old or a forgotten epoch, what the hub of today still
    keeps would be entered as lost.
    """
    ours = _latest(cursors, hub.partition("").key)
    theirs = _latest(cursors, key.rpartition("/")[0] + "/")
    return ours is not None and theirs is not None and ours > theirs


def _latest(cursors: Mapping[str, Cursor], prefix: str) -> int | None:
    """Return when the latest record under that prefix came to the hub, where that is known."""
    times = (cursor.enqueued for key, cursor in cursors.items() if key.startswith(prefix))
    return max((time for time in times if time is not None), default=None)


def spans(gaps: Sequence[Gap], near: int = NEAR) -> Iterator[tuple[Span, list[Gap]]]:
    """Yield what to read in one go, and the gaps in it; `gaps` are those of one partition."""
    held: list[Gap] = []
    for gap in gaps:
        if held and gap.first - held[-1].last > near:
            yield (held[0].first, held[-1].last), held
            held = []
        held.append(gap)
    if held:
        yield (held[0].first, held[-1].last), held


def _shared(gap: Gap, others: Sequence[Gap]) -> int:
    """How many positions of a gap others name too."""
    same = (one for one in others if one.key == gap.key)
    return sum(max(0, min(gap.last, one.last) - max(gap.first, one.first) + 1) for one in same)


def _stands_in(gaps: Sequence[Gap], position: int | None) -> bool:
    return position is not None and any(gap.first <= position <= gap.last for gap in gaps)


class _Work:
    """One repair."""

    def __init__(
        self,
        monitor: Repairable,
        hub: Hub,
        until: float,
        progress: Callable[[int], None] | None,
        shown: Callable[[Outcome], None] | None,
    ) -> None:
        self._monitor = monitor
        self._hub = hub
        self._until = until
        self._progress = progress
        self._shown = shown

    def done_with(self, key: str, where: _Where, gaps: Sequence[Gap]) -> int:
        """Read the gaps of a partition again; return how many positions are lost."""
        beginning = (
            gaps[-1].last + 1 if where.gone else kept_by(self._hub, where.partition).beginning
        )
        lost = 0
        for gap in gaps:
            last = min(gap.last, beginning - 1)
            if gap.first <= last:
                self._told(self._monitor.lose_gap(key, gap.first, last))
                lost += last - gap.first + 1
                self._advance(last - gap.first + 1)
        left = [gap for gap in gaps if gap.last >= beginning]
        for (first, last), inside in spans(left):
            if time.monotonic() >= self._until:
                break
            take = partial(self._take, inside)
            reader = RangeReader(self._hub, where.partition, take, self._until)
            reader.read(max(first, beginning), last)
        return lost

    def _take(self, gaps: Sequence[Gap], partition: str, messages: Sequence[Message]) -> None:
        """Commit the messages that stand in a gap."""
        missing = tuple(one for one in messages if _stands_in(gaps, one.sequence))
        if missing:
            batch = SourceBatch(self._hub.partition(partition), missing)
            self._told(self._monitor.ingest(batch))
            self._advance(len(missing))

    def _told(self, outcome: Outcome) -> None:
        if self._shown:
            self._shown(outcome)

    def _advance(self, count: int) -> None:
        if self._progress:
            self._progress(count)
