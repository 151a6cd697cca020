import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from monitor.functions.logs import log_to_host


@pytest.fixture(autouse=True)
def host_logging() -> Iterator[None]:
    before = structlog.get_config()
    log_to_host()
    yield
    structlog.configure(**before)


def test_an_event_reaches_the_host_once_as_json_with_its_module_and_level(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        structlog.get_logger("monitor.pipeline").warning("pipeline.conflict", seq=7, share="100 %d")

    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert json.loads(record.getMessage()) == {
        "event": "pipeline.conflict",
        "level": "warning",
        "seq": 7,
        "share": "100 %d",
    }
    assert capsys.readouterr() == ("", "")


def test_addresses_and_urls_do_not_leave(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        structlog.get_logger().error(
            "alerts.refused", reason="kim@hospital.example at https://hooks.example/secret"
        )

    assert "kim" not in caplog.text
    assert "secret" not in caplog.text


def test_debug_stays_inside_even_where_the_host_listens_to_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        structlog.get_logger().debug("posture.body", body="{}")

    assert caplog.records == []
