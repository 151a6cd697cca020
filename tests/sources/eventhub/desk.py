"""A deployment that reads the stand-in: hub in force, monitor, consumer, and how to wait."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.events.batch import SourceBatch
from monitor.ledger.cursor import Cursor
from monitor.ledger.log import Log
from monitor.pipeline.leaves import Leaf, decode
from monitor.pipeline.outcome import Outcome
from monitor.sources.eventhub import Hub
from monitor.sources.eventhub.consumer import HubConsumer, Pace
from monitor.wiring import Monitor, Places, open_monitor
from tests import entra
from tests.eventhub.server import GROUP, HUB, StandIn

if TYPE_CHECKING:
    from azure.eventhub import CheckpointStore

NAMESPACE = "audit.servicebus.windows.net"
QUICK = Pace(balancing=0.2, expiry=1.5)
PATIENCE = 15.0


def hub_at(connection: str, epoch: str = "0", repair_group: str = "$Default") -> Hub:
    """The hub as settings would name it, reached over loopback."""
    return Hub(NAMESPACE, HUB, GROUP, repair_group, epoch, connection)


def record(number: int) -> bytes:
    """An envelope with one record that makes one entry, told from all others."""
    return entra.body(entra.add_user(entra.at(), f"user-{number:06d}"))


def wait_for(truth: Callable[[], bool], what: str = "it") -> None:
    """Wait until it is so; fail after a while."""
    end = time.monotonic() + PATIENCE
    while not truth():
        assert time.monotonic() < end, f"{what} has not come about"
        time.sleep(0.02)


def entries(data: Path) -> list[Leaf]:
    """Every entry of the ledger that is about a record."""
    found = []
    for batch in Log(Places(data).store("ledger")).batches():
        leaves = map(decode, batch.leaves)
        found += [leaf for leaf in leaves if isinstance(leaf["src"], dict) and "key" in leaf["src"]]
    return found


def users(data: Path) -> list[str]:
    """The accounts the ledger has an entry of, sorted, each as often as it has one."""
    leaves = [leaf for leaf in entries(data) if leaf["t"] == "enrolment"]
    clocks = [leaf["clock"] for leaf in leaves]
    return sorted(str(clock["user"]) for clock in clocks if isinstance(clock, dict))


def expected(*numbers: int) -> list[str]:
    """What `users` returns where each of these records was entered once."""
    return [f"user-{number:06d}" for number in numbers]


class Intake:
    """A monitor's intake that can be told to fail."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.faults: list[Exception] = []
        self.taken = 0

    def ingest(self, batch: SourceBatch) -> Outcome:
        if self.faults:
            raise self.faults.pop(0)
        outcome = self.monitor.ingest(batch)
        self.taken += len(batch.messages)
        return outcome

    def cursors(self) -> Mapping[str, Cursor]:
        return self.monitor.cursors()


@contextmanager
def deployment(data: Path) -> Iterator[Monitor]:
    """A monitor on wall time that tells nobody."""
    with open_monitor(data, None, notify=False) as monitor:
        yield monitor


@contextmanager
def reading(
    monitor: Monitor, server: StandIn, store: "CheckpointStore | None" = None, epoch: str = "0"
) -> Iterator[tuple[HubConsumer, Intake]]:
    """A consumer at work."""
    intake = Intake(monitor)
    hub = hub_at(server.connection_string, epoch)
    with HubConsumer(hub, intake, store, QUICK) as consumer:
        yield consumer, intake


def high(monitor: Monitor, partition: str = "0", epoch: str = "0") -> int:
    """The last position entered of a partition; -1 before the first."""
    key = hub_at("", epoch).partition(partition).key
    cursor = monitor.cursors().get(key)
    return -1 if cursor is None else cursor.high
