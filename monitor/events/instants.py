"""Moments in records: 0 to 9 fractional digits, `Z`, offsets, Log Analytics' space, no zone.

Entra writes UTC with seven fractional digits (Microsoft Graph `directoryAudit.activityDateTime`);
Python keeps six, the rest is cut off, never rounded. A time without a zone is UTC.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

from monitor.errors import MalformedEvent

FIRST_YEAR = 2000
LAST_YEAR = 2099
"""Years outside these are a default (.NET's year 1, the epoch) or damage, not a record's time."""

_USUAL = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}(?:Z|\+00:00)", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{0,9}))?"
    r"(?: ?(?:[Zz]|([+-])(\d\d):?(\d\d)))?",
    re.ASCII,
)
_FARTHEST_OFFSET = timedelta(hours=14)


def parse_instant(text: str) -> datetime:
    """Return the moment in UTC, cut to microseconds.

    Raises:
        MalformedEvent: the text is no such moment, or lies outside 2000 to 2099. The reason goes
            into the ledger for good, so it does not quote the text: anything may stand there.
    """
    if _USUAL.fullmatch(text):
        # datetime cuts what is beyond microseconds, as wanted; it is ten times as fast.
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise MalformedEvent("not a time in ISO 8601")
    *fields, fraction, sign, hours, minutes = match.groups()
    microsecond = int((fraction or "")[:6].ljust(6, "0"))
    try:
        year, month, day, hour, minute, second = map(int, fields)
        zone = _zone(sign, hours, minutes)
        local = datetime(year, month, day, hour, minute, second, microsecond, tzinfo=zone)
        moment = local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedEvent("not a time: a part of it is out of range") from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise MalformedEvent(f"a time outside {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def _zone(sign: str | None, hours: str, minutes: str) -> timezone:
    if sign is None:
        return UTC
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > _FARTHEST_OFFSET or int(minutes) > 59:  # noqa: PLR2004 - minutes of an hour
        raise ValueError("no place on Earth has that offset from UTC")
    return timezone(-offset if sign == "-" else offset)


def newest(texts: Sequence[str]) -> datetime | None:
    """Return the latest of many times as text; those that are none do not count.

    Made for the noise of a whole message: times of one length that all end in `Z` order as text,
    so only one is parsed.
    """
    if len(set(map(len, texts))) == 1 and "".join(texts).count("Z") == len(texts):
        latest = _moment_or_none(max(texts))
        if latest is not None:
            return latest
    moments = (_moment_or_none(text) for text in texts)
    return max((moment for moment in moments if moment is not None), default=None)


def _moment_or_none(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except MalformedEvent:
        return None
