"""Times on the command line: ISO 8601, or how long ago."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from monitor.clock import Clock, WallClock

_AGO = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType[datetime]):
    """A moment: `2026-03-02T09:00Z`, `2026-03-02` (UTC where no offset is named), or `24h` ago."""

    name = "time"

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or WallClock()

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the aware moment in UTC, or fail as a usage error."""
        if isinstance(value, datetime):
            return value
        ago = _AGO.fullmatch(value)
        try:
            if ago:
                return self._clock.now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            read = datetime.fromisoformat(value)
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a time; write 2026-03-02T09:00Z, or 24h", param, ctx)
