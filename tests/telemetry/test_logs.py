import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from monitor.errors import InvalidInput
from monitor.telemetry import configure_logging
from monitor.telemetry.catalogue import SpanName
from monitor.telemetry.signals import span
from tests.telemetry.recorded import Recorded, recording


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def kept() -> Iterator[Recorded]:
    with recording() as kept:
        yield kept


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_names_the_trace_and_the_span_it_belongs_to(
    kept: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(level="info")
    log = structlog.get_logger()
    with span(SpanName.INGEST):
        log.info("inside", count=1)
    log.info("outside")
    inside, outside = said(capsys)
    (told,) = kept.spans()

    assert inside["trace_id"] == f"{told.context.trace_id:032x}"
    assert inside["span_id"] == f"{told.context.span_id:016x}"
    assert "trace_id" not in outside


def test_without_telemetry_there_is_no_trace_to_name(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="info")
    with span(SpanName.INGEST):
        structlog.get_logger().info("inside")

    assert set(said(capsys)[0]) == {"event", "level", "timestamp"}


def test_an_event_is_exported_masked_with_its_severity_and_its_span(kept: Recorded) -> None:
    configure_logging(level="critical")
    configure_logging(level="info")
    with span(SpanName.INGEST):
        structlog.get_logger().warning(
            "alerts.failed", error="to kim@hospital.example", count=2, places=["a", "b"]
        )
    (data,) = kept._logs.get_finished_logs()
    one = data.log_record

    assert one.body == "alerts.failed"
    assert one.severity_text == "WARNING"
    assert one.attributes == {"error": "to ***@***", "count": 2, "places": "['a', 'b']"}
    assert one.span_id == kept.spans()[0].context.span_id


def test_debug_is_never_exported_whatever_is_shown(
    kept: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(level="debug")
    structlog.get_logger().debug("posture.body", name="Kim Example")

    assert said(capsys)[0]["name"] == "Kim Example"
    assert kept.logs() == []


@pytest.mark.parametrize("how", ["exception", "exc_info", "tuple"])
def test_of_an_exception_the_class_and_the_place_are_told(
    how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(level="info")
    log = structlog.get_logger()
    try:
        raise ValueError("Kim Example")  # noqa: TRY301 - what is raised is the point
    except ValueError as error:
        if how == "exception":
            log.exception("eventhub.ended")
        elif how == "exc_info":
            log.error("eventhub.ended", exc_info=error)  # noqa: TRY400 - another way to say it
        else:
            trio = (type(error), error, error.__traceback__)
            log.error("eventhub.ended", exc_info=trio)  # noqa: TRY400 - another way to say it
    (event,) = said(capsys)

    assert event["exception"]["type"] == "ValueError"
    assert event["exception"]["message"] == ""
    assert "test_logs:" in event["exception"]["frames"][-1]
    assert "Kim" not in json.dumps(event)


def test_our_own_errors_keep_their_words(kept: Recorded) -> None:
    configure_logging(level="info")
    try:
        raise InvalidInput("[serve] port: 70000 is no port")  # noqa: TRY301 - see above
    except InvalidInput:
        structlog.get_logger().exception("run.ended")

    assert "message=[serve] port: 70000 is no port" in kept.logs()[0]["exception"]


def test_a_terminal_gets_the_same_events(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(level="info", as_json=False)
    structlog.get_logger().info("run.waiting", reason="kim@hospital.example")

    assert "run.waiting" in (text := capsys.readouterr().err)
    assert "kim" not in text
