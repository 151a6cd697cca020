"""What the hub says of itself, without reading a record."""

from monitor.sources.eventhub.hub import Hub
from monitor.sources.eventhub.standing import partitions_of


def offsets_of(hub: Hub) -> dict[str, str]:
    """Ask for the last offset of each partition, as the hub writes it.

    It is a number, but in a geo-replicated namespace, whose offsets name the replica as well.

    Raises:
        InvalidInput: the connection string cannot be used.
        HubUnavailable: the hub cannot be reached, or refuses us.
    """
    return {one.identity: one.offset for one in partitions_of(hub)}
