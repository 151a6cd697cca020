"""Follows the ledger: sends each finding once to each channel and records every attempt.

Channels work side by side, each sends one message at a time, and its outcome is in the ledger
before the channel takes the next. A process that is killed between sending and recording therefore
repeats at most one message per channel; nothing is ever left out.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from traceback import extract_tb

import structlog

from monitor.alerts.message import compose
from monitor.alerts.ports import (
    Channel,
    Delivery,
    FiledFinding,
    Recorder,
    Result,
    Sent,
    Undelivered,
)
from monitor.clock import Clock
from monitor.rules.model import Severity

PAUSE_SECONDS = 15.0
"""Pause after a first failure; it doubles with each further one."""
LONGEST_PAUSE_SECONDS = 900.0
OLDEST = timedelta(days=7)
"""A finding committed longer ago that a channel will not take is given up there."""
LEAST_SECONDS = 2.0
"""No message is begun with less time left: a timeout cannot tell sent from not sent."""
LEAST_SHARE = 0.5
"""Of a limit shorter than twice LEAST_SECONDS, the share that must be left instead."""

NOBODY = "none"
"""The channel named in an entry that closes a finding which no configured channel is left for."""

_log = structlog.get_logger(__name__)


def pause_seconds(failures: int) -> float:
    """Return the pause after that many failures in a row: 15 s, 30 s ... at most 15 minutes."""
    if failures <= 0:
        return 0.0
    return min(PAUSE_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class _Errand:
    """One finding on its way to one channel.

    `attempt` counts from 1. `left` names the channels the finding is not settled on; all errands of
    a finding share it, and it shrinks as they are run.
    """

    filed: FiledFinding
    channel: str
    attempt: int
    left: set[str]


@dataclass(slots=True)
class _Lane:
    """A channel, what it has to take in this round, and how it has been doing in this process."""

    channel: Channel
    errands: deque[_Errand] = field(default_factory=deque)
    failures: int = 0
    resting_until: float = 0.0


class Follower:
    """Sends what the ledger holds and nobody was told of.

    Args:
        undelivered: the findings to tell of.
        recorder: appends to the ledger.
        channels: where to send; their names are unique.
        clock: the service's time, for entries and ages.
        minimum: findings below it are not sent, and no entry is made of that.
        oldest: how long a failing channel is tried for one finding.
        ticks: monotonic seconds, for limits and pauses.
    """

    def __init__(  # noqa: PLR0913 - three ports and the terms they work under
        self,
        undelivered: Undelivered,
        recorder: Recorder,
        channels: Sequence[Channel],
        clock: Clock,
        *,
        minimum: Severity = Severity.LOW,
        oldest: timedelta = OLDEST,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._undelivered = undelivered
        self._recorder = recorder
        self._lanes = {channel.name: _Lane(channel) for channel in channels}
        self._clock = clock
        self._minimum = minimum
        self._oldest = oldest
        self._ticks = ticks
        self._unrecorded: list[Delivery] = []

    def deliver(
        self, limit_seconds: float, *, older_than: timedelta | None = None
    ) -> tuple[Delivery, ...]:
        """Send what is due, for at most that long; return the attempts in order of recording.

        Call it from one thread at a time. What does not fit stays for the next call. A sweep beside
        other instances passes `older_than`: what was committed less than that ago is left to the
        instance that committed it.

        Raises:
            StorageUnavailable: an attempt could not be recorded; it is recorded first next time.
        """
        if not self._lanes:
            return ()
        end = self._ticks() + limit_seconds
        made = self._catch_up()
        made += self._plan(self._undelivered.pending(), older_than)
        made += self._run(end, min(LEAST_SECONDS, LEAST_SHARE * limit_seconds))
        return tuple(made)

    def _catch_up(self) -> list[Delivery]:
        """Record what was sent and could not be recorded, before anything is sent again."""
        late = list(self._unrecorded)
        if late:
            self._recorder.record(late)
            self._unrecorded.clear()
        return late

    def _plan(
        self, pending: Iterable[FiledFinding], older_than: timedelta | None
    ) -> list[Delivery]:
        """Fill the lanes, findings never tried first; record what is given up."""
        errands: dict[str, list[_Errand]] = {name: [] for name in self._lanes}
        closed: list[Delivery] = []
        for filed in pending:
            if not self._wanted(filed, older_than):
                continue
            left = {name for name in self._lanes if not _settled(filed, name)}
            if not left:
                orphan = _Errand(filed, NOBODY, 1, left)
                closed.append(self._delivery(orphan, _refused("no channel is left")))
            for name in sorted(left):
                errand = _Errand(filed, name, _attempts(filed, name) + 1, left)
                if self._given_up(errand):
                    reason = _refused(f"given up after {self._oldest.days} days")
                    closed.append(self._delivery(errand, reason))
                elif self._due(errand):
                    errands[name].append(errand)
        for name, lane in self._lanes.items():
            lane.errands = deque(sorted(errands[name], key=lambda e: (e.attempt, e.filed.index)))
        self._record(closed)
        return closed

    def _wanted(self, filed: FiledFinding, older_than: timedelta | None) -> bool:
        """Is it ours to send, and at or above the minimum? A severity nobody can read is."""
        if older_than is not None and self._clock.now() - filed.filed < older_than:
            return False
        severity = filed.leaf.get("severity")
        known = {member.value: member.rank for member in Severity}
        return known.get(str(severity), Severity.CRITICAL.rank) >= self._minimum.rank

    def _given_up(self, errand: _Errand) -> bool:
        """Too old, and the channel has had its chance or is out of reach right now."""
        old = self._clock.now() - errand.filed.filed > self._oldest
        return old and (errand.attempt > 1 or self._resting(self._lanes[errand.channel]))

    def _due(self, errand: _Errand) -> bool:
        """Has the channel, and this finding on it, rested long enough?"""
        if self._resting(self._lanes[errand.channel]):
            return False
        tried = errand.filed.tried.get(errand.channel)
        if tried is None:
            return True
        return self._clock.now() >= tried.at + timedelta(seconds=pause_seconds(tried.attempt))

    def _resting(self, lane: _Lane) -> bool:
        return lane.failures > 0 and self._ticks() < lane.resting_until

    def _run(self, end: float, least: float) -> list[Delivery]:
        """Let each lane send until it is empty, fails, or too little time is left."""
        lanes = [lane for lane in self._lanes.values() if lane.errands]
        made: list[Delivery] = []
        if not lanes:
            return made
        running: dict[Future[Sent], _Errand] = {}
        with ThreadPoolExecutor(len(lanes), thread_name_prefix="alerts") as pool:

            def start(lane: _Lane) -> None:
                left = end - self._ticks()
                if lane.errands and left >= least:
                    errand = lane.errands.popleft()
                    running[pool.submit(_send, lane.channel, errand.filed, left)] = errand

            try:
                for lane in lanes:
                    start(lane)
                while running:
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        errand = running.pop(future)
                        made.append(self._note(errand, _outcome(future)))
                        lane = self._lanes[errand.channel]
                        if not lane.failures:
                            start(lane)
            finally:
                for future, errand in running.items():
                    self._unrecorded.append(self._delivery(errand, _outcome(future)))
        return made

    def _note(self, errand: _Errand, sent: Sent) -> Delivery:
        """Record an outcome at once, and let a failing channel rest."""
        lane = self._lanes[errand.channel]
        if sent.outcome is Result.FAILED:
            # One message that is refused over and over has its own pause; only failures of
            # different messages show that the channel itself is ill.
            lane.failures = lane.failures + 1 if errand.attempt == 1 else max(lane.failures, 1)
            lane.resting_until = self._ticks() + pause_seconds(lane.failures)
            _log.warning("alerts.failed", channel=errand.channel, error=sent.error)
        else:
            lane.failures = 0
        delivery = self._delivery(errand, sent)
        self._record([delivery])
        return delivery

    def _record(self, deliveries: list[Delivery]) -> None:
        """Record them, keeping them in mind until the ledger has them."""
        if deliveries:
            self._unrecorded += deliveries
            self._recorder.record(deliveries)
            del self._unrecorded[-len(deliveries) :]

    def _delivery(self, errand: _Errand, sent: Sent) -> Delivery:
        """Make the entry; the last channel to settle says that the finding is done."""
        if sent.outcome is not Result.FAILED:
            errand.left.discard(errand.channel)
        return Delivery(
            finding=errand.filed.index,
            tenant=str(errand.filed.leaf.get("tenant", "")),
            at=self._clock.now(),
            channel=errand.channel,
            outcome=sent.outcome,
            attempt=errand.attempt,
            error=sent.error,
            done=not errand.left,
        )


def _send(channel: Channel, filed: FiledFinding, seconds: float) -> Sent:
    return channel.send(compose(filed.index, filed.leaf), seconds)


def _outcome(future: Future[Sent]) -> Sent:
    """Wait for the channel's answer; a fault of our own is a failed attempt, recorded as such."""
    fault = future.exception()
    if fault is None:
        return future.result()
    frames = extract_tb(fault.__traceback__)
    where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "unknown"
    # Never the exception's text: it may hold personal data.
    error = f"internal error: {type(fault).__name__} in {where}"
    _log.error("alerts.internal_error", error=error)
    return Sent(Result.FAILED, error)


def _settled(filed: FiledFinding, name: str) -> bool:
    tried = filed.tried.get(name)
    return tried is not None and tried.outcome is not Result.FAILED


def _attempts(filed: FiledFinding, name: str) -> int:
    tried = filed.tried.get(name)
    return tried.attempt if tried else 0


def _refused(reason: str) -> Sent:
    return Sent(Result.REFUSED, reason)
