"""What a way in (Functions, consumer, files, HTTP) hands to the pipeline.

Messages and where they came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message body as received, undecoded.

    `sequence` and `enqueued` are Event Hubs' (None elsewhere); `offset` is the byte offset in a
    file (0 elsewhere).
    """

    body: bytes
    sequence: int | None = None
    enqueued: datetime | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class EventHubPartition:
    """The source key of DESIGN section 4.

    `epoch` is a setting that infra writes when a hub is made anew.
    """

    namespace: str
    hub: str
    consumer_group: str
    partition: str
    epoch: str = "0"

    @classmethod
    def named(
        cls, namespace: str, hub: str, consumer_group: str, partition: str, epoch: str
    ) -> "EventHubPartition":
        """Return the partition of that name, written in lower case.

        Event Hubs compares namespaces, hubs and consumer groups without case: the same hub is one
        cursor however a setting spells it.
        """
        return cls(namespace.lower(), hub.lower(), consumer_group.lower(), partition, epoch)

    @property
    def key(self) -> str:
        """The cursor key of this partition in the ledger header; Azure's names ignore case."""
        names = (self.namespace, self.hub, self.consumer_group)
        return "/".join((*(name.lower() for name in names), self.epoch, self.partition))

    def describe(self) -> Mapping[str, str]:
        """Return the `src` object of the batch header."""
        return {"kind": "eventhub", "key": self.key}


@dataclass(frozen=True, slots=True)
class NamedSource:
    """A file, the inbox or HTTP: no cursor, records are deduplicated by their own id."""

    kind: str
    name: str

    def describe(self) -> Mapping[str, str]:
        """Return the `src` object of the batch header."""
        return {"kind": self.kind, "name": self.name}


@dataclass(frozen=True, slots=True)
class SourceBatch:
    """Messages of one source, in order; the unit of one evaluation and one commit."""

    source: EventHubPartition | NamedSource
    messages: tuple[Message, ...]
