"""Time. The only module that reads the wall clock.

`run` and the Functions doors live on wall time; `replay` lives on event time, never past now.
All datetimes are aware and in UTC.
"""

from datetime import UTC, datetime
from typing import Protocol

EPOCH = datetime.fromtimestamp(0, UTC)
"""The time of a replay that has read no time yet."""


def stamp(moment: datetime) -> str:
    """Write an aware moment as ISO 8601 in UTC with microseconds and `Z`; sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Read what `stamp` wrote (or any ISO 8601 text with an offset) as an aware moment in UTC.

    Raises:
        ValueError: the text is not ISO 8601 or names no offset.
    """
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError(f"{text!r} names no offset from UTC")
    return read.astimezone(UTC)


class Clock(Protocol):
    """Something that says what time it is for the decisions of this program."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""


class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the wall clock's time in UTC."""
        return datetime.now(UTC)


class EventClock:
    """The time of a replay: as late as the latest record seen, never later than the wall clock."""

    def __init__(self, wall: Clock) -> None:
        self._wall = wall
        self._now = EPOCH

    def advance(self, to: datetime) -> None:
        """Move on to `to` where that is later than now and not in the future of the wall clock."""
        self._now = max(self._now, min(to, self._wall.now()))

    def now(self) -> datetime:
        """Return the time the replay has reached."""
        return self._now
