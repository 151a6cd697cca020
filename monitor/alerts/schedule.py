"""Which digest is due: pure, from the settings' times and the clock."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Period(StrEnum):
    """How much a digest covers."""

    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def length(self) -> timedelta:
        """A day or seven; a digest covers that much up to its moment."""
        return timedelta(days=1 if self is Period.DAILY else 7)


@dataclass(frozen=True, slots=True)
class Edition:
    """One digest of a schedule: `until` (aware) is when it became due and where it ends."""

    period: Period
    until: datetime

    @property
    def key(self) -> str:
        """What the ledger knows it by: the period and the local day."""
        return f"{self.period.value}/{self.until:%Y-%m-%d}"

    @property
    def since(self) -> datetime:
        """Where it begins."""
        return self.until - self.period.length


@dataclass(frozen=True, slots=True)
class Schedule:
    """When digests are due: `at` in the time of `zone`; `weekly` names a day, or is None."""

    zone: ZoneInfo
    at: time
    daily: bool = False
    weekly: str | None = None

    def due(self, now: datetime) -> tuple[Edition, ...]:
        """Return the latest edition of each period that is due by now.

        An older one that was never sent is not made up for: the next covers its own period only,
        and everything stands in the ledger.
        """
        found = []
        if self.daily:
            found.append(Edition(Period.DAILY, self._latest(now, None)))
        if self.weekly:
            found.append(Edition(Period.WEEKLY, self._latest(now, DAYS.index(self.weekly))))
        return tuple(found)

    def _latest(self, now: datetime, weekday: int | None) -> datetime:
        """Return the latest moment at or before now; of that day of the week where one is given."""
        day = now.astimezone(self.zone).date()
        while True:
            moment = datetime.combine(day, self.at, self.zone)
            if moment <= now and weekday in (None, day.weekday()):
                return moment
            day -= timedelta(days=1)
