"""Forgetting deliveries: the client's receiving link keeps the tag of each, and never needs one.

A link of azure-eventhub notes the tag of every delivery until it is settled by a disposition, and
the Event Hubs client sends none. So a consumer would grow by about a hundred bytes an event for as
long as its link stands: 30 MiB for 400,000 events, measured. There is no public setting for that.
Seen in 5.15.1; where a later version is built otherwise nothing is done, and
`tests/sources/eventhub/test_forgetting.py` says so.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.eventhub import EventHubConsumerClient


def forget_deliveries(client: "EventHubConsumerClient") -> int:
    """Empty what the links of a client know of deliveries; return how many they were.

    Called from the client's own thread, between two batches.
    """
    forgotten = 0
    for processor in [*getattr(client, "_event_processors", {}).values()]:
        for consumer in [*getattr(processor, "_consumers", {}).values()]:
            link = getattr(getattr(consumer, "_handler", None), "_link", None)
            tags = getattr(link, "_received_delivery_tags", None)
            if isinstance(tags, set):
                forgotten += len(tags)
                tags.clear()
    return forgotten
