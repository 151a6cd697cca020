"""The ledger's two ports in memory: deliveries are folded as the state view folds them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from monitor.alerts.incident import time_of
from monitor.alerts.message import Message
from monitor.alerts.ports import Delivery, FiledFinding, Result, Sent, Thread, Tried
from monitor.errors import StorageUnavailable
from tests.alerts.samples import Leaf, finding

UP = Sent(Result.DELIVERED)
DOWN = Sent(Result.FAILED, "out of order")

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Time:
    """The clock and the ticks of a test; both move together, by hand."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def ticks(self) -> float:
        return (self.moment - START).total_seconds()

    def pass_seconds(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class MemoryLedger:
    """Findings that are not done, and every delivery entry; `out` makes recording fail."""

    time: Time
    open: dict[int, FiledFinding] = field(default_factory=dict)
    entries: list[Delivery] = field(default_factory=list)
    out: bool = False
    threads: dict[tuple[str, str, str], Thread] = field(default_factory=dict)
    went: dict[str, list[datetime]] = field(default_factory=dict)

    def file(self, index: int, leaf: Leaf | None = None) -> None:
        """File a finding; without a leaf it is an incident of its own."""
        own = finding(incident=index)
        self.open[index] = FiledFinding(index, leaf or own, self.time.now())

    def acknowledge(self, index: int) -> None:
        self.open[index] = replace(self.open[index], acknowledged=True)

    def thread(self, channel: str, tenant: str, thread: str) -> Thread | None:
        return self.threads.get((channel, tenant, thread))

    def sent(self, channel: str) -> Sequence[datetime]:
        return self.went.get(channel, [])

    def pending(self) -> Sequence[FiledFinding]:
        return tuple(self.open[index] for index in sorted(self.open))

    def record(self, deliveries: Sequence[Delivery]) -> None:
        if self.out:
            raise StorageUnavailable("the store is out of reach")
        for delivery in deliveries:
            self.entries.append(delivery)
            self._note_message(delivery)
            if delivery.done:
                del self.open[delivery.finding]
            else:
                filed = self.open[delivery.finding]
                tried = Tried(delivery.outcome, delivery.attempt, delivery.at)
                latest = {**filed.tried, delivery.channel: tried}
                self.open[delivery.finding] = replace(filed, tried=latest)

    def _note_message(self, delivery: Delivery) -> None:
        carried = delivery.message
        if carried is None or delivery.outcome is not Result.DELIVERED:
            return
        place = (delivery.channel, delivery.tenant, carried.thread)
        latest = time_of(self.open[delivery.finding])
        if place in self.threads:
            latest = max(latest, self.threads[place].latest)
        self.threads[place] = Thread(carried.number, delivery.at, latest)
        if delivery.finding == carried.lead:
            self.went.setdefault(delivery.channel, []).append(delivery.at)

    def outcomes(self, channel: str) -> list[tuple[int, str, int]]:
        """Finding, outcome and attempt of each entry of a channel."""
        return [
            (e.finding, e.outcome.value, e.attempt) for e in self.entries if e.channel == channel
        ]


@dataclass
class MemoryChannel:
    """Takes every message, or answers `answer`; `poison` are the findings it never takes."""

    name: str
    answer: Sent = UP
    poison: frozenset[int] = frozenset()
    got: list[int] = field(default_factory=list)
    asked: int = 0

    def send(self, message: Message, seconds: float) -> Sent:
        assert seconds > 0
        self.asked += 1
        if message.alert.entry in self.poison:
            return Sent(Result.FAILED, "error=400")
        if self.answer.outcome is Result.DELIVERED:
            self.got.append(message.alert.entry)
        return self.answer
