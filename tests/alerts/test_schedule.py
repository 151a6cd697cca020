"""Which digest is due, in the time of its zone."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.schedule import Period, Schedule

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_edition_of_a_day_begins_at_its_hour() -> None:
    schedule = Schedule(BERLIN, time(7, 30), daily=True)
    assert [e.key for e in schedule.due(at("2026-03-02T06:29"))] == ["daily/2026-03-01"]
    (edition,) = schedule.due(at("2026-03-02T06:30"))
    assert edition.key == "daily/2026-03-02"
    assert edition.until == at("2026-03-02T06:30")
    assert edition.since == at("2026-03-01T06:30")


def test_the_weekly_edition_is_that_of_the_latest_such_day() -> None:
    schedule = Schedule(BERLIN, time(7), weekly="mon")
    keys = [schedule.due(at(f"2026-03-{day:02d}T12:00"))[0].key for day in range(1, 10)]
    assert keys == ["weekly/2026-02-23"] + ["weekly/2026-03-02"] * 7 + ["weekly/2026-03-09"]


def test_nothing_is_due_where_nothing_is_asked_for() -> None:
    assert Schedule(BERLIN, time(7)).due(at("2026-03-02T06:30")) == ()


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - made aware by hypothesis
def test_an_edition_is_never_of_the_future_nor_older_than_its_period(now: datetime) -> None:
    schedule = Schedule(BERLIN, time(2, 30), daily=True, weekly="sun")
    for edition in schedule.due(now):
        assert edition.until <= now
        slack = 3600 * 2  # the hour that summer time takes or gives
        assert (now - edition.until).total_seconds() < edition.period.length.total_seconds() + slack
    assert [e.period for e in schedule.due(now)] == [Period.DAILY, Period.WEEKLY]
