"""Follows the ledger: sends each finding once to each channel and records every attempt.

Channels work side by side, each sends one message at a time, and its outcome is in the ledger
before the channel takes the next. A process that is killed between sending and recording therefore
repeats at most one message per channel; nothing is ever left out. What a message tells of is
decided in `planning`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from traceback import extract_tb

import structlog

from monitor.alerts.alert import Imprint
from monitor.alerts.incident import escalated, joined, summed, updated
from monitor.alerts.message import Form, Message, write
from monitor.alerts.planning import (
    Errand,
    Parcel,
    Planner,
    pause_seconds,
    within_rate,
)
from monitor.alerts.ports import Carried, Channel, Delivery, Recorder, Result, Sent, Undelivered
from monitor.alerts.route import RATE_WINDOW, Route
from monitor.clock import Clock
from monitor.rules.model import Severity

OLDEST = timedelta(days=7)
"""A finding committed longer ago that a channel will not take is given up there."""
LEAST_SECONDS = 2.0
"""No message is begun with less time left: a timeout cannot tell sent from not sent."""
LEAST_SHARE = 0.5
"""Of a limit shorter than twice LEAST_SECONDS, the share that must be left instead."""
MOST_RECORDED = 500
"""Delivery entries of one batch; a summary of thousands of findings is recorded in several."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Lane:
    """A channel, what it has to take in this round, and how it has been doing in this process."""

    channel: Channel
    route: Route
    parcels: list[Parcel] = field(default_factory=list)
    failures: int = 0
    resting_until: float = 0.0


class Follower:
    """Sends what the ledger holds and nobody was told of.

    Args:
        undelivered: the findings to tell of.
        recorder: appends to the ledger.
        channels: where to send; their names are unique.
        clock: the service's time, for entries and ages.
        routes: what each channel takes, by its name; a channel without one takes everything.
        minimum: findings below it are not sent, and no entry is made of that.
        oldest: how long a failing channel is tried for one finding.
        imprint: what stands on every message.
        ticks: monotonic seconds, for limits and pauses.
    """

    def __init__(  # noqa: PLR0913 - three ports and the terms they work under
        self,
        undelivered: Undelivered,
        recorder: Recorder,
        channels: Sequence[Channel],
        clock: Clock,
        *,
        routes: Mapping[str, Route] | None = None,
        minimum: Severity = Severity.LOW,
        oldest: timedelta = OLDEST,
        imprint: Callable[[], Imprint] = Imprint,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._undelivered = undelivered
        self._recorder = recorder
        known = routes or {}
        self._lanes = {
            channel.name: _Lane(channel, known.get(channel.name, Route())) for channel in channels
        }
        self._clock = clock
        self._imprint = imprint
        self._ticks = ticks
        self._unrecorded: list[Delivery] = []
        self._planner = Planner(
            undelivered,
            {name: lane.route for name, lane in self._lanes.items()},
            minimum=minimum,
            oldest=oldest,
            resting=self._resting,
        )

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
        now = self._clock.now()
        if all(self._planner.held(name, now) for name in self._lanes):
            return tuple(made)  # in a storm thousands may wait; nothing of them can go now
        made += self._plan(older_than)
        made += self._run(end, min(LEAST_SECONDS, LEAST_SHARE * limit_seconds))
        return tuple(made)

    def _catch_up(self) -> list[Delivery]:
        """Record what was sent and could not be recorded, before anything is sent again."""
        late = list(self._unrecorded)
        if late:
            self._recorder.record(late)
            self._unrecorded.clear()
        return late

    def _plan(self, older_than: timedelta | None) -> list[Delivery]:
        """Fill the lanes, and record what is closed without being sent."""
        plan = self._planner.plan(self._undelivered.pending(), self._clock.now(), older_than)
        for name, lane in self._lanes.items():
            lane.parcels = plan.parcels[name]
        closed = [self._delivery(errand, sent) for errand, sent in plan.closed]
        self._record(closed)
        return closed

    def _resting(self, name: str) -> bool:
        lane = self._lanes[name]
        return lane.failures > 0 and self._ticks() < lane.resting_until

    def _run(self, end: float, least: float) -> list[Delivery]:
        """Let each lane send until it is empty, fails, or too little time is left."""
        lanes = [lane for lane in self._lanes.values() if lane.parcels]
        made: list[Delivery] = []
        if not lanes:
            return made
        imprint = self._imprint()
        running: dict[Future[Sent], Parcel] = {}
        with ThreadPoolExecutor(len(lanes), thread_name_prefix="alerts") as pool:

            def start(lane: _Lane) -> None:
                left = end - self._ticks()
                if lane.parcels and left >= least and (parcel := self._next(lane)):
                    running[pool.submit(_send, lane, parcel, imprint, left)] = parcel

            try:
                for lane in lanes:
                    start(lane)
                while running:
                    finished, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in finished:
                        parcel = running.pop(future)
                        made += self._note(parcel, _outcome(future))
                        lane = self._lanes[parcel.channel]
                        if not lane.failures:
                            start(lane)
            finally:
                for future, parcel in running.items():
                    self._unrecorded += self._deliveries(parcel, _outcome(future))
        return made

    def _next(self, lane: _Lane) -> Parcel | None:
        """Take the lane's next parcel where its rate allows one."""
        sent = self._undelivered.sent(lane.channel.name)
        return within_rate(lane.route, lane.parcels, sent, self._clock.now())

    def _note(self, parcel: Parcel, sent: Sent) -> list[Delivery]:
        """Record an outcome at once, and let a failing channel rest."""
        lane = self._lanes[parcel.channel]
        if sent.outcome is Result.FAILED:
            # One message that is refused over and over has its own pause; only failures of
            # different messages show that the channel itself is ill.
            first = parcel.lead.attempt == 1
            lane.failures = lane.failures + 1 if first else max(lane.failures, 1)
            lane.resting_until = self._ticks() + pause_seconds(lane.failures)
            _log.warning("alerts.failed", channel=parcel.channel, error=sent.error)
        else:
            lane.failures = 0
        deliveries = self._deliveries(parcel, sent)
        self._record(deliveries)
        return deliveries

    def _deliveries(self, parcel: Parcel, sent: Sent) -> list[Delivery]:
        """Make the entries of a message: of a failed one the lead's alone, the rest just waits."""
        failed = sent.outcome is Result.FAILED
        errands = parcel.errands[:1] if failed else parcel.errands
        return [self._delivery(errand, sent, _carried(parcel)) for errand in errands]

    def _record(self, deliveries: list[Delivery]) -> None:
        """Record them, keeping them in mind until the ledger has them."""
        self._unrecorded += deliveries
        for start in range(0, len(deliveries), MOST_RECORDED):
            part = deliveries[start : start + MOST_RECORDED]
            self._recorder.record(part)
            known = {id(one) for one in part}
            self._unrecorded = [one for one in self._unrecorded if id(one) not in known]

    def _delivery(self, errand: Errand, sent: Sent, message: Carried | None = None) -> Delivery:
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
            message=message,
        )


def compose_parcel(parcel: Parcel, route: Route, imprint: Imprint) -> Message:
    """Write the one message about everything in a parcel."""
    minutes = int(RATE_WINDOW.total_seconds()) // 60
    if parcel.form is Form.SUMMARY:
        return write(summed(parcel.findings, route.most or 0, minutes, imprint))
    alert = joined(parcel.findings, imprint)
    if parcel.form is Form.ESCALATION and route.escalates_after:
        alert = escalated(alert, int(route.escalates_after.total_seconds()) // 60)
    elif parcel.number:
        alert = updated(alert, parcel.number)
    tenant = parcel.lead.filed.leaf.get("tenant", "")
    digest = sha256(f"{tenant}/{parcel.channel}/{parcel.thread}".encode()).hexdigest()[:32]
    return write(alert, f"<{digest}@mfa-monitor.invalid>")


def _carried(parcel: Parcel) -> Carried:
    index = parcel.lead.filed.index
    return Carried(index, len(parcel.errands), parcel.form, parcel.number, parcel.thread)


def _send(lane: _Lane, parcel: Parcel, imprint: Imprint, seconds: float) -> Sent:
    return lane.channel.send(compose_parcel(parcel, lane.route, imprint), seconds)


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
