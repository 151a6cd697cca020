"""Which findings a channel takes, and when: pure, from the settings and the leaf alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from monitor.rules.model import Severity

Leaf = Mapping[str, JsonValue]

MOST_MESSAGES = 20
"""Messages to one channel within RATE_WINDOW before the rest is summarised."""
RATE_WINDOW = timedelta(minutes=10)

_PRIVILEGED_KINDS = frozenset({"directoryRole", "directoryRoleTemplate", "rolePolicy"})
_PRIVILEGED_RULES = ("emergency-*", "role-*", "elevate-access", "pim-*", "admin-*")


@dataclass(frozen=True, slots=True)
class Quiet:
    """Daily hours, from `start` up to `end` in the time of `zone`; they may run over midnight."""

    zone: ZoneInfo
    start: time
    end: time

    def holds(self, severity: Severity, now: datetime) -> bool:
        """Say whether a finding of that severity has to wait; high and critical never do."""
        if severity.rank >= Severity.HIGH.rank:
            return False
        local = now.astimezone(self.zone).time()
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


@dataclass(frozen=True, slots=True)
class Route:
    """What one channel takes; empty sets take everything.

    `rules` are globs on rule ids. `fallback` takes what is said of failing channels whatever else
    it takes. With `escalates_after` the channel gets what is high or critical and nobody has
    acknowledged that long after it was filed, and nothing else. `most` messages go there in
    RATE_WINDOW; None sends each finding by itself and counts nothing.
    """

    minimum: Severity = Severity.INFO
    tenants: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()
    privileged_only: bool = False
    quiet: Quiet | None = None
    fallback: bool = False
    escalates_after: timedelta | None = None
    most: int | None = MOST_MESSAGES

    def takes(self, leaf: Leaf) -> bool:
        """Say whether a finding is one for this channel; an unreadable severity is a grave one."""
        severity = severity_of(leaf)
        least = Severity.HIGH if self.escalates_after else self.minimum
        rule = str(leaf.get("rule", ""))
        return (
            severity.rank >= max(least.rank, self.minimum.rank)
            and (not self.tenants or str(leaf.get("tenant", "")).lower() in self.tenants)
            and (not self.rules or any(fnmatchcase(rule, glob) for glob in self.rules))
            and (not self.privileged_only or is_privileged(leaf))
        )

    def waits_for_people(self, filed: datetime, now: datetime) -> bool:
        """Say whether there is still time to acknowledge what was filed then."""
        return self.escalates_after is not None and now - filed < self.escalates_after


def severity_of(leaf: Leaf) -> Severity:
    """Return the severity of a finding; one that nobody can read is critical."""
    try:
        return Severity(str(leaf.get("severity")))
    except ValueError:
        return Severity.CRITICAL


def is_privileged(leaf: Leaf) -> bool:
    """Say whether a finding is about a privileged role or an account known to hold one."""
    about, details = leaf.get("object"), leaf.get("details")
    kind = about.get("kind") if isinstance(about, dict) else None
    told = details if isinstance(details, dict) else {}
    witnesses = told.get("witnesses")
    rows = witnesses if isinstance(witnesses, list) else []
    return (
        kind in _PRIVILEGED_KINDS
        or told.get("privileged") is True
        or any(_holds_role(row) for row in rows)
        or any(fnmatchcase(str(leaf.get("rule", "")), glob) for glob in _PRIVILEGED_RULES)
    )


def _holds_role(witness: JsonValue) -> bool:
    """Say whether the people of a witness are told apart by a directory role they hold."""
    holds = witness.get("holds") if isinstance(witness, dict) else None
    return isinstance(holds, list) and any(
        isinstance(fact, dict) and fact.get("dimension") == "role" for fact in holds
    )
