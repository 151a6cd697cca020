"""Everything arrives at a collector: real exporters, OTLP over HTTP, decoded from the protobuf."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from monitor.telemetry import catalogue as names
from monitor.telemetry import configure_logging, exporting
from monitor.telemetry.catalogue import METRICS, SpanName
from tests.telemetry.receiver import Receiver, receiving
from tests.telemetry.shift import work


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    before = structlog.get_config()
    with receiving() as receiver, pytest.MonkeyPatch.context() as patch:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_SERVICE_NAME": "mfa"}
        for name, value in environment.items():
            patch.setenv(name, value)
        with exporting(environment) as on:
            assert on
            configure_logging(level="info")
            work(tmp_path_factory.mktemp("shift") / "data")
        yield receiver
    structlog.configure(**before)


def parsed(kind: type[Any], receiver: Receiver, path: str) -> Iterator[Any]:
    for body in receiver.bodies[path]:
        request = kind()
        request.ParseFromString(body)
        yield request


def attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def spans(receiver: Receiver) -> list[Any]:
    return [
        span
        for request in parsed(ExportTraceServiceRequest, receiver, "/v1/traces")
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def metrics(receiver: Receiver) -> dict[str, Any]:
    return {
        metric.name: metric
        for request in parsed(ExportMetricsServiceRequest, receiver, "/v1/metrics")
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def points(metric: Any) -> list[Any]:
    return list(getattr(metric, metric.WhichOneof("data")).data_points)


def test_every_metric_arrives(received: Receiver) -> None:
    found = metrics(received)

    assert set(found) == {metric.name for metric in METRICS}
    assert {name: one.unit for name, one in found.items()} == {m.name: m.unit for m in METRICS}
    assert all(points(one) for one in found.values())


def test_the_figures_are_those_of_the_shift(received: Receiver) -> None:
    found = metrics(received)

    def total(metric: names.Metric) -> int:
        return sum(point.as_int for point in points(found[metric.name]))

    assert total(names.EVENTS) == 3
    assert total(names.RELEVANT) == 1
    assert total(names.QUARANTINED) == 1
    assert total(names.REPEATED) == 1
    assert total(names.CONFLICTS) == 1
    assert {
        attributes(p.attributes)[names.SEVERITY]: p.as_int
        for p in points(found[names.FINDINGS.name])
    }["high"] >= 1
    (lag,) = points(found[names.LAG.name])
    assert lag.count == 1
    assert 180 <= lag.sum < 1000
    assert attributes(lag.attributes) == {names.PARTITION: "0"}
    (fault,) = points(found[names.FAULTS.name])
    assert attributes(fault.attributes) == {
        names.STEP: "ingest",
        "error.type": "StorageUnavailable",
    }
    assert points(found[names.LEDGER_BATCHES.name])[0].as_double == 1
    outcomes = {
        attributes(p.attributes)[names.OUTCOME] for p in points(found[names.DELIVERIES.name])
    }
    assert outcomes == {"delivered"}


def test_every_span_arrives_with_what_its_operation_is_about(received: Receiver) -> None:
    found = spans(received)
    named = {span.name: span for span in found}

    assert set(named) == {name.value for name in SpanName}
    ingest = named[SpanName.INGEST.value]
    assert attributes(ingest.attributes) == {
        names.SOURCE: "eventhub",
        "messaging.system": "eventhubs",
        "messaging.operation.type": "process",
        "messaging.destination.name": "audit",
        "messaging.destination.partition.id": "0",
        "messaging.consumer.group.name": "mfa-monitor",
        "messaging.batch.message_count": 3,
        names.FIRST: 10,
        names.LAST: 12,
    }
    assert ingest.kind == ingest.SPAN_KIND_CONSUMER


def test_evaluation_and_commit_stand_within_their_batch(received: Receiver) -> None:
    found = spans(received)
    batches = {span.span_id: span for span in found if span.name == SpanName.INGEST.value}
    commits = [span for span in found if span.name == SpanName.COMMIT.value]
    inside = [span for span in commits if span.parent_span_id in batches]

    assert len(batches) == 2
    assert len(inside) >= 3
    assert all(span.trace_id == batches[span.parent_span_id].trace_id for span in inside)


def test_a_failed_commit_says_what_it_was(received: Receiver) -> None:
    failed = [span for span in spans(received) if span.status.code == span.status.STATUS_CODE_ERROR]

    kinds = {attributes(span.attributes)["error.type"] for span in failed}
    assert kinds == {"LedgerConflict", "StorageUnavailable"}
    assert all(span.events[0].name == "exception" for span in failed)


def test_log_events_arrive_with_their_fields(received: Receiver) -> None:
    records = [
        record
        for request in parsed(ExportLogsServiceRequest, received, "/v1/logs")
        for resource in request.resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]
    found = {record.body.string_value: record for record in records}

    assert {"pipeline.conflict", "run.waiting"} <= set(found)
    assert attributes(found["run.waiting"].attributes) == {
        "reason": "container away",
        "seconds": 1.0,
    }
    conflict = found["pipeline.conflict"]
    assert conflict.trace_id in {span.trace_id for span in spans(received)}


def test_nothing_says_which_machine_or_person_it_came_from(received: Receiver) -> None:
    for request in parsed(ExportTraceServiceRequest, received, "/v1/traces"):
        described = attributes(request.resource_spans[0].resource.attributes)
        assert described["service.name"] == "mfa"
        assert set(described) == {
            # A UUID made up for each process.
            "service.instance.id",
            "service.name",
            "service.version",
            "telemetry.sdk.language",
            "telemetry.sdk.name",
            "telemetry.sdk.version",
        }


def test_all_attributes_are_in_the_catalogue(received: Receiver) -> None:
    used = {name for span in spans(received) for name in attributes(span.attributes)}
    for metric in metrics(received).values():
        used |= {name for point in points(metric) for name in attributes(point.attributes)}

    assert used <= names.ATTRIBUTES


def test_a_collector_that_is_away_stops_nothing(tmp_path: Path) -> None:
    environment = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        patch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
        with exporting(environment | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}):
            work(tmp_path / "data")
