"""Reading exact positions of a partition, beside whoever reads the rest of it.

A receiver without an owner level takes a partition from nobody. Event Hubs does not let it in on a
consumer group that a receiver with one reads, so it reads for the repair group.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from monitor.events.batch import Message
from monitor.sources.eventhub.hub import Hub, HubUnavailable, Kept, kept, message_of
from monitor.sources.eventhub.idling import slow_down

if TYPE_CHECKING:
    from azure.eventhub import EventData, PartitionContext

BATCH_EVENTS = 32
PREFETCH = 64
IDLE_SECONDS = 30.0
"""How long an event that the hub says it keeps may take to come."""
TICK_SECONDS = 1.0
RETRIES = 0
"""Attempts after the first: see `consumer.RETRIES`; a repair is repeated as a whole."""

Take = Callable[[str, Sequence[Message]], None]
"""Takes messages of a partition, in order; what it raises ends the reading."""


def kept_by(hub: Hub, partition: str) -> Kept:
    """Ask what a partition still holds.

    Raises:
        HubUnavailable: the hub or the partition cannot be reached.
    """
    from azure.eventhub.exceptions import EventHubError  # noqa: PLC0415 - see `Hub.consumer`

    with hub.consumer(hub.repair_group, retry_total=RETRIES) as client:
        try:
            return kept(client, partition)
        except EventHubError as error:
            raise hub.unavailable(error) from error


class RangeReader:
    """Reads one range of one partition; `until` is when it has to stop (`time.monotonic`).

    Everything happens in the thread that calls `read`.
    """

    def __init__(self, hub: Hub, partition: str, take: Take, until: float) -> None:
        self._hub = hub
        self._partition = partition
        self._take = take
        self._until = until
        self._fault: Exception | None = None
        self._moved = time.monotonic()
        self._client = hub.consumer(
            hub.repair_group, load_balancing_interval=TICK_SECONDS, retry_total=RETRIES
        )

    def read(self, first: int, last: int) -> None:
        """Read positions `first` to `last`, as far as the time allows; called once.

        Raises:
            HubUnavailable: the hub refused, or an event did not come.
            MonitorError: whatever `take` raised.
        """
        self._last = last
        # Beside it, because the client makes its loop and runs it in one call.
        hurry = (self._client, threading.Event())
        threading.Thread(target=slow_down, args=hurry, daemon=True).start()
        self._client.receive_batch(
            self._events,
            partition_id=self._partition,
            max_batch_size=BATCH_EVENTS,
            max_wait_time=TICK_SECONDS,
            prefetch=PREFETCH,
            starting_position=first - 1 if first > 0 else "-1",
            on_error=self._failed,
        )
        if self._fault is not None:
            raise self._fault

    def _events(self, _context: "PartitionContext", events: "Sequence[EventData]") -> None:
        now = time.monotonic()
        messages = [*map(message_of, events)]
        wanted = [one for one in messages if (one.sequence or 0) <= self._last]
        try:
            if wanted:
                self._take(self._partition, wanted)
                self._moved = now
        finally:
            beyond = any((one.sequence or 0) >= self._last for one in messages)
            if beyond or now >= self._until:
                self._client.close()
        if now - self._moved >= IDLE_SECONDS:
            raise HubUnavailable(
                f"{self._hub.namespace}/{self._hub.name}: partition {self._partition} says that it"
                f" keeps event {self._last}, and it has not come for {IDLE_SECONDS:g} s"
            )

    def _failed(self, _context: "PartitionContext | None", error: Exception) -> None:
        from azure.eventhub.exceptions import EventHubError  # noqa: PLC0415 - see `Hub.consumer`

        if self._fault is None:
            foreign = isinstance(error, EventHubError)
            self._fault = self._hub.unavailable(error) if foreign else error
        self._client.close()
