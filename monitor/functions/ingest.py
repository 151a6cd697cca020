"""The Event Hub door: one invocation is one batch of one partition, one evaluation, one commit.

The host moves its checkpoint when the retry policy is done with a batch, whether or not the
function threw. So a batch that could not be recorded must never be done with: storage faults are
raised, and retried without end (docs/functions.md). Bad records do not throw, they are quarantined.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import List  # noqa: UP035 - the worker refuses `list[...]` as an annotation

import azure.functions as func

from monitor.errors import InvalidInput
from monitor.events.batch import EventHubPartition, Message, SourceBatch
from monitor.functions.app import Monitor, app_settings, shared
from monitor.functions.invocation import invocation
from monitor.pipeline.outcome import Outcome

DELIVERY_SECONDS = 5.0
"""How long a batch may wait for its own alerts, seconds; what is left over is the sweep's."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


def source_of(metadata: Mapping[str, object] | None, epoch: str) -> EventHubPartition:
    """Return the partition that the trigger metadata of a batch names.

    `PartitionContext` is Azure.Messaging.EventHubs' class of that name, serialised by the host with
    its .NET property names.

    Raises:
        InvalidInput: there is no partition context, or a name in it is missing or empty. The batch
            waits: without its partition it cannot be told from one that was recorded before.
    """
    context = (metadata or {}).get("PartitionContext")
    if not isinstance(context, Mapping):
        raise InvalidInput("trigger metadata: PartitionContext is missing or not an object")

    def name(key: str) -> str:
        value = context.get(key)
        if not isinstance(value, str) or not value:
            raise InvalidInput(f"trigger metadata: PartitionContext.{key} is missing or empty")
        return value

    return EventHubPartition.named(
        name("FullyQualifiedNamespace"),
        name("EventHubName"),
        name("ConsumerGroup"),
        name("PartitionId"),
        epoch,
    )


def message_of(event: func.EventHubEvent) -> Message:
    """Return the event as a message: its bytes untouched, its place in the partition.

    Raises:
        InvalidInput: the event has no sequence number.
    """
    if event.sequence_number is None:
        raise InvalidInput("trigger metadata: an event has no SequenceNumber")
    enqueued = event.enqueued_time
    if enqueued is not None and enqueued.tzinfo is None:
        # The host sends .NET's `EnqueuedTime.DateTime`: UTC, but serialised without saying so.
        enqueued = enqueued.replace(tzinfo=UTC)
    return Message(body=event.get_body(), sequence=event.sequence_number, enqueued=enqueued)


def batch_of(events: Sequence[func.EventHubEvent], epoch: str) -> SourceBatch:
    """Return the batch of one invocation: at least one event, all of one partition, in order.

    Raises:
        InvalidInput: the trigger metadata does not say which partition or which sequence numbers.
    """
    # Every event of a batch carries the metadata of the whole batch.
    source = source_of(events[0].metadata, epoch)
    return SourceBatch(source, tuple(message_of(event) for event in events))


@blueprint.function_name("ingest")
@blueprint.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="%EVENTHUB_NAME%",
    connection="EventHubConnection",
    consumer_group="%EVENTHUB_CONSUMER_GROUP%",
    data_type=func.DataType.BINARY,
    cardinality=func.Cardinality.MANY,
)
@blueprint.retry(
    strategy="exponential_backoff",
    max_retry_count="-1",
    minimum_interval="00:00:02",
    maximum_interval="00:01:00",
)
def ingest(events: List[func.EventHubEvent], context: func.Context) -> None:  # noqa: UP006 - see the import
    """Record the batch, then send what it found.

    Raises:
        MonitorError: the batch is not recorded; the host keeps the partition and tries again.
    """
    if not events:
        return
    with invocation("ingest", context):
        batch = batch_of(events, app_settings(os.environ).epoch)
        commit(shared.get(), batch)


def commit(monitor: Monitor, batch: SourceBatch) -> Outcome:
    """Record a batch, and send what it found: nobody else sends it in the next two minutes.

    Raises:
        MonitorError: the batch is not recorded.
    """
    outcome = monitor.ingest(batch)
    if found_something(outcome):
        monitor.deliver(DELIVERY_SECONDS, digests=False)
    return outcome


def found_something(outcome: Outcome) -> bool:
    """Say whether there is a finding among what was committed."""
    return any(entry.leaf.get("t") == "finding" for entry in outcome.entries)
