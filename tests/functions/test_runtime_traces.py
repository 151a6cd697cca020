"""Under the worker library our spans belong to the host's, and each signal goes out once."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.functions.app import shared
from monitor.functions.invocation import telling
from monitor.telemetry.catalogue import SpanName
from tests.functions.day import batch
from tests.telemetry.receiver import Receiver, receiving

if os.environ.get("MFA_MONITOR_NEEDS_RUNTIME") != "1":
    pytest.importorskip(
        "azure_functions_runtime", reason="azure-functions-runtime needs Python 3.13"
    )
if TYPE_CHECKING:
    from tests.functions.host import Host

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("PYTHON_ENABLE_OPENTELEMETRY", "true")
        monkeypatch.setenv("MFA_MONITOR_DATA", str(tmp_path / "data"))
        monkeypatch.delenv("MFA_MONITOR_CONFIG", raising=False)
        shared.close()
        yield collector
        shared.close()
        telling.end()


@pytest.fixture
def host(receiver: Receiver) -> "Iterator[Host]":
    from azure_functions_runtime.otel import otel_manager  # noqa: PLC0415 - on 3.13 only

    from tests.functions.host import running  # noqa: PLC0415 - importable on 3.13 only

    assert receiver.url
    with running() as started:
        yield started
    otel_manager.set_otel_libs_available(False)


def ingest(host: "Host") -> None:
    from azure_functions_runtime.bindings.datumdef import Datum  # noqa: PLC0415 - on 3.13 only

    wire = batch(0, 3)
    answer = host.invoke(
        "ingest", wire.input(Datum), wire.metadata(Datum), 0, f"00-{TRACE}-{PARENT}-01"
    )
    assert answer.ok, answer.error


def spans(receiver: Receiver) -> list[Any]:
    from opentelemetry.proto.collector.trace.v1 import (  # noqa: PLC0415 - only when it is read
        trace_service_pb2,
    )

    found = []
    for body in receiver.bodies["/v1/traces"]:
        request = trace_service_pb2.ExportTraceServiceRequest()
        request.ParseFromString(body)
        found += [s for r in request.resource_spans for c in r.scope_spans for s in c.spans]
    return found


def test_the_worker_tells_the_host_that_we_export_our_own_logs(host: "Host") -> None:
    assert host.init.capabilities["WorkerOpenTelemetryEnabled"] == "true"


def test_our_spans_are_children_of_the_invocation_and_come_once(
    host: "Host", receiver: Receiver
) -> None:
    ingest(host)
    telling.end()
    found = spans(receiver)

    (own,) = [span for span in found if span.name == SpanName.INGEST.value]
    assert own.trace_id.hex() == TRACE
    assert own.parent_span_id.hex() == PARENT
    assert {span.trace_id.hex() for span in found} == {TRACE}
    assert len({span.span_id for span in found}) == len(found)
    # The worker makes no span of its own: the invocation's is the host's to export.
    assert {span.name for span in found} <= {name.value for name in SpanName}


def test_metrics_are_sent_when_the_process_ends(host: "Host", receiver: Receiver) -> None:
    ingest(host)
    telling.end()

    assert b"mfa_monitor.lag" in b"".join(receiver.bodies["/v1/metrics"])


def test_what_the_host_was_told_goes_to_the_collector_too(host: "Host", receiver: Receiver) -> None:
    host.request("status", "GET", "/api/status")
    telling.end()

    assert b"api.refused" in b"".join(receiver.bodies["/v1/logs"])


def test_without_the_setting_the_host_exports_the_logs(
    host: "Host", receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHON_ENABLE_OPENTELEMETRY")
    host.request("status", "GET", "/api/status")
    ingest(host)
    telling.end()

    assert receiver.bodies["/v1/traces"]
    assert not receiver.bodies["/v1/logs"]
