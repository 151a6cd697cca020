"""What all connections share: the namespace, who reads what, and the faults that were ordered."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from tests.eventhub.hub import Event, Hub, Namespace, Partition, Refusal

SERVER_BUSY = "com.microsoft:server-busy"


class Place(NamedTuple):
    """What a receiver is attached to; names in lower case."""

    hub: str
    group: str
    partition: str


class Reader(Protocol):
    """A receiving link, as the broker knows it."""

    @property
    def epoch(self) -> int | None:
        """The owner level it was attached with."""

    def pump(self) -> None:
        """Deliver what it has credit for."""

    def rewind(self, count: int) -> None:
        """Deliver that many events again (or, where negative, leave out as many)."""

    def expel(self, condition: str, description: str) -> None:
        """Detach it."""


@dataclass(slots=True)
class Faults:
    """Faults on demand.

    `rejections` are what the next sends are answered with. While `stalled`, nothing is delivered
    or settled. After `drop_after` more delivered events the connection that got the last of them
    is dropped. `refuse` connections are closed as they come; `deny` says why tokens are refused.
    """

    rejections: deque[tuple[str, str]] = field(default_factory=deque)
    stalled: bool = False
    drop_after: int | None = None
    refuse: int = 0
    deny: str = ""


class Broker:
    """The state behind every connection; used in the server's loop only."""

    def __init__(self) -> None:
        self.namespace = Namespace()
        self.faults = Faults()
        self.drops: set[Callable[[], None]] = set()
        self.readers: dict[Place, list[Reader]] = {}
        self.delivered = 0
        self.stolen = 0

    def source(self, address: str) -> tuple[Place, Partition]:
        """Return what a receiver's address `hub/ConsumerGroups/group/Partitions/id` names.

        Raises:
            Refusal: the hub, the group or the partition is not there.
        """
        parts = address.split("/")
        marks = [part.lower() for part in parts[1::2]]
        if marks != ["consumergroups", "partitions"] or len(parts) != 5:
            raise Refusal("amqp:not-found", f"nothing can be read from {address!r}")
        hub = self.namespace.hub(parts[0])
        group = parts[2].lower()
        if group not in hub.groups:
            raise Refusal("amqp:not-found", f"The consumer group '{parts[2]}' could not be found")
        return Place(hub.name.lower(), group, parts[4]), hub.partition(parts[4])

    def target(self, address: str) -> tuple[Hub, str | None]:
        """Return the hub, and the partition if any, a sender's address names.

        Raises:
            Refusal: it is not there.
        """
        parts = address.split("/")
        hub = self.namespace.hub(parts[0])
        if len(parts) == 1:
            return hub, None
        if len(parts) != 3 or parts[1].lower() != "partitions":
            raise Refusal("amqp:not-found", f"nothing can be sent to {address!r}")
        hub.partition(parts[2])
        return hub, parts[2]

    def admit(self, place: Place, reader: Reader) -> None:
        """Attach a reader; the one with the higher owner level stays, and the later of equals.

        Raises:
            Refusal: a reader with a higher owner level is there, or any with one if it has none.
        """
        held = self.readers.setdefault(place, [])
        level = -1 if reader.epoch is None else reader.epoch
        highest = max((-1 if one.epoch is None else one.epoch for one in held), default=-1)
        if level < highest:
            raise Refusal(
                "amqp:link:stolen",
                f"Receiver with epoch '{highest}' exists; one with '{level}' is not allowed",
            )
        if reader.epoch is not None:
            for one in [*held]:
                self.stolen += 1
                one.expel("amqp:link:stolen", f"New receiver with epoch '{level}' was created")
        held.append(reader)

    def leave(self, place: Place, reader: Reader) -> None:
        """Forget a reader."""
        held = self.readers.get(place, [])
        if reader in held:
            held.remove(reader)

    def store(self, hub: Hub, message: bytes, key: str | None, partition: str | None) -> Event:
        """Store an event."""
        return self.namespace.store(hub, message, key, partition)

    def wake(self) -> None:
        """Let every reader deliver what there is."""
        for held in [*self.readers.values()]:
            for reader in [*held]:
                reader.pump()

    def drop_all(self) -> None:
        """Drop every connection without a word."""
        for drop in [*self.drops]:
            drop()

    def counted(self) -> bool:
        """Count a delivered event; tell whether the connection is to be dropped after it."""
        self.delivered += 1
        if self.faults.drop_after is None:
            return False
        self.faults.drop_after -= 1
        if self.faults.drop_after > 0:
            return False
        self.faults.drop_after = None
        return True
