import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import MalformedEvent
from monitor.events.instants import newest, parse_instant

NINE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)).map(  # noqa: DTZ001 - made aware
    lambda moment: moment.replace(tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-03-01T09:00:00Z", 0),
        ("2026-03-01T09:00:00.Z", 0),
        ("2026-03-01T09:00:00.5Z", 500_000),
        ("2026-03-01T09:00:00.1234567Z", 123_456),
        ("2026-03-01T09:00:00.9999999Z", 999_999),
        ("2026-03-01T09:00:00.123456789Z", 123_456),
        ("2026-03-01T09:00:00.1234567+00:00", 123_456),
        ("2026-03-01T11:00:00+02:00", 0),
        ("2026-03-01T03:30:00-0530", 0),
        ("2026-03-01 09:00:00.049661100", 49_661),
        ("2026-03-01T09:00:00", 0),
        ("2026-03-01t09:00:00z", 0),
        (" 2026-03-01T09:00:00Z ", 0),
        ("2026-03-01 09:00:00 +00:00", 0),
    ],
)
def test_forms_of_one_moment(text: str, microsecond: int) -> None:
    moment = parse_instant(text)
    assert moment == NINE.replace(microsecond=microsecond)
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "None",
        "yesterday",
        "03/01/2026 09:00:00 AM",
        "2026-03-01",
        "2026-W09-7T09:00:00Z",
        "2026-13-01T09:00:00Z",
        "2026-13-01T09:00:00.123456Z",
        "2026-02-30T09:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T09:00:60Z",
        "2026-03-01T09:00:00.1234567890Z",
        "2026-03-01T09:00:00+15:00",
        "2026-03-01T09:00:00+01:75",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2000-01-01T00:00:00+14:00",
        "2099-12-31T23:59:59-01:00",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-14:00",
        "\N{FULLWIDTH DIGIT TWO}026-03-01T09:00:00Z",
    ],
)
def test_what_is_no_moment_is_refused_without_the_text(text: str) -> None:
    with pytest.raises(MalformedEvent) as refused:
        parse_instant(text)
    assert not text or text.strip() not in str(refused.value)


@pytest.mark.parametrize("text", ["Jane Doe", "4111-11-11T11:11:11Z", "2026-13-77T99:88:55Z"])
def test_no_part_of_the_text_is_quoted(text: str) -> None:
    with pytest.raises(MalformedEvent) as refused:
        parse_instant(text)
    assert not set(re.findall(r"\w{2,}", text)) & set(re.findall(r"\w{2,}", str(refused.value)))


@given(MOMENTS, st.integers(0, 9), st.integers(-14 * 60, 14 * 60))
def test_formatting_then_parsing_cuts_and_never_rounds(
    moment: datetime, digits: int, offset_minutes: int
) -> None:
    local = moment.astimezone(timezone(timedelta(minutes=offset_minutes)))
    fraction = f"{local.microsecond:06}999"[:digits]
    sign, minutes = ("-", -offset_minutes) if offset_minutes < 0 else ("+", offset_minutes)
    zone = f"{sign}{minutes // 60:02}:{minutes % 60:02}"
    text = f"{local:%Y-%m-%dT%H:%M:%S}.{fraction}{zone}"
    kept = int(fraction[:6].ljust(6, "0"))
    assert parse_instant(text) == moment.replace(microsecond=kept)


def _readable(texts: list[str]) -> Iterator[datetime]:
    for text in texts:
        try:
            yield parse_instant(text)
        except MalformedEvent:
            continue


TIMES = st.one_of(
    MOMENTS.map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S.%f}1Z"),
    MOMENTS.map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}+01:00"),
    st.sampled_from(["", "None", "2026-99-01T09:00:00.1234567Z", "zzzz-99-01T09:00:00.1234567Z"]),
)


@given(st.lists(TIMES))
def test_the_newest_of_many_is_the_latest_that_can_be_read(texts: list[str]) -> None:
    assert newest(texts) == max(_readable(texts), default=None)
