"""Axes of small universes: conditions of a policy, and sign-ins that tell them apart."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from typing import Any

from hypothesis import strategies as st

from monitor.coverage.scope import ALL_CONTEXTS, ALL_REACHES
from monitor.coverage.signin import SignIn
from monitor.posture.document import Document, DocumentKind
from tests.coverage.makers import (
    ALL_APPS,
    ALL_USERS,
    BLOCK,
    BUILT_IN,
    LEGACY,
    MFA,
    MODERN,
    Body,
    countries,
    defaults,
    document,
    grant,
    group,
    location,
    policy,
    strength,
)

Conditions = Mapping[str, Any]
Change = Mapping[str, Any]


@dataclass(frozen=True)
class Axis:
    """Choices of a policy's condition, and the changes of a sign-in that matter to them."""

    conditions: Sequence[Conditions]
    variants: Sequence[Change]


WORLD: tuple[Document, ...] = (
    location("clinic", "10.0.0.0/8", trusted=True),
    location("ward", "10.1.0.0/16"),
    location("halves", "10.0.0.0/9", "10.128.0.0/9"),
    countries("abroad", "FR", "DE", unknown=True),
    group("doctors", "ann", "bob"),
    group("surgeons", "ann"),
    group("nurses", "eve", complete=False),
)

WORLDS = (
    WORLD,
    (*WORLD, location("clinic", "10.0.0.0/16", trusted=True)),
    (*WORLD, location("clinic", "10.0.0.0/8", trusted=False)),
    (*WORLD, location("ward", "10.1.0.0/16", trusted=True), countries("abroad", "DE")),
    (*WORLD, location("elsewhere", "10.1.0.0/16")),
    (*WORLD, group("doctors", "ann", "bob", "cal")),
    (*WORLD, group("doctors", "eve"), group("surgeons", "eve", "bob")),
    (*WORLD, group("nurses", "eve", "ann", complete=False)),
    (*WORLD, group("nurses", complete=False, nonMembers=["ann"])),
    (*WORLD, group("porters", memberGroups=["doctors", "nurses"])),
    (*WORLD, group("doctors"), group("surgeons", memberGroups=["doctors"])),
    (*WORLD, group("doctors", memberGroups=["porters"]), group("porters", memberGroups=["nurses"])),
    (*WORLD, group("surgeons"), group("nurses", memberGroups=["doctors"], complete=False)),
    (*WORLD, defaults(on=True)),
    (*WORLD, document(DocumentKind.PER_USER_MFA, "ann", {"perUserMfaState": "enforced"})),
    (*WORLD, document(DocumentKind.PER_USER_MFA, "cal", {"perUserMfaState": "Enabled"})),
    (*WORLD, document(DocumentKind.MFA_SERVICE, "mfa", {"trustedIps": ["10.1.0.0/16"]})),
    (
        *WORLD,
        document(DocumentKind.PER_USER_MFA, "ann", {"perUserMfaState": "enforced"}),
        document(DocumentKind.MFA_SERVICE, "mfa", {"skipFromIntranet": True}),
    ),
)

_SUBSETS = (
    frozenset[str](),
    frozenset({"nurses"}),
    frozenset({"porters"}),
    frozenset({"nurses", "porters"}),
)
WHO = Axis(
    [
        {"includeUsers": ["All"]},
        {"includeUsers": ["All"], "excludeUsers": ["ann"]},
        {"includeUsers": ["ann", "cal"]},
        {"includeUsers": ["GuestsOrExternalUsers"]},
        {"includeUsers": ["None"]},
        {"includeGroups": ["doctors"], "excludeGroups": ["surgeons"]},
        {"includeUsers": ["All"], "excludeGroups": ["doctors"]},
        {"includeUsers": ["All"], "excludeGroups": ["nurses"]},
        {"includeGroups": ["nurses", "porters"]},
        {"includeUsers": ["All"], "excludeRoles": ["r1"]},
        {
            "includeGuestsOrExternalUsers": {
                "guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest",
                "externalTenants": {"membershipKind": "enumerated", "members": ["t1"]},
            }
        },
        {
            "includeUsers": ["All"],
            "excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": 63},
        },
        {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "serviceProvider"}},
        {
            "includeUsers": ["All"],
            "excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "serviceProvider"},
        },
    ],
    [
        *(
            {"kind": "serviceProvider", "open_points": points}
            for points in (frozenset[str](), frozenset({f"{ALL_REACHES}serviceProvider"}))
        ),
        *(
            {"user": user, "groups": groups, "roles": roles, **kind}
            for user in (None, "ann", "bob", "cal", "eve")
            for groups in _SUBSETS
            for roles in (frozenset[str](), frozenset({"r1"}))
            for kind in (
                {"kind": "member"},
                {"kind": "b2bCollaborationGuest"},
                {"kind": "b2bCollaborationGuest", "tenant": "t1"},
            )
        ),
    ],
)
TEAMS = "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe"
WHAT = Axis(
    [
        {"includeApplications": ["All"]},
        {"includeApplications": ["Office365"]},
        {"includeApplications": ["All"], "excludeApplications": ["Office365"]},
        {"includeApplications": ["ehr", TEAMS]},
        {"includeApplications": ["All"], "excludeApplications": ["ehr"]},
        {"includeApplications": ["None"]},
        {"includeApplications": ["Office365"], "excludeApplications": ["ehr"]},
        {"includeUserActions": ["urn:user:registersecurityinfo"]},
        {"includeAuthenticationContextClassReferences": ["c1"]},
        {
            "includeApplications": ["None"],
            "applicationFilter": {
                "mode": "include",
                "rule": 'CustomSecurityAttribute.App_Tier -eq "1"',
            },
        },
    ],
    [
        {},
        {"suites": frozenset({"Office365"})},
        {"resource": TEAMS, "suites": frozenset({"Office365"})},
        {"resource": "ehr"},
        {"resource": "ehr", "suites": frozenset({"Office365"})},
        {"target": "action", "resource": "action:urn:user:registersecurityinfo"},
        {"target": "context", "resource": "context:c1"},
        {
            "target": "context",
            "resource": "context:c1",
            "open_points": frozenset({ALL_CONTEXTS}),
        },
        {"terms": frozenset({"customsecurityattribute.app_tier -eq 1"})},
        {"resource": "ehr", "terms": frozenset({"customsecurityattribute.app_tier -eq 1"})},
        {
            "resource": TEAMS,
            "suites": frozenset({"Office365"}),
            "terms": frozenset({"customsecurityattribute.app_tier -eq 1"}),
        },
        {
            "suites": frozenset({"Office365"}),
            "terms": frozenset({"customsecurityattribute.app_tier -eq 1"}),
        },
    ],
)
CLIENT = Axis(
    [{}, {"clientAppTypes": MODERN}, {"clientAppTypes": LEGACY}, {"clientAppTypes": ["browser"]}],
    [{"client": client} for client in (*MODERN, *LEGACY)],
)
PLATFORM = Axis(
    [
        {},
        {"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["windows"]}},
        {"platforms": {"includePlatforms": ["iOS", "android"]}},
        {
            "platforms": {
                "includePlatforms": ["all"],
                "excludePlatforms": ["windows", "iOS", "android", "macOS", "linux", "windowsPhone"],
            }
        },
    ],
    [{"platform": name} for name in (None, "windows", "iOS", "android", "macOS")],
)


def _where(included: Sequence[str], *excluded: str) -> Conditions:
    return {"locations": {"includeLocations": list(included), "excludeLocations": list(excluded)}}


_TEN = 10 << 24
PLACE = Axis(
    [
        {},
        _where(["All"], "AllTrusted"),
        _where(["clinic"], "ward"),
        _where(["ward"]),
        _where(["All"], "halves"),
        _where(["abroad"]),
        _where(["All"], "ward", "abroad"),
        _where(["elsewhere"]),
    ],
    [
        {"address": address, "country": country, "places": places}
        for address in ((4, 1), (4, _TEN), (4, _TEN + (1 << 16)), (4, _TEN + (2 << 16)))
        for country in (None, "FR", "unknown")
        for places in (
            frozenset[str](),
            frozenset({"elsewhere"}),
            frozenset({"trusted"}),
            frozenset({"elsewhere", "trusted"}),
        )
    ],
)
RISK = Axis(
    [
        {},
        {"signInRiskLevels": ["high"]},
        {"signInRiskLevels": ["medium", "high"]},
        {"userRiskLevels": ["high", "none"]},
    ],
    [
        {"sign_in_risk": risk, "user_risk": user}
        for risk in (None, "medium", "high")
        for user in (None, "low", "high")
    ],
)
_OWNED = "device.deviceOwnership -eq company"


def _filter(mode: str, rule: str) -> Conditions:
    return {"devices": {"deviceFilter": {"mode": mode, "rule": rule}}}


DEVICE = Axis(
    [
        {},
        _filter("exclude", 'device.deviceOwnership -eq "Company"'),
        _filter("include", 'device.deviceOwnership -ne "Company"'),
        _filter("exclude", 'device.isCompliant -eq True -and device.deviceOwnership -eq "Company"'),
        {"deviceStates": {"includeStates": ["All"], "excludeStates": ["Compliant"]}},
    ],
    [
        {"device": device, "terms": terms}
        for device in (
            frozenset[str](),
            frozenset({"registered"}),
            frozenset({"registered", "compliant"}),
            frozenset({"registered", "hybrid"}),
            frozenset({"registered", "compliant", "hybrid"}),
        )
        for terms in (frozenset[str](), frozenset({_OWNED.lower()}))
        if device or not terms
    ],
)
FLOW = Axis(
    [
        {},
        {"authenticationFlows": {"transferMethods": "deviceCodeFlow"}},
        {"authenticationFlows": {"transferMethods": 2}},
    ],
    [{"flow": flow} for flow in (None, "deviceCodeFlow", "authenticationTransfer")],
)
PERSON = Axis(
    [{"includeUsers": ["All"]}, {"includeUsers": ["ann", "cal"]}, {"includeGroups": ["doctors"]}],
    [
        {"user": user, "groups": groups}
        for user in (None, "ann", "bob", "cal", "eve")
        for groups in (frozenset[str](), frozenset({"nurses"}))
    ],
)
"""A small WHO, for universes that are large elsewhere."""
HOW = (CLIENT, PLATFORM, PLACE, RISK, DEVICE, FLOW)
ALL_AXES = (WHO, WHAT, *HOW)

DEMANDS: tuple[Body, ...] = (
    MFA,
    BLOCK,
    grant("mfa", "compliantDevice"),
    grant("mfa", "compliantDevice", operator="AND"),
    grant("compliantDevice", "domainJoinedDevice"),
    grant("domainJoinedDevice"),
    grant(customAuthenticationFactors=["RequireDuoMfa"]),
    grant("mfa", customAuthenticationFactors=["RequireDuoMfa"]),
    grant("mfa", customAuthenticationFactors=["RequireDuoMfa"], operator="AND"),
    grant(termsOfUse=["tou"]),
    grant("mfa", termsOfUse=["tou"], operator="AND"),
    grant("mfa", "passwordChange", operator="AND"),
    strength(f"{BUILT_IN}2"),
    strength(f"{BUILT_IN}3"),
    strength(f"{BUILT_IN}4"),
    strength("s1", "password", "fido2"),
    strength("s2", "password,sms", "password,softwareOath"),
    strength("s3", "x509CertificateSingleFactor"),
    grant("compliantDevice", authenticationStrength={"id": f"{BUILT_IN}4"}),
)
CUSTOMS = ("RequireDuoMfa",)
STATES = ("enabled", "enabled", "enabled", "disabled", "enabledForReportingButNotEnforced")


@st.composite
def policies(draw: st.DrawFn, axes: Sequence[Axis], most: int = 3) -> list[Body]:
    """A few policies with conditions on the given axes, and for all users and apps otherwise."""
    found = []
    for number in range(draw(st.integers(0, most))):
        chosen = {id(axis): dict(draw(st.sampled_from(axis.conditions))) for axis in axes}
        how = [chosen[id(axis)] for axis in axes if axis not in (WHO, WHAT, PERSON)]
        found.append(
            policy(
                f"p{number}",
                users=chosen.get(id(WHO)) or chosen.get(id(PERSON)) or ALL_USERS,
                apps=chosen.get(id(WHAT), ALL_APPS),
                demand=draw(st.sampled_from(DEMANDS)),
                state=draw(st.sampled_from(STATES)),
                **{name: value for part in how for name, value in part.items()},
            )
        )
    return found


def _with(signin: SignIn, change: Change) -> SignIn:
    terms = signin.terms | change.get("terms", frozenset())
    points = signin.open_points | change.get("open_points", frozenset())
    return replace(signin, **{**change, "terms": terms, "open_points": points})


_FACTS = Axis(
    [],
    [
        {"device": frozenset[str]()},
        {"device": frozenset({"registered", "compliant"})},
        {"device": frozenset({"registered", "hybrid"})},
        {"device": frozenset({"registered", "compliant", "hybrid"})},
        {"client": "other"},
    ],
)
"""Grants ask for device facts and legacy clients cannot show them, whatever the conditions are."""


_BESIDE: Sequence[Change] = (
    {"needed": False},
    {"needed": True},
    {
        "target": "context",
        "resource": "context:c1",
        "open_points": frozenset({ALL_CONTEXTS}),
    },
)
"""What security defaults and per-user MFA look at beside the axes."""


def stands_beside(bodies: Iterable[Body]) -> bool:
    """Whether a policy names the EHR beside a suite, which then may hold it."""
    apps = [str(body["conditions"]["applications"]) for body in bodies]
    return any("Office365" in text and "ehr" in text for text in apps)


def signins(
    axes: Sequence[Axis], bodies: Iterable[Body], *, beside: bool = False, intranet: bool = False
) -> Iterator[SignIn]:
    """Every sign-in of the universe that these axes span; legacy clients show no device.

    With `beside`, security defaults may or may not find MFA needed, and contexts stand beside
    applications.
    """
    spanned = [axis.variants for axis in axes]
    in_suite = stands_beside(body for body in bodies if body["state"] == "enabled")
    if beside:
        spanned.append(_BESIDE)
    if intranet:
        spanned.append([{}, {"intranet": True}])
    if DEVICE not in axes:
        spanned.append(_FACTS.variants)
    elif CLIENT not in axes:
        spanned.append([{}, {"client": "other"}])
    for changes in product(*spanned):
        signin = reduce(_with, changes, SignIn(address=(4, 1)))
        if signin.resource == "ehr" and signin.suites and not in_suite:
            continue
        if signin.client in LEGACY and signin.device & {"compliant", "hybrid"}:
            continue
        yield signin
