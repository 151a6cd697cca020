"""One instance of the service for the soak: the Functions worker library fed by the real client.

`python -m bench.soak_host`, on Python 3.13. What the .NET host does is done here with the real
parts: azure-eventhub's EventProcessor hands over batches and keeps its checkpoints in Blob storage,
the worker library that the service loads invokes function_app.py, a failed batch is tried again
without end, timers fire. Settings come in the environment, as app settings do.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from azure.eventhub import EventData, EventHubConsumerClient, PartitionContext
from azure.eventhub.extensions.checkpointstoreblob import BlobCheckpointStore
from azure_functions_runtime.bindings.datumdef import Datum

from monitor.sources.eventhub.forgetting import forget_deliveries
from monitor.sources.eventhub.idling import slow_down
from tests.functions.host import Host
from tests.functions.wire import Wire, partition_context

BATCH = 32
"""host.json's maxEventBatchSize."""
BALANCE_SECONDS = 2.0
"""How often instances look who owns a partition; the host's default is longer."""
PAUSE_SECONDS = 0.5
TIMERS = {"sweep": 10.0, "deliver": 10.0, "publish": 10.0, "gap_repair": 30.0, "digest": 60.0}
"""Seconds between the timers' ticks: several times as often as in host.json, to be seen."""


class Received(Wire):
    """A batch as the host would describe it, with the numbers and times that the hub gave.

    After a dropped connection the client may bring an event twice: numbers are not always dense.
    """

    _events: Sequence[EventData]

    @classmethod
    def of(cls, events: Sequence[EventData], context: PartitionContext) -> "Received":
        """Return the batch that the client has handed over."""
        where = partition_context(
            context.partition_id,
            FullyQualifiedNamespace=context.fully_qualified_namespace,
            EventHubName=context.eventhub_name,
            ConsumerGroup=context.consumer_group,
        )
        made = cls([_content(event) for event in events], events[0].sequence_number or 0, where)
        object.__setattr__(made, "_events", events)  # the class it extends is frozen
        return made

    def number(self, index: int) -> int:
        """Return the sequence number of event `index` of this batch."""
        given = self._events[index].sequence_number
        assert given is not None
        return given

    def enqueued(self, index: int) -> datetime:
        """Return when event `index` of this batch entered the hub."""
        given = self._events[index].enqueued_time
        assert given is not None
        return given.astimezone(UTC)


def _content(event: EventData) -> bytes:
    parts: Any = event.body  # bytes in parts: the stream sends nothing else
    return b"".join(parts)


class Instance:
    """The host and its queue: the worker library's loop is driven by one thread at a time."""

    def __init__(self) -> None:
        self._host = Host()
        self._lock = threading.Lock()
        self.client: EventHubConsumerClient | None = None

    def receive(self, context: PartitionContext, events: list[EventData]) -> None:
        """Invoke `ingest` until it succeeds, then move the checkpoint, as the host does."""
        if not events:
            return
        wire = Received.of(events, context)
        attempt = 0
        while not self._invoke("ingest", wire.input(Datum), wire.metadata(Datum), attempt):
            attempt += 1
            time.sleep(PAUSE_SECONDS)
        context.update_checkpoint(events[-1])
        if self.client is not None:  # the .NET host remembers no deliveries either
            forget_deliveries(self.client)

    def tick(self) -> None:
        """Fire each timer when it is due, for as long as the process lives."""
        due = dict.fromkeys(TIMERS.keys() & self._host.functions.keys(), time.monotonic())
        shown = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}
        while True:
            for name, when in due.items():
                if when <= time.monotonic():
                    self._invoke(name, Datum(json.dumps(shown), "json"), {})
                    due[name] = time.monotonic() + TIMERS[name]
            time.sleep(0.2)

    def _invoke(self, name: str, given: Any, metadata: dict[str, Any], attempt: int = 0) -> bool:
        with self._lock:
            answer = self._host.invoke(name, given, metadata, attempt)
        if not answer.ok:
            print(json.dumps({"failed": name, "error": answer.error}), file=sys.stderr, flush=True)
        return bool(answer.ok)


def main() -> None:
    """Consume until killed."""
    logging.getLogger("azure").setLevel(logging.ERROR)
    instance = Instance()
    threading.Thread(target=instance.tick, daemon=True).start()
    store = BlobCheckpointStore.from_connection_string(
        os.environ["SOAK_STORAGE"], os.environ["SOAK_CHECKPOINTS"]
    )
    client = EventHubConsumerClient.from_connection_string(
        os.environ["SOAK_HUB"],
        consumer_group=os.environ["EVENTHUB_CONSUMER_GROUP"],
        checkpoint_store=store,
        load_balancing_interval=BALANCE_SECONDS,
        partition_ownership_expiration_interval=3 * BALANCE_SECONDS,
    )
    instance.client = client
    with client:
        # The .NET host does not spin while it owns nothing, as the Python client would.
        threading.Thread(target=slow_down, args=(client, threading.Event()), daemon=True).start()
        client.receive_batch(
            instance.receive, max_batch_size=BATCH, max_wait_time=1, starting_position="-1"
        )


if __name__ == "__main__":
    main()
