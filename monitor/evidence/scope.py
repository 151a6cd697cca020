"""What a pack is asked for: a period, a filter, a tenant, a profile; and what an entry is to it.

An entry *belongs to the period* when what it records happened in it, or when it was entered in it.
It *matches* when it belongs to the period and every filter given holds for it. With a filter on
findings, the entries a match hangs on and those that hang on it (its record, its deliveries, its
acknowledgement) come along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from monitor.clock import moment, stamp
from monitor.errors import InvalidInput
from monitor.rules.model import Severity

Leaf = Mapping[str, JsonValue]


class Profile(StrEnum):
    """How much of the entries in scope is shown."""

    FULL = "full"
    NO_PERSONAL_DATA = "no-personal-data"


class Withheld(StrEnum):
    """Why only the hash of an entry is in the pack."""

    TENANT = "tenant"
    PERIOD = "period"
    FILTER = "filter"
    PROFILE = "profile"


IMPERSONAL = frozenset({"batch", "config", "pulse", "gap", "key"})
"""Kinds that hold nothing of a person, so that every profile shows them."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What entries have to be, in the words of `mfa-monitor history`.

    None and empty text ask for nothing. `severity` asks for findings that grave or graver; `actor`
    is part of the name of whoever did it, `object` an id or part of a name, both without regard to
    case.
    """

    rule: str | None = None
    severity: str | None = None
    actor: str | None = None
    object: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.given()

    def given(self) -> dict[str, str]:
        """Return what is asked for, by option."""
        asked = {
            "rule": self.rule,
            "severity": self.severity,
            "actor": self.actor,
            "object": self.object,
        }
        return {name: value for name, value in asked.items() if value}

    def holds(self, leaf: Leaf) -> bool:
        """Tell whether everything asked for holds for an entry."""
        if self.rule and leaf.get("rule") != self.rule:
            return False
        if self.severity and not _grave(leaf, self.severity):
            return False
        if self.actor and not _part(self.actor, member(leaf, "initiator", "label")):
            return False
        if not self.object:
            return True
        identity = member(leaf, "object", "id")
        return identity == self.object or _part(self.object, member(leaf, "object", "name"))


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for. The period is [since, until); `tenant` None takes them all."""

    since: datetime
    until: datetime
    filter: Filter = Filter()
    tenant: str | None = None
    profile: Profile = Profile.FULL

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise InvalidInput(
                f"the period ends at {stamp(self.until)}, before it begins at {stamp(self.since)}:"
                " --from is its first moment, --to the first moment after it"
            )

    @property
    def whole(self) -> bool:
        """Whether every entry of the period is shown, of every tenant."""
        return self.filter.empty and self.tenant is None and self.profile is Profile.FULL

    def foreign(self, leaf: Leaf) -> bool:
        """Tell whether an entry is another tenant's. The deployment's own are nobody's."""
        return self.tenant is not None and leaf.get("tenant", "") not in ("", self.tenant)

    def in_period(self, leaf: Leaf, entered: datetime) -> bool:
        """Tell whether an entry belongs to the period; `entered` is the time of its batch."""
        return self.since <= entered < self.until or self._happened(leaf.get("at"))

    def _happened(self, at: JsonValue) -> bool:
        if not isinstance(at, str):
            return False
        try:
            return self.since <= moment(at) < self.until
        except ValueError:
            return False  # an entry that this version did not write

    def query(self) -> str:
        """Return the question in words, as it stands on the report and in the manifest."""
        asked = [f"{name} {value!r}" for name, value in self.filter.given().items()]
        tenant = f"of tenant {self.tenant}" if self.tenant else "of every tenant"
        narrowed = f", with {' and '.join(asked)}" if asked else ""
        return (
            f"entries {tenant} that happened, or were entered, from {stamp(self.since)} up to"
            f" before {stamp(self.until)}{narrowed}; profile {self.profile.value}"
        )


def member(leaf: Leaf, *path: str) -> str:
    """Return the text at that path of an entry; empty where there is none."""
    value: JsonValue = dict(leaf)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def about(leaf: Leaf) -> int | None:
    """Return the index of the entry that an entry is about (`src.of`), or None."""
    src = leaf.get("src")
    found = src.get("of") if isinstance(src, dict) else None
    return found if type(found) is int else None


def _part(wanted: str, text: str) -> bool:
    return wanted.lower() in text.lower()


def _grave(leaf: Leaf, least: str) -> bool:
    severity = member(leaf, "severity")
    return severity in set(Severity) and Severity(severity).rank >= Severity(least).rank
