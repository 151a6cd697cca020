"""Every metric, span and attribute there is, by name; docs/telemetry.md says what to do about each.

Attribute names are those of OpenTelemetry's semantic conventions where there is one (`messaging.*`,
`error.type`, `faas.*`), else they begin with `mfa_monitor.`.
"""

from dataclasses import dataclass
from enum import Enum

PREFIX = "mfa_monitor."

SHORT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Bucket bounds of what a machine does, seconds."""
LONG = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 21600.0, 86400.0)
"""Bucket bounds of what somebody waits for, seconds."""


class Kind(Enum):
    """How a metric is to be read: sums, single values, distributions."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name, kind, unit (UCUM) and meaning; `bounds` are those of a histogram."""

    name: str
    kind: Kind
    unit: str
    says: str
    bounds: tuple[float, ...] = ()


def _counter(name: str, unit: str, says: str) -> Metric:
    return Metric(PREFIX + name, Kind.COUNTER, unit, says)


def _gauge(name: str, unit: str, says: str) -> Metric:
    return Metric(PREFIX + name, Kind.GAUGE, unit, says)


def _seconds(name: str, says: str, bounds: tuple[float, ...] = SHORT) -> Metric:
    return Metric(PREFIX + name, Kind.HISTOGRAM, "s", says, bounds)


LAG = _seconds("lag", "age of the oldest message of a batch when the batch was committed", LONG)
POSITIONS_BEHIND = _gauge("positions_behind", "{position}", "positions of a partition to be read")
EVENTS = _counter("events", "{record}", "records seen")
RELEVANT = _counter("relevant", "{record}", "records that matter to MFA")
QUARANTINED = _counter("quarantined", "{record}", "records that could not be read")
REPEATED = _counter("repeated", "{record}", "records that were in the ledger already")
FINDINGS = _counter("findings", "{finding}", "findings entered")
DELIVERIES = _counter("deliveries", "{attempt}", "attempts to deliver an alert or a digest")
FAULTS = _counter("faults", "{fault}", "operations that ended in an error")
CONFLICTS = _counter("conflicts", "{conflict}", "commits decided again: another writer was first")
INGEST_DURATION = _seconds("ingest_duration", "time from taking a batch to its commit")
COMMIT_DURATION = _seconds("commit_duration", "time the store took to commit a batch")
SWEEP_DURATION = _seconds("sweep_duration", "time of a sweep")
DELIVER_DURATION = _seconds("deliver_duration", "time of a round of deliveries")
PUBLISH_DURATION = _seconds("publish_duration", "time of a publication")
UNDELIVERED = _gauge("undelivered", "{finding}", "findings that not every channel has settled")
UNDELIVERED_AGE = _gauge("undelivered_age", "s", "age of the oldest finding that is undelivered")
OPEN_GAPS = _gauge("open_gaps", "{position}", "positions skipped and not read again yet")
LOST_POSITIONS = _gauge("lost_positions", "{position}", "positions that can no longer be read")
PENDING = _gauge("pending", "{matter}", "steps waiting for the record that explains them")
LEDGER_ENTRIES = _gauge("ledger_entries", "{entry}", "entries of the ledger")
LEDGER_BATCHES = _gauge("ledger_batches", "{batch}", "batches of the ledger")

METRICS = (
    LAG,
    POSITIONS_BEHIND,
    EVENTS,
    RELEVANT,
    QUARANTINED,
    REPEATED,
    FINDINGS,
    DELIVERIES,
    FAULTS,
    CONFLICTS,
    INGEST_DURATION,
    COMMIT_DURATION,
    SWEEP_DURATION,
    DELIVER_DURATION,
    PUBLISH_DURATION,
    UNDELIVERED,
    UNDELIVERED_AGE,
    OPEN_GAPS,
    LOST_POSITIONS,
    PENDING,
    LEDGER_ENTRIES,
    LEDGER_BATCHES,
)


class SpanName(Enum):
    """The spans, each around one operation."""

    INGEST = "mfa_monitor.ingest"
    EVALUATE = "mfa_monitor.evaluate"
    COMMIT = "mfa_monitor.commit"
    SWEEP = "mfa_monitor.sweep"
    DELIVER = "mfa_monitor.deliver"
    DIGEST = "mfa_monitor.digest"
    PUBLISH = "mfa_monitor.publish"
    GAP_REPAIR = "mfa_monitor.gap_repair"


MESSAGING_SYSTEM = "messaging.system"
DESTINATION = "messaging.destination.name"
PARTITION = "messaging.destination.partition.id"
CONSUMER_GROUP = "messaging.consumer.group.name"
OPERATION = "messaging.operation.type"
MESSAGES = "messaging.batch.message_count"
ERROR_TYPE = "error.type"
FIRST = PREFIX + "sequence.first"
LAST = PREFIX + "sequence.last"
SOURCE = PREFIX + "source"
SEQ = PREFIX + "batch.seq"
ENTRIES = PREFIX + "entries"
SIZE = PREFIX + "size"
SEVERITY = PREFIX + "severity"
CHANNEL = PREFIX + "channel"
OUTCOME = PREFIX + "outcome"
STEP = PREFIX + "operation"
FOUND = PREFIX + "positions.found"
REPAIRED = PREFIX + "positions.repaired"
LOST = PREFIX + "positions.lost"

ATTRIBUTES = frozenset(
    {
        MESSAGING_SYSTEM,
        DESTINATION,
        PARTITION,
        CONSUMER_GROUP,
        OPERATION,
        MESSAGES,
        ERROR_TYPE,
        FIRST,
        LAST,
        SOURCE,
        SEQ,
        ENTRIES,
        SIZE,
        SEVERITY,
        CHANNEL,
        OUTCOME,
        STEP,
        FOUND,
        REPAIRED,
        LOST,
    }
)
"""Every attribute that may leave the process, on a span or a metric."""
