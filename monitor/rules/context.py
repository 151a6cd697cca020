"""What people have declared in `monitor.toml`, as the rules see it.

Nothing here is ever a reason not to record: an approval lowers a severity, it drops nothing.
"""

from dataclasses import dataclass
from datetime import datetime


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

    def drill(self, account: str, at: datetime) -> Drill | None:
        """Return the drill under which the account may be used at that moment."""
        return next((drill for drill in self.drills if drill.covers(account, at)), None)

    def exemption(self, identity: str, at: datetime) -> Exemption | None:
        """Return the unexpired exemption of an object."""
        found = (one for one in self.exemptions if one.covers(identity, at))
        return next(found, None)


NOTHING_DECLARED = Context()
