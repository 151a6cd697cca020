"""Policies and postures for the tests of this room, in few words."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue

from monitor.posture.document import Document, DocumentKind
from monitor.posture.posture import Posture

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ALL_USERS: Mapping[str, JsonValue] = {"includeUsers": ["All"]}
ALL_APPS: Mapping[str, JsonValue] = {"includeApplications": ["All"]}
LEGACY = ["exchangeActiveSync", "other"]
MODERN = ["browser", "mobileAppsAndDesktopClients"]

Body = dict[str, Any]


def grant(*controls: str, operator: str = "OR", **more: JsonValue) -> Body:
    """Grant controls: built-in ones by name, the rest (`termsOfUse=...`) as Graph spells it."""
    return {"operator": operator, "builtInControls": list(controls), **more}


def strength(id_: str, *combinations: str, operator: str = "OR") -> Body:
    """A demand of one authentication strength; combinations go along as in an export."""
    reference: Body = {"id": id_}
    if combinations:
        reference["allowedCombinations"] = list(combinations)
    return {"operator": operator, "builtInControls": [], "authenticationStrength": reference}


MFA = grant("mfa")
BLOCK = grant("block")
BUILT_IN = "00000000-0000-0000-0000-00000000000"


def policy(
    id_: str = "p",
    *,
    users: Mapping[str, Any] = ALL_USERS,
    apps: Mapping[str, Any] = ALL_APPS,
    demand: Mapping[str, Any] | None = MFA,
    state: str = "enabled",
    session: Mapping[str, Any] | None = None,
    **conditions: Any,
) -> Body:
    """A Conditional Access policy in Graph's shape."""
    body: Body = {
        "id": id_,
        "displayName": id_.upper(),
        "state": state,
        "conditions": {
            "users": dict(users),
            "applications": dict(apps),
            "clientAppTypes": ["all"],
            **conditions,
        },
    }
    if demand is not None:
        body["grantControls"] = dict(demand)
    if session is not None:
        body["sessionControls"] = dict(session)
    return body


def document(kind: DocumentKind, id_: str, body: Mapping[str, JsonValue]) -> Document:
    """A document of today."""
    return Document(kind, id_, NOON, dict(body))


def location(id_: str, *ranges: str, trusted: bool = False) -> Document:
    """A named location of IP ranges."""
    return document(
        DocumentKind.LOCATION,
        id_,
        {
            "displayName": id_,
            "isTrusted": trusted,
            "ipRanges": [{"cidrAddress": text} for text in ranges],
        },
    )


def countries(id_: str, *codes: str, unknown: bool = False, gps: bool = False) -> Document:
    """A named location of countries."""
    return document(
        DocumentKind.LOCATION,
        id_,
        {
            "countriesAndRegions": list(codes),
            "includeUnknownCountriesAndRegions": unknown,
            "countryLookupMethod": "authenticatorAppGps" if gps else "clientIpAddress",
        },
    )


def group(id_: str, *members: str, complete: bool = True, **more: JsonValue) -> Document:
    """A group and its members."""
    body: Body = {
        "displayName": id_.title(),
        "members": list(members),
        "membersComplete": complete,
        **more,
    }
    return document(DocumentKind.GROUP, id_, body)


def defaults(*, on: bool) -> Document:
    """Security defaults."""
    return document(DocumentKind.SECURITY_DEFAULTS, "securityDefaults", {"isEnabled": on})


def posture(
    *items: Body | Document, complete: Iterable[DocumentKind] = (DocumentKind.POLICY,)
) -> Posture:
    """A posture of policy bodies and other documents."""
    documents = [
        item if isinstance(item, Document) else document(DocumentKind.POLICY, str(item["id"]), item)
        for item in items
    ]
    return Posture("tenant", documents, complete=complete)
