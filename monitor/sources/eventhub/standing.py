"""How a hub stands beside the ledger: how far behind we are, and whether a trigger could read it.

The Functions host hands the Python worker each offset as a number. In a namespace with
geo-replication offsets are texts, and the binding fails before the function is called, over and
over. Nothing of that can be seen from the function; the hub tells it here, in the last offset of a
partition. (Release notes of the Event Hubs extension 6.5; the consumer mode compares sequence
numbers only, and is not affected.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from monitor.ledger.cursor import Cursor
from monitor.settings import Settings
from monitor.sources.eventhub.hub import Hub, HubUnavailable, hub_in_force
from monitor.telemetry import catalogue as names
from monitor.telemetry.signals import record

GEO_REPLICATED = (
    "the hub's offsets are no numbers: the namespace is geo-replicated, and the Functions trigger"
    " cannot read it. Turn geo-replication off, or read it with: mfa-monitor run --from-eventhub"
)

_log = structlog.get_logger(__name__)


class Measured(Protocol):
    """What measuring takes of the monitor."""

    settings: Settings

    def cursors(self) -> Mapping[str, Cursor]:
        """Return what is entered of each Event Hub partition, by its key."""


@dataclass(frozen=True, slots=True)
class Partition:
    """What the hub says of a partition: first and last sequence number, and the last offset.

    Of an empty partition `last` is below `first`.
    """

    identity: str
    first: int
    last: int
    offset: str


def offset_fault(offset: str) -> str | None:
    """Say why the Functions trigger cannot read a partition with that last offset; None if it can.

    `-1` is what an empty partition has.
    """
    plain = not offset or offset.removeprefix("-").isdecimal()
    return None if plain else GEO_REPLICATED


def partitions_of(hub: Hub) -> tuple[Partition, ...]:
    """Ask the hub about each of its partitions.

    Raises:
        HubUnavailable: the hub cannot be reached.
    """
    from azure.core.exceptions import AzureError  # noqa: PLC0415 - see `Hub.consumer`
    from azure.eventhub.exceptions import EventHubError  # noqa: PLC0415 - see `Hub.consumer`

    # No second try: it is only measured, and measured again in a few minutes.
    with hub.consumer(hub.repair_group, retry_total=0) as client:
        try:
            told = [client.get_partition_properties(one) for one in client.get_partition_ids()]
        except (AzureError, EventHubError) as error:
            raise hub.unavailable(error) from error
    return tuple(
        Partition(
            str(one["id"]),
            int(one["beginning_sequence_number"]),
            int(one["last_enqueued_sequence_number"]),
            str(one["last_enqueued_offset"]),
        )
        for one in told
    )


def behind(partition: Partition, cursor: Cursor | None) -> int:
    """Return how many positions of the partition are kept and not read yet."""
    read = partition.first - 1 if cursor is None else cursor.high
    return max(0, partition.last - max(read, partition.first - 1))


def measure(monitor: Measured, environment: Mapping[str, str] | None = None) -> Mapping[str, int]:
    """Record how far behind each partition is; return it, empty where the hub cannot be reached.

    Raises:
        InvalidInput: no hub is configured.
        StorageUnavailable: the ledger cannot be read.
    """
    settings = monitor.settings
    hub = hub_in_force(settings.eventhub, settings.storage, environment)
    try:
        partitions = partitions_of(hub)
    except HubUnavailable as error:
        _log.warning("eventhub.not_measured", reason=str(error))
        return {}
    cursors = monitor.cursors()
    found: dict[str, int] = {}
    for one in partitions:
        count = behind(one, cursors.get(hub.partition(one.identity).key))
        record(names.POSITIONS_BEHIND, count, {names.PARTITION: one.identity})
        found[one.identity] = count
    if any(offset_fault(one.offset) for one in partitions):
        _log.error("eventhub.offsets", reason=GEO_REPLICATED)
    return found
