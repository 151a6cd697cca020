"""Keeping the client from spinning while it has nothing to read.

The loop of azure-eventhub's synchronous processor goes over the partitions it owns, and each of
them waits on its socket. With none (a second instance that stands by, a hub out of reach) nothing
waits, and the loop takes a whole core. It has no public setting for that; so the dictionary it goes
over is replaced by one that waits a moment when it is empty. Seen in 5.15.1; where a later version
is built otherwise, nothing is replaced, and `tests/sources/eventhub/test_idling.py` says so.
"""

import threading
import time
from collections.abc import ItemsView
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.eventhub import EventHubConsumerClient

PAUSE_SECONDS = 0.05
FIRST_LOOK_SECONDS = 0.01
LOOKS = 500


class Unhurried(dict[str, Any]):
    """Partitions by id; whoever goes over them while there are none waits a moment."""

    def items(self) -> "ItemsView[str, Any]":  # type: ignore[override]  # dict's own is narrower
        """Return the items."""
        if not self:
            time.sleep(PAUSE_SECONDS)
        return super().items()


def slow_down(client: "EventHubConsumerClient", stopping: threading.Event) -> bool:
    """Replace what the client's processor goes over, once there is one; tell whether it was done.

    Called beside `receive_batch`, which makes the processor and does not return.
    """
    for _ in range(LOOKS):
        found = [*getattr(client, "_event_processors", {}).values()]
        for processor in found:
            if not isinstance(getattr(processor, "_consumers", None), dict):
                return False
            with processor._lock:  # noqa: SLF001 - see the head of this module
                processor._consumers = Unhurried(processor._consumers)  # noqa: SLF001 - as above
        if found or stopping.wait(FIRST_LOOK_SECONDS):
            return bool(found)
    return False
