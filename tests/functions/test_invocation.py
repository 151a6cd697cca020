import json
import logging
import traceback

import pytest

from monitor.errors import StorageUnavailable
from monitor.functions.invocation import InvocationFailed, elsewhere, invocation
from monitor.telemetry.catalogue import SpanName
from monitor.telemetry.signals import span
from tests.functions.calling import CONTEXT, context
from tests.telemetry.recorded import recording


def test_our_own_errors_go_on_as_they_are() -> None:
    with pytest.raises(StorageUnavailable, match="container away"), invocation("ingest", CONTEXT):
        raise StorageUnavailable("container away")


def test_of_any_other_error_the_host_learns_the_class_and_the_place_alone() -> None:
    with pytest.raises(InvocationFailed) as caught, invocation("ingest", CONTEXT):
        json.loads('{"userPrincipalName": kim@hospital.example}')

    assert "ingest: json.decoder.JSONDecodeError in json.decoder:" in str(caught.value)
    # What the worker writes into the host's logs.
    printed = "".join(traceback.format_exception(caught.value))
    assert "JSONDecodeError: " not in printed
    assert "Expecting value" not in printed


@pytest.mark.parametrize(
    ("environment", "signals"),
    [
        ({}, {"logs"}),
        ({"PYTHON_ENABLE_OPENTELEMETRY": "false"}, {"logs"}),
        ({"PYTHON_ENABLE_OPENTELEMETRY": "true"}, set()),
        ({"PYTHON_ENABLE_OPENTELEMETRY": "True"}, set()),
        ({"PYTHON_ENABLE_OPENTELEMETRY": "1"}, set()),
    ],
)
def test_logs_are_exported_by_one_side_only(environment: dict[str, str], signals: set[str]) -> None:
    assert elsewhere(environment) == signals


def test_wrong_telemetry_settings_are_said_and_keep_no_record_waiting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "jaeger")
    with caplog.at_level(logging.INFO), invocation("ingest", CONTEXT):
        pass

    (record,) = [one for one in caplog.records if "telemetry.off" in one.getMessage()]
    assert "OTEL_TRACES_EXPORTER: 'jaeger' is not built in" in record.getMessage()


def test_it_is_begun_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "jaeger")
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            with invocation("ingest", CONTEXT):
                pass

    assert caplog.text.count("telemetry.off") == 1


def test_the_hosts_span_is_the_parent_of_ours_and_of_nothing_after_it() -> None:
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with recording() as kept:
        with invocation("sweep", context(f"00-{trace}-{parent}-01")), span(SpanName.SWEEP):
            pass
        with invocation("sweep", CONTEXT), span(SpanName.SWEEP):
            pass
    ours, alone = kept.spans()

    assert f"{ours.context.trace_id:032x}" == trace
    assert ours.parent is not None
    assert f"{ours.parent.span_id:016x}" == parent
    assert alone.parent is None


@pytest.mark.parametrize("parent", ["", "nonsense", "00-0-0-00", "é"])
def test_a_parent_that_cannot_be_read_is_none(parent: str) -> None:
    with recording() as kept, invocation("sweep", context(parent)), span(SpanName.SWEEP):
        pass

    assert kept.spans()[0].parent is None
