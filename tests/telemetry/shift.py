"""A shift of the service that uses every operation once, so that every metric has a value."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from monitor.alerts.message import Message
from monitor.alerts.ports import Result, Sent
from monitor.errors import LedgerConflict, StorageUnavailable
from monitor.events.batch import EventHubPartition, SourceBatch
from monitor.events.batch import Message as Body
from monitor.sources.eventhub.standing import measure
from monitor.telemetry import catalogue as names
from monitor.telemetry.signals import operation
from monitor.wiring import Monitor, open_monitor
from tests import entra
from tests.eventhub.server import StandIn

PARTITION = EventHubPartition("audit.servicebus.windows.net", "audit", "mfa-monitor", "0")


@dataclass
class Line:
    """A channel that takes everything."""

    name: str = "teams"
    carried: list[int] = field(default_factory=list)

    def send(self, message: Message, seconds: float) -> Sent:
        assert seconds > 0
        self.carried.append(message.alert.entry)
        return Sent(Result.DELIVERED)


def work(data: Path) -> None:
    """Ingest, lose a race, fail, sweep, deliver, publish, repair and measure."""
    with open_monitor(data, None, console=Line()) as monitor:
        ingest(monitor)
        monitor.sweep()
        monitor.deliver(5)
        monitor.send_digests(5)
        monitor.publish()
        with operation(names.SpanName.GAP_REPAIR) as told:
            told.tell({names.FOUND: 3, names.REPAIRED: 2, names.LOST: 1})
        with StandIn() as hub:
            environment = {"EventHubConnection": hub.connection_string, "EVENTHUB_NAME": hub.hub}
            measure(monitor, environment)
    structlog.get_logger().warning("run.waiting", reason="container away", seconds=1.0)


def ingest(monitor: Monitor) -> None:
    """Take a batch that lost the race once, one that fails, and one with a repetition."""
    now = datetime.now(UTC)
    at = now - timedelta(minutes=3)
    weakened = entra.ca_change(entra.policy(), entra.policy(entra.excluding()), at)
    bodies = [entra.body(weakened), b"{cut off", entra.body(weakened)]
    batch = SourceBatch(
        PARTITION,
        tuple(Body(body, number, at) for number, body in enumerate(bodies, 10)),
    )
    ledger = monitor._pipeline._ledger
    append, faults = ledger.append, [LedgerConflict("lost"), StorageUnavailable("away")]

    def failing(*args: object) -> object:
        if faults:
            raise faults.pop(0)
        return append(*args)  # type: ignore[arg-type]  # passed on as they are

    ledger.append = failing  # type: ignore[assignment,method-assign]  # a fault on demand
    with suppress(StorageUnavailable):
        monitor.ingest(batch)
    monitor.ingest(batch)
