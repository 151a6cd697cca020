from collections.abc import Iterator

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InvalidInput, MonitorError, StorageUnavailable
from monitor.events.batch import EventHubPartition, Message
from monitor.functions.ingest import batch_of, ingest, message_of, source_of
from tests.functions.calling import CONTEXT
from tests.functions.recording import CHANGE, FINDING, RecordingMonitor, lent
from tests.functions.wire import NAMESPACE, Wire, partition_context


@pytest.fixture
def monitor() -> Iterator[RecordingMonitor]:
    recording = RecordingMonitor()
    with lent(recording):
        yield recording


def test_the_partition_is_read_from_the_trigger_metadata() -> None:
    assert EventHubPartition(
        NAMESPACE, "insights-logs-auditlogs", "mfa-monitor", "3", "7"
    ) == source_of({"PartitionContext": partition_context("3")}, "7")


def test_one_hub_is_one_cursor_however_its_names_are_written() -> None:
    shouted = partition_context(
        FullyQualifiedNamespace=NAMESPACE.upper(),
        EventHubName="Insights-Logs-AuditLogs",
        ConsumerGroup="MFA-Monitor",
    )

    assert (
        source_of({"PartitionContext": shouted}, "0").key
        == source_of({"PartitionContext": partition_context()}, "0").key
    )


@pytest.mark.parametrize(
    "key", ["FullyQualifiedNamespace", "EventHubName", "ConsumerGroup", "PartitionId"]
)
@pytest.mark.parametrize("value", [None, "", 0])
def test_a_partition_that_cannot_be_named_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(InvalidInput, match=rf"PartitionContext\.{key} is missing or empty"):
        source_of({"PartitionContext": {**partition_context(), key: value}}, "0")


@pytest.mark.parametrize(
    "metadata",
    # The last is what the host sends when it cannot serialise an object: its type's name.
    [None, {}, {"PartitionContext": "Microsoft.Azure.WebJobs.EventHubs.TriggerPartitionContext"}],
)
def test_metadata_without_a_partition_is_refused(metadata: dict[str, object] | None) -> None:
    with pytest.raises(InvalidInput, match="PartitionContext is missing"):
        source_of(metadata, "0")


def test_an_event_without_its_number_is_refused() -> None:
    numbered = Wire([b"{}"]).events()[0]
    bare = func.EventHubEvent(body=b"{}")

    with pytest.raises(InvalidInput, match="SequenceNumber"):
        batch_of([numbered, bare], "0")


@given(
    bodies=st.lists(st.binary(max_size=60), min_size=1, max_size=8),
    first=st.integers(0, 10**9),
    suffix=st.sampled_from(["", "Z", "+00:00"]),
)
def test_nothing_of_a_batch_is_lost_on_the_way(
    bodies: list[bytes], first: int, suffix: str
) -> None:
    wire = Wire(bodies, first=first, suffix=suffix)

    batch = batch_of(wire.events(), "0")

    assert bodies == [message.body for message in batch.messages]
    assert [wire.first + index for index in range(len(bodies))] == [
        message.sequence for message in batch.messages
    ]
    assert [wire.enqueued(index) for index in range(len(bodies))] == [
        message.enqueued for message in batch.messages
    ]


def test_an_event_without_a_time_is_a_message_without_one() -> None:
    assert message_of(func.EventHubEvent(body=b"{}", sequence_number=0)) == Message(b"{}", 0)


def test_the_epoch_is_a_setting(monitor: RecordingMonitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTHUB_EPOCH", "2")
    ingest(Wire([b"{}"]).events(), CONTEXT)

    (batch,) = monitor.batches
    assert isinstance(batch.source, EventHubPartition)
    assert batch.source.epoch == "2"


def test_delivery_follows_only_a_finding(monitor: RecordingMonitor) -> None:
    ingest(Wire([b"{}"]).events(), CONTEXT)
    monitor.entries = (CHANGE,)
    ingest(Wire([b"{}"]).events(), CONTEXT)
    assert monitor.calls == ["ingest", "ingest"]

    monitor.entries = (CHANGE, FINDING)
    ingest(Wire([b"{}"]).events(), CONTEXT)
    assert monitor.calls == ["ingest", "ingest", "ingest", "deliver 5"]


def test_a_storage_fault_is_raised_and_nothing_is_delivered(monitor: RecordingMonitor) -> None:
    monitor.entries = (FINDING,)
    monitor.faults = [StorageUnavailable("container away")]

    with pytest.raises(StorageUnavailable):
        ingest(Wire([b"{}"]).events(), CONTEXT)
    assert monitor.calls == ["ingest"]


def test_a_batch_without_events_asks_for_nothing(monitor: RecordingMonitor) -> None:
    ingest([], CONTEXT)

    assert monitor.calls == []


def test_a_wrong_epoch_is_raised_before_anything_is_recorded(
    monitor: RecordingMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTHUB_EPOCH", "a/b")

    with pytest.raises(MonitorError):
        ingest(Wire([b"{}"]).events(), CONTEXT)
    assert monitor.calls == []
