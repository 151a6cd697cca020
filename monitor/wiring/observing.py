"""What is told of the monitor's work: counts, times and ages; never who or what was judged."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from opentelemetry.trace import SpanKind
from pydantic import JsonValue

from monitor.clock import moment
from monitor.events.batch import EventHubPartition, SourceBatch
from monitor.pipeline.outcome import Filed, Outcome
from monitor.telemetry import catalogue as names
from monitor.telemetry.signals import Attributes, Span, operation, record
from monitor.view.cells import Cell

_COUNTED = (
    (names.EVENTS, "seen"),
    (names.RELEVANT, "relevant"),
    (names.QUARANTINED, "quarantined"),
    (names.REPEATED, "repeated"),
)
_STANDING = (
    (names.UNDELIVERED, "undelivered"),
    (names.OPEN_GAPS, "open_gaps"),
    (names.LOST_POSITIONS, "lost_positions"),
    (names.PENDING, "pending"),
    (names.LEDGER_ENTRIES, "entries"),
    (names.LEDGER_BATCHES, "batches"),
)


@contextmanager
def ingesting(batch: SourceBatch) -> Iterator[Span]:
    """Put a span with the partition and the range of positions around the taking of a batch."""
    hub = isinstance(batch.source, EventHubPartition)
    kind = SpanKind.CONSUMER if hub else SpanKind.INTERNAL
    with operation(names.SpanName.INGEST, names.INGEST_DURATION, kind) as span:
        span.tell(described(batch))
        yield span


def described(batch: SourceBatch) -> Attributes:
    """Return what may be told of a batch: the name of a file or a sender may be personal."""
    count = len(batch.messages)
    if not isinstance(batch.source, EventHubPartition):
        kind = str(batch.source.describe()["kind"])
        return {names.SOURCE: kind, names.MESSAGES: count}
    numbers = [message.sequence for message in batch.messages if message.sequence is not None]
    place: dict[str, str | int] = {
        names.SOURCE: "eventhub",
        names.MESSAGING_SYSTEM: "eventhubs",
        names.OPERATION: "process",
        names.DESTINATION: batch.source.hub,
        names.PARTITION: batch.source.partition,
        names.CONSUMER_GROUP: batch.source.consumer_group,
        names.MESSAGES: count,
    }
    if numbers:
        place |= {names.FIRST: min(numbers), names.LAST: max(numbers)}
    return place


def ingested(batch: SourceBatch, outcome: Outcome, now: datetime) -> None:
    """Count what became of a batch; a redelivery that committed nothing counts for nothing."""
    counted(outcome)
    times = [message.enqueued for message in batch.messages if message.enqueued is not None]
    if times and outcome.seen and isinstance(batch.source, EventHubPartition):
        age = max(0.0, (now - min(times)).total_seconds())
        record(names.LAG, age, {names.PARTITION: batch.source.partition})


def counted(outcome: Outcome) -> None:
    """Count records, findings and deliveries of what was committed."""
    for metric, field in _COUNTED:
        count = getattr(outcome, field)
        if count or metric is names.EVENTS:
            record(metric, count)
    for severity, count in _findings(outcome.entries).items():
        record(names.FINDINGS, count, {names.SEVERITY: severity})
    for (channel, result), count in _deliveries(outcome.entries).items():
        record(names.DELIVERIES, count, {names.CHANNEL: channel, names.OUTCOME: result})


def told(outcome: Outcome) -> Outcome:
    """Count what was committed, and hand it on."""
    counted(outcome)
    return outcome


def _findings(entries: Iterable[Filed]) -> Mapping[str, int]:
    return Counter(str(one.leaf["severity"]) for one in entries if one.leaf["t"] == "finding")


def _deliveries(entries: Iterable[Filed]) -> Mapping[tuple[str, str], int]:
    return Counter(
        (str(one.leaf["channel"]), str(one.leaf["outcome"]))
        for one in entries
        if one.leaf["t"] == "delivery"
    )


def standing(health: Mapping[str, JsonValue], undelivered: Sequence[Cell], now: datetime) -> None:
    """Record how things stand: what waits, since when, and how large the ledger is."""
    for metric, field in _STANDING:
        record(metric, float(cast("int", health[field])))
    record(names.UNDELIVERED_AGE, oldest_seconds(undelivered, now))


def oldest_seconds(undelivered: Sequence[Cell], now: datetime) -> float:
    """Return how long the oldest of these findings has waited; 0 where there is none."""
    filed = [moment(str(cast("Mapping[str, JsonValue]", c.value)["filed"])) for c in undelivered]
    return max(0.0, (now - min(filed)).total_seconds()) if filed else 0.0
