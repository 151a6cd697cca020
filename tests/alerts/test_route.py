"""What a channel takes, and when it has to be left alone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.alerts.route import Quiet, Route
from monitor.rules.model import Severity
from tests.alerts.samples import TENANT, Leaf, finding

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Quiet(BERLIN, time(22), time(7))
LUNCH = Quiet(BERLIN, time(12), time(13))


@pytest.mark.parametrize(
    ("quiet", "utc", "held"),
    [
        (NIGHT, "2026-03-02T20:59", False),
        (NIGHT, "2026-03-02T21:00", True),
        (NIGHT, "2026-03-03T05:59", True),
        (NIGHT, "2026-03-03T06:00", False),
        (NIGHT, "2026-07-03T05:00", False),  # summer time: 07:00 there
        (LUNCH, "2026-03-02T11:30", True),
        (LUNCH, "2026-03-02T12:00", False),
    ],
)
def test_quiet_hours_are_those_of_the_zone(quiet: Quiet, utc: str, held: bool) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert quiet.holds(Severity.LOW, now) is held
    assert quiet.holds(Severity.MEDIUM, now) is held
    assert not quiet.holds(Severity.HIGH, now)
    assert not quiet.holds(Severity.CRITICAL, now)


@pytest.mark.parametrize(
    ("route", "leaf", "takes"),
    [
        (Route(), finding(), True),
        (Route(minimum=Severity.HIGH), finding(severity="medium"), False),
        (Route(minimum=Severity.HIGH), finding(severity="nobody knows"), True),
        (Route(tenants=frozenset({TENANT})), finding(tenant=TENANT.upper()), True),
        (Route(tenants=frozenset({"another"})), finding(), False),
        (Route(rules=("lock-out", "ca-*")), finding(), True),
        (Route(rules=("external-*",)), finding(), False),
        (Route(privileged_only=True), finding(), False),
        (Route(privileged_only=True), finding(details={"privileged": True}), True),
        (Route(privileged_only=True), finding(object={"kind": "directoryRole", "id": "x"}), True),
        (
            Route(privileged_only=True),
            finding(details={"witnesses": [{"holds": [{"dimension": "role", "value": "r"}]}]}),
            True,
        ),
        (Route(privileged_only=True), finding(details={"witnesses": ["odd", {"holds": 3}]}), False),
        (Route(escalates_after=timedelta(minutes=30)), finding(severity="medium"), False),
        (Route(escalates_after=timedelta(minutes=30)), finding(severity="high"), True),
    ],
)
def test_a_route_takes_what_it_names(route: Route, leaf: Leaf, takes: bool) -> None:
    assert route.takes(leaf) is takes
