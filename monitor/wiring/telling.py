"""Everything that leaves the service: alerts, what is said of failing channels, and digests."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, cast
from zoneinfo import ZoneInfo

import structlog
from pydantic import JsonValue

from monitor.alerts.alert import Imprint
from monitor.alerts.digest import Digest, digest_letter
from monitor.alerts.follower import Follower
from monitor.alerts.message import Letter
from monitor.alerts.planning import pause_seconds
from monitor.alerts.ports import Channel, Result, Sent
from monitor.alerts.route import Route
from monitor.alerts.schedule import Edition, Schedule
from monitor.clock import Clock, moment, stamp
from monitor.errors import MonitorError
from monitor.ledger import layout
from monitor.ledger.checkpoint import parse_checkpoint
from monitor.ledger.note import split_note
from monitor.ledger.store import Store
from monitor.pipeline.leaves import Leaf
from monitor.rules.model import Severity
from monitor.settings import Settings
from monitor.view.cells import Table
from monitor.view.view import View
from monitor.wiring.delivery import Desk

LEAST_SECONDS = 1.0
"""Nothing further is begun in a round with less time left than this; the next round does it."""

log = structlog.get_logger(__name__)

Routed = Sequence[tuple[Channel, Route]]
"""Opened channels, each with what it takes."""


class Carrier(Protocol):
    """A channel that takes any letter, which the terminal does not."""

    @property
    def name(self) -> str:
        """The name deliveries are recorded under."""

    def send(self, letter: Letter, seconds: float) -> Sent:
        """Send the letter within that many seconds."""


@dataclass(frozen=True, slots=True)
class Tellers:
    """The follower with its channels, and the digests.

    `patience` is how long a channel may fail before that is a finding.
    """

    desk: Desk
    follower: Follower
    routes: Mapping[str, Route]
    patience: timedelta
    digests: "Digests"

    def deliver(self, limit_seconds: float, digest: Callable[[Edition], Digest] | None) -> None:
        """Send alerts, report failing channels, and, where there is `digest`, digests that are due.

        Raises:
            StorageUnavailable: an attempt could not be recorded; it is recorded first next time.
        """
        end = time.monotonic() + limit_seconds
        self.follower.deliver(limit_seconds)
        failing = self.desk.report_failing(self.routes, self.patience)
        if failing and (left := end - time.monotonic()) >= LEAST_SECONDS:
            self.follower.deliver(left)
        if digest is not None and (left := end - time.monotonic()) >= LEAST_SECONDS:
            self.digests.send_due(digest, left)


class Digests:
    """Sends each edition once to each of its channels, and records every attempt."""

    def __init__(
        self, desk: Desk, view: View, clock: Clock, schedule: Schedule, carriers: Sequence[Carrier]
    ) -> None:
        self._desk = desk
        self._view = view
        self._clock = clock
        self._schedule = schedule
        self._carriers = carriers

    def send_due(self, digest: Callable[[Edition], Digest], seconds: float) -> None:
        """Send what the schedule asks for and no channel took yet."""
        if self._carriers:
            for edition in self._schedule.due(self._clock.now()):
                self.send(edition, digest, seconds)

    def send(
        self, edition: Edition, digest: Callable[[Edition], Digest], seconds: float
    ) -> list[tuple[str, Sent]]:
        """Send one edition to the channels that have not got it; return what each said."""
        end = time.monotonic() + seconds
        due = [carrier for carrier in self._carriers if self._attempt(edition, carrier.name)]
        letter = digest_letter(digest(edition)) if due else None
        said: list[tuple[str, Sent]] = []
        for carrier in due:
            left = end - time.monotonic()
            if letter is None or left < LEAST_SECONDS:
                break
            sent = carrier.send(letter, left)
            said.append((carrier.name, sent))
            attempt = self._attempt(edition, carrier.name) or 1
            self._desk.enter("delivery", [_leaf(edition, carrier.name, sent, attempt, self._now())])
        return said

    def _now(self) -> datetime:
        return self._clock.now()

    def _attempt(self, edition: Edition, name: str) -> int | None:
        """Return the number of the next attempt; None where none is due, now or at all."""
        cell = self._view.cell(Table.DIGEST, "", f"{edition.key}/{name}")
        if cell is None:
            return 1
        value = cast("dict[str, JsonValue]", cell.value)
        attempt = int(cast("int", value["attempt"]))
        rested = moment(str(value["at"])) + timedelta(seconds=pause_seconds(attempt))
        if value["outcome"] != Result.FAILED.value or self._now() < rested:
            return None
        return attempt + 1


def tellers(
    settings: Settings, desk: Desk, view: View, channels: Routed, clock: Clock, shown: Store
) -> Tellers | None:
    """Build what sends, over the opened channels; None where there is none."""
    if not channels:
        return None
    routes = {channel.name: route for channel, route in channels}
    follower = Follower(
        desk,
        desk,
        [channel for channel, _ in channels],
        clock,
        routes=routes,
        minimum=Severity(settings.alerts.minimum),
        imprint=lambda: imprint(settings, shown),
    )
    wanted = settings.digest
    schedule = Schedule(ZoneInfo(wanted.zone), wanted.at, wanted.daily, wanted.weekly)
    # The terminal is no carrier: only configured channels can be named in [digest].
    carriers = [cast("Carrier", one) for one, _ in channels if one.name in wanted.channels]
    return Tellers(
        desk,
        follower,
        routes,
        timedelta(minutes=settings.alerts.failing_after_minutes),
        Digests(desk, view, clock, schedule, carriers),
    )


def imprint(settings: Settings, shown: Store) -> Imprint:
    """Return what stands on every message now; without a readable checkpoint it has none."""
    alerts = settings.alerts
    minutes = alerts.escalate_after_minutes if alerts.escalation else None
    size, root = None, ""
    try:
        note = shown.get(layout.CHECKPOINT)
        if note is not None:
            checkpoint = parse_checkpoint(split_note(note)[0])
            size, root = checkpoint.size, checkpoint.root.hex()
    except MonitorError as error:
        # An alert is not kept back for it: verify and the next publish say the same.
        log.warning("alerts.checkpoint", reason=str(error))
    return Imprint(alerts.auditor_url, size, root, minutes)


def _leaf(edition: Edition, name: str, sent: Sent, attempt: int, at: datetime) -> Leaf:
    return {
        "t": "delivery",
        "v": 1,
        "tenant": "",
        "at": stamp(at),
        "src": {"digest": edition.key},
        "channel": name,
        "outcome": sent.outcome.value,
        "attempt": attempt,
        "error": sent.error,
        "done": sent.outcome is not Result.FAILED,
    }
