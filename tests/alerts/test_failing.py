"""When a channel becomes a finding, and what that says."""

from datetime import timedelta

import pytest

from monitor.alerts.alert import read_alert
from monitor.alerts.failing import Standing, failing_leaf
from monitor.rules.model import Severity
from tests.alerts.memory import START

HOUR = timedelta(hours=1)
ILL = Standing("teams", START - HOUR, "error=503", given_up=0, waiting=7, reported=False)


@pytest.mark.parametrize(
    ("standing", "patience", "made"),
    [
        (ILL, HOUR, True),
        (ILL, HOUR + timedelta(seconds=1), False),
        (Standing("teams", START - HOUR, "", 0, 7, reported=True), HOUR, False),
        (Standing("teams", START, "Failed to send: error=410.", 0, 1, reported=False), HOUR, True),
        (Standing("teams", START, "Failed to send: error=429.", 0, 1, reported=False), HOUR, False),
        (Standing("teams", None, "", given_up=1, waiting=0, reported=False), HOUR, True),
        (Standing("teams", None, "", given_up=0, waiting=3, reported=False), HOUR, False),
    ],
)
def test_a_channel_is_a_finding_once_it_is_late_or_gave_something_up(
    standing: Standing, patience: timedelta, made: bool
) -> None:
    assert (failing_leaf(standing, START, patience) is not None) is made


def test_the_finding_says_since_when_what_waits_and_why() -> None:
    leaf = failing_leaf(ILL, START, HOUR)
    assert leaf is not None
    alert = read_alert(5, leaf)
    assert alert.severity is Severity.HIGH
    assert alert.witness == (
        "Channel teams has taken nothing since 2026-03-02 08:00 UTC; 7 findings wait for it."
        " It says: error=503"
    )
    assert alert.about.label == "teams (alert channel)"
    assert "doctor --send-test" in alert.steps[0]
