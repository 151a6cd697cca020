"""What people have declared in `monitor.toml`, as the rules see it.

Nothing here is ever a reason not to record: an approval lowers a severity, it drops nothing.
"""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Drill:
    """A declared use of emergency-access accounts; ids in lower case, times in UTC."""

    accounts: frozenset[str]
    start: datetime
    end: datetime
    owner: str

    def covers(self, account: str, at: datetime) -> bool:
        """Say whether the account may be used at that moment."""
        return account.lower() in self.accounts and self.start <= at <= self.end


@dataclass(frozen=True, slots=True)
class Exemption:
    """An approved exception: who or what (an object id), why, on whose word, and until when."""

    object: str
    owner: str
    reason: str
    ticket: str
    expires: datetime

    def covers(self, identity: str, at: datetime) -> bool:
        """Say whether the object is exempt at that moment."""
        return identity.lower() == self.object.lower() and at < self.expires


@dataclass(frozen=True, slots=True)
class Window:
    """A declared change window, for everybody or for one `actor` (an object id or a name)."""

    start: datetime
    end: datetime
    owner: str
    ticket: str
    actor: str | None = None

    def covers(self, actors: frozenset[str], at: datetime) -> bool:
        """Say whether somebody known by these names (lower case) acts inside it."""
        named = self.actor is None or self.actor.lower() in actors
        return named and self.start <= at <= self.end


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When changes are expected, in local time; `days` are names of `DAYS`."""

    zone: ZoneInfo
    days: frozenset[str]
    start: time
    end: time

    def holds(self, at: datetime) -> bool:
        """Say whether that moment lies within them."""
        local = at.astimezone(self.zone)
        return DAYS[local.weekday()] in self.days and self.start <= local.time() < self.end


@dataclass(frozen=True, slots=True)
class Provider:
    """A configured External MFA provider: its trust anchor."""

    app_id: str
    client_id: str
    discovery_host: str


@dataclass(frozen=True, slots=True)
class Context:
    """Everything declared. `emergency` are object ids in lower case."""

    emergency: frozenset[str] = frozenset()
    external_only: frozenset[str] = frozenset()
    drills: tuple[Drill, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    providers: tuple[Provider, ...] = ()
    windows: tuple[Window, ...] = ()
    hours: BusinessHours | None = None

    def drill(self, account: str, at: datetime) -> Drill | None:
        """Return the drill under which the account may be used at that moment."""
        return next((drill for drill in self.drills if drill.covers(account, at)), None)

    def exemption(self, identity: str, at: datetime) -> Exemption | None:
        """Return the unexpired exemption of an object."""
        found = (one for one in self.exemptions if one.covers(identity, at))
        return next(found, None)

    def window(self, actors: frozenset[str], at: datetime) -> Window | None:
        """Return the change window in which somebody known by these names (lower case) acts."""
        return next((one for one in self.windows if one.covers(actors, at)), None)


NOTHING_DECLARED = Context()
