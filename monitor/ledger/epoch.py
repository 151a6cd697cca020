"""Times as the ledger writes them: whole milliseconds since 1970 UTC, leap seconds ignored."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = 253_402_300_799_999
"""The last millisecond of the year 9999, the latest a Python datetime can say."""


def to_milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds from 1970 UTC to an aware moment, rounded down."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(count: int) -> datetime:
    """Return the moment that many milliseconds after 1970, aware, in UTC."""
    return EPOCH + timedelta(milliseconds=count)
