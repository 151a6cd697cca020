"""A day of a deployment: everything that reaches a store, from a record to the mail about it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.alerts.message import Message as Letter
from monitor.alerts.ports import Result, Sent
from monitor.events.batch import EventHubPartition, Message, SourceBatch
from monitor.ledger.fsck import Inspection, Stores, Trusted, fsck
from monitor.ledger.log import Log
from monitor.ledger.store import Store
from monitor.pipeline.leaves import decode
from monitor.wiring import Monitor, open_monitor
from tests import entra
from tests.standing import standing_on

PARTITION = EventHubPartition("ns.example", "audit", "monitor", "0")
LARGE = entra.policy(displayName="Require MFA " * 4_500)
"""A policy whose document is too long to stand in its leaf."""
WEAKENED = entra.policy(entra.excluding())
NOISE = entra.record("Update device", entra.at(), target={"type": "Device"})


def delivered(first: int, *bodies: bytes) -> SourceBatch:
    """An Event Hub batch of consecutive positions."""
    messages = (
        Message(body, sequence=number, enqueued=entra.at() + timedelta(seconds=number))
        for number, body in enumerate(bodies, first)
    )
    return SourceBatch(PARTITION, tuple(messages))


BODIES = (
    entra.body(entra.ca_change(entra.policy(), LARGE, entra.at(), identity="one")),
    entra.body(entra.ca_change(LARGE, WEAKENED, entra.at(1), identity="two"), NOISE),
    b"{ not json",
    entra.body(entra.add_user(entra.at(2))),
)


@dataclass
class Line:
    """A channel that remembers what it carried."""

    name: str = "line"
    carried: list[int] = field(default_factory=list)

    def send(self, message: Letter, seconds: float) -> Sent:
        assert seconds > 0
        self.carried.append(message.alert.entry)
        return Sent(Result.DELIVERED)


def live(monitor: Monitor, *, ahead: int = 0) -> None:
    """Take the day's events, two at a time, as a reader that starts `ahead` into them."""
    for first in range(ahead, len(BODIES), 2):
        monitor.ingest(delivered(first, *BODIES[first : first + 2]))
        monitor.publish()
    monitor.sweep()
    monitor.deliver(5)
    monitor.publish()


def day(data: Path, stores: Mapping[str, Store], line: Line | None = None) -> None:
    """Open a deployment on these stores, and live through the day."""
    with (
        standing_on(stores),
        open_monitor(data, None, replay=True, console=line or Line()) as monitor,
    ):
        live(monitor)


def entries(store: Store) -> Counter[tuple[str, str]]:
    """What stands in the log, and how often: kind, and the record or rule it is about."""
    return Counter(map(_about, leaves(store)))


def leaves(store: Store) -> list[Mapping[str, Any]]:
    """Every entry of the log but the headers."""
    return [decode(leaf) for batch in Log(store).batches() for leaf in batch.leaves]


def _about(leaf: Mapping[str, Any]) -> tuple[str, str]:
    kind = str(leaf["t"])
    if kind in {"finding", "delivery"}:
        return kind, str(leaf.get("rule") or leaf.get("channel"))
    return kind, str(leaf["src"].get("key", "")) if isinstance(leaf.get("src"), dict) else ""


def inspected(stores: Mapping[str, Store]) -> Inspection:
    """Inspect everything the stores hold, with the key that batch 0 announces."""
    genesis = Log(stores["ledger"]).genesis()
    assert genesis is not None
    places = Stores(stores["ledger"], stores["view"], stores["raw"])
    return fsck(places, Trusted(genesis.vkeys[0]))
