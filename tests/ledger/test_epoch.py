from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ledger.epoch import EPOCH, LAST, from_milliseconds, to_milliseconds


@settings(deadline=None)
@given(st.integers(0, LAST))
def test_milliseconds_read_back(count: int) -> None:
    assert to_milliseconds(from_milliseconds(count)) == count


def test_known_moments() -> None:
    assert to_milliseconds(EPOCH) == 0
    assert to_milliseconds(datetime(2026, 11, 2, 12, tzinfo=UTC)) == 1_793_620_800_000
    assert from_milliseconds(LAST) == datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)


def test_part_of_a_millisecond_is_dropped() -> None:
    assert to_milliseconds(EPOCH + timedelta(microseconds=1999)) == 1


def test_another_offset_is_the_same_moment() -> None:
    here = datetime(2026, 11, 2, 14, tzinfo=timezone(timedelta(hours=2)))
    assert to_milliseconds(here) == 1_793_620_800_000
