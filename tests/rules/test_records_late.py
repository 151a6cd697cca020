"""records-late: info from six hours on, low from a day on."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests import entra, live
from tests.corridor import findings, judged

OFF = entra.policy(state="disabled")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("hours", "severity"), [(6, None), (6.1, "info"), (23.9, "info"), (24, "low"), (80, "low")]
)
def test_the_severity_follows_the_delay(tmp_path: Path, hours: float, severity: str | None) -> None:
    with live.serving(tmp_path) as service:
        service.at(hours * 60)
        body = entra.body(entra.ca_change(None, OFF, entra.at()))
        found = findings(service.receive(body))
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == (
        {"records-late": severity} if severity else {}
    )


def test_a_backlog_of_the_service_is_silent(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.at(60 * 24)
        body = entra.body(entra.ca_change(None, OFF, entra.at()))
        assert findings(service.receive(body, late=DAY)) == {}


def test_a_file_from_the_past_is_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, entra.ca_change(None, OFF, entra.at(-60 * 24 * 30))) == {}
