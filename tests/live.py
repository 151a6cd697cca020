"""The corridor on wall time, with a wall clock that stands where it was put."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.events.batch import EventHubPartition, Message, SourceBatch
from monitor.pipeline import Outcome
from monitor.wiring import Monitor, open_monitor
from tests import entra

PARTITION = EventHubPartition("ns.example", "audit", "monitor", "0")
NOISE = entra.body(entra.record("Update device", entra.at(), target={"type": "Device"}))


class StandingClock:
    """A wall clock that moves only when it is told to."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Service:
    """A deployment that reads an Event Hub partition, minute by minute as the test says."""

    def __init__(self, monitor: Monitor, clock: StandingClock) -> None:
        self.monitor = monitor
        self.clock = clock
        self.next = 100

    def at(self, minutes: float) -> None:
        self.clock.moment = entra.at(minutes)

    def receive(self, *bodies: bytes, late: timedelta = timedelta(0), skip: int = 0) -> Outcome:
        """Bodies enter the hub now (`late`: that long ago), behind `skip` lost positions."""
        first = self.next + skip
        self.next = first + len(bodies)
        enqueued = self.clock.moment - late
        messages = [Message(body, number, enqueued) for number, body in enumerate(bodies, first)]
        return self._taken(SourceBatch(PARTITION, tuple(messages)))

    def receive_at(self, position: int, body: bytes) -> Outcome:
        """A body that entered the hub at the beginning arrives now, under that position."""
        message = Message(body, position, entra.at())
        return self._taken(SourceBatch(PARTITION, (message,)))

    def _taken(self, batch: SourceBatch) -> Outcome:
        """Ingest, and publish as the timer does within the minute."""
        outcome = self.monitor.ingest(batch)
        self.monitor.publish()
        return outcome

    def sweep(self, minutes: float) -> Outcome:
        self.at(minutes)
        outcome = self.monitor.sweep()
        self.monitor.publish()
        return outcome


@contextmanager
def serving(data: Path, config: Path | None = None) -> Iterator[Service]:
    """A service that began to run at `entra.at(0)`."""
    clock = StandingClock(entra.at())
    with open_monitor(data, config) as monitor:
        pipeline = monitor._pipeline
        pipeline._clock = pipeline._wall = monitor.publishing._clock = clock
        pipeline._policy = replace(pipeline._policy, watching_since=clock.moment)
        yield Service(monitor, clock)
