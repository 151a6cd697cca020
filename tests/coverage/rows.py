"""Rows of the table of semantics: what a row is, and short words for its postures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue

from monitor.coverage.model import Certainty, Level, Verdict
from monitor.posture.document import Document, DocumentKind
from tests.coverage.makers import (
    LEGACY,
    MODERN,
    Body,
    document,
    grant,
    policy,
    strength,
)

Items = Sequence[Body | Document]

WEAKENED = Verdict.WEAKENED
STRENGTHENED = Verdict.STRENGTHENED
UNCHANGED = Verdict.UNCHANGED
MIXED = Verdict.MIXED
SINGLE = Level.SINGLE_FACTOR
WEAKER = Level.WEAKER_MFA
CERTAIN = Certainty.CERTAIN
POSSIBLE = Certainty.POSSIBLE


@dataclass(frozen=True)
class Row:
    """One rule of Entra's semantics with its source, and a change that shows it."""

    id: str
    rule: str
    source: str
    before: Items
    after: Items
    verdict: Verdict
    level: Level | None = None
    certainty: Certainty | None = None


def p(**more: Any) -> Body:
    """The policy under test; everything not named is as wide as it can be."""
    return policy("p", **more)


def users(**more: JsonValue) -> Mapping[str, JsonValue]:
    """All users, with exclusions."""
    return {"includeUsers": ["All"], **more}


def where(included: Sequence[str], *excluded: str) -> Mapping[str, Any]:
    """A location condition."""
    return {"locations": {"includeLocations": list(included), "excludeLocations": list(excluded)}}


def device(mode: str, rule: str) -> Mapping[str, Any]:
    """A device filter."""
    return {"devices": {"deviceFilter": {"mode": mode, "rule": rule}}}


def custom(*names: str) -> Body:
    """Legacy custom controls."""
    return grant(customAuthenticationFactors=list(names))


def guests(kinds: JsonValue, *tenants: str) -> JsonValue:
    """Kinds of external users, of all or of some organisations."""
    external: Body = {"membershipKind": "all"}
    if tenants:
        external = {"membershipKind": "enumerated", "members": list(tenants)}
    return {"guestOrExternalUserTypes": kinds, "externalTenants": external}


OFFICE: Final[Mapping[str, Any]] = {"includeApplications": ["Office365"]}
PORTALS: Final[Mapping[str, Any]] = {"includeApplications": ["MicrosoftAdminPortals"]}
EXCHANGE: Final = "00000002-0000-0ff1-ce00-000000000000"
REGISTER: Final[Mapping[str, Any]] = {"includeUserActions": ["urn:user:registersecurityinfo"]}
CONTEXT: Final[Mapping[str, Any]] = {"includeAuthenticationContextClassReferences": ["c1"]}
OWNED: Final = 'device.deviceOwnership -eq "Company"'
NOT_OWNED: Final = 'device.deviceOwnership -ne "Company"'
ONLY_LEGACY: Final[Mapping[str, Any]] = {"clientAppTypes": LEGACY}
ONLY_MODERN: Final[Mapping[str, Any]] = {"clientAppTypes": MODERN}
ON: Final = [p()]
OFF: Final[Items] = []
SIX: Final = ["android", "iOS", "windows", "windowsPhone", "macOS", "linux"]
TRUST: Final = "Graph conditionalAccessLocations; Entra: network assignment"
GRANTS: Final = "Entra: grant controls"
USERS_PAGE: Final = "Entra: users, groups, agents and workload identities"
TARGETS: Final = "Entra: target resources"
CONDITIONS: Final = "Entra: conditions"
STRENGTHS_PAGE: Final = "Entra: authentication strengths"
DEVICES_PAGE: Final = "Entra: filter for devices"
DUO: Final = "Entra: migrate custom controls to External MFA"
DESIGN: Final = "DESIGN 3"
GRAPH: Final = "Graph v1.0 metadata"
DOUBT: Final = "COVERAGE_SEMANTICS"


def with_strength(*combinations: str) -> Items:
    body: Body = {"displayName": "Ours", "allowedCombinations": list(combinations)}
    return [p(demand=strength("s1")), document(DocumentKind.STRENGTH, "s1", body)]


def per_user(user: str, state: str) -> Document:
    return document(DocumentKind.PER_USER_MFA, user, {"perUserMfaState": state})


def service(*ranges: str) -> Document:
    return document(DocumentKind.MFA_SERVICE, "mfa", {"trustedIps": list(ranges)})
