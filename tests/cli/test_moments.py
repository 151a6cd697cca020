"""Times as people type them."""

from datetime import UTC, datetime

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli.moments import Moment

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Noon:
    def now(self) -> datetime:
        return NOW


def read(text: str) -> datetime:
    return Moment(Noon()).convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T09:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T09:00:00+02:00", datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ("2026-03-02T09:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("30m", datetime(2026, 3, 2, 11, 30, tzinfo=UTC)),
        ("24h", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("7d", datetime(2026, 2, 23, 12, tzinfo=UTC)),
    ],
)
def test_moments(text: str, expected: datetime) -> None:
    assert read(text) == expected
    assert read(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "soon", "24", "h", "-1h", "999999d", "2026-13-01", "12:00"])
def test_what_is_no_time_is_a_usage_error(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a time"):
        read(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_moment_written_is_read_back(moment: datetime) -> None:
    assert read(moment.isoformat()) == moment
