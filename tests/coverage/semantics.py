"""The documented semantics, one row each: two postures and the verdict that follows.

docs/coverage.md prints this table; test_semantics.py runs it and keeps the page in step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue

from monitor.coverage.model import Certainty, Level, Verdict
from monitor.coverage.versions import AZURE_MANAGEMENT
from monitor.posture.document import Document, DocumentKind
from tests.coverage.makers import (
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
    return {
        "locations": {"includeLocations": list(included), "excludeLocations": list(excluded)}
    }


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


OFFICE: Final = {"includeApplications": ["Office365"]}
PORTALS: Final = {"includeApplications": ["MicrosoftAdminPortals"]}
EXCHANGE: Final = "00000002-0000-0ff1-ce00-000000000000"
REGISTER: Final = {"includeUserActions": ["urn:user:registersecurityinfo"]}
CONTEXT: Final = {"includeAuthenticationContextClassReferences": ["c1"]}
OWNED: Final = 'device.deviceOwnership -eq "Company"'
NOT_OWNED: Final = 'device.deviceOwnership -ne "Company"'
ONLY_LEGACY: Final = {"clientAppTypes": LEGACY}
ONLY_MODERN: Final = {"clientAppTypes": MODERN}
ON: Final = [p()]
OFF: Final[Items] = []
SIX: Final = ["android", "iOS", "windows", "windowsPhone", "macOS", "linux"]
TRUST: Final = "Graph conditionalAccessLocations; Entra: network assignment"
GRANTS: Final = "Entra: grant controls"
USERS_PAGE: Final = "Entra: users, groups, agents and workload identities"
TARGETS: Final = "Entra: target resources"
CONDITIONS: Final = "Entra: conditions"
STRENGTHS: Final = "Entra: authentication strengths"
DEVICES_PAGE: Final = "Entra: filter for devices"
DUO: Final = "Entra: migrate custom controls to External MFA"
DESIGN: Final = "DESIGN 3"
GRAPH: Final = "Graph v1.0 metadata"
DOUBT: Final = "COVERAGE_SEMANTICS"


def _with_strength(*combinations: str) -> Items:
    body: Body = {"displayName": "Ours", "allowedCombinations": list(combinations)}
    return [p(demand=strength("s1")), document(DocumentKind.STRENGTH, "s1", body)]


def _per_user(user: str, state: str) -> Document:
    return document(DocumentKind.PER_USER_MFA, user, {"perUserMfaState": state})


def _service(*ranges: str) -> Document:
    return document(DocumentKind.MFA_SERVICE, "mfa", {"trustedIps": list(ranges)})


_STATES: Final = (
    Row("enabled-to-disabled", "A disabled policy demands nothing", GRAPH,
        ON, [p(state="disabled")], WEAKENED, SINGLE, CERTAIN),
    Row("enabled-to-report-only", "Report-only is not enforced", GRAPH,
        ON, [p(state="enabledForReportingButNotEnforced")], WEAKENED, SINGLE, CERTAIN),
    Row("report-only-to-disabled", "Between report-only and disabled nothing changes", GRAPH,
        [p(state="enabledForReportingButNotEnforced")], [p(state="disabled")], UNCHANGED),
    Row("deleted", "A deleted policy demands nothing", GRAPH, ON, OFF, WEAKENED, SINGLE),
    Row("created", "A new enforced policy never weakens", DESIGN,
        ON, [p(), policy("q", demand=BLOCK)], UNCHANGED),
    Row("switched-on", "Switching a policy on strengthens", DESIGN,
        [p(state="disabled")], ON, STRENGTHENED, SINGLE),
    Row("edited-while-off", "An edit of a policy that is not enforced changes nothing", GRAPH,
        [p(state="disabled")], [p(state="disabled", users=users(excludeUsers=["ann"]))], UNCHANGED),
    Row("renamed", "A name decides nothing", GRAPH,
        ON, [{**p(), "displayName": "Other"}], UNCHANGED),
    Row("twin-removed", "A redundant policy may go", DESIGN,
        [p(), policy("q")], ON, UNCHANGED),
    Row("split", "A policy may be split in two", DESIGN,
        ON, [policy("p", **ONLY_LEGACY), policy("q", **ONLY_MODERN)], UNCHANGED),
)
_PEOPLE: Final = (
    Row("user-excluded", "An exclusion wins over an inclusion", USERS_PAGE,
        ON, [p(users=users(excludeUsers=["ann"]))], WEAKENED, SINGLE, CERTAIN),
    Row("group-excluded-unknown", "Members of an excluded group are exempt; unseen: possible",
        DESIGN, ON, [p(users=users(excludeGroups=["radiology"]))], WEAKENED, SINGLE, POSSIBLE),
    Row("group-excluded-known", "A known membership makes it certain", DESIGN,
        [p(), group("radiology", "ann")],
        [p(users=users(excludeGroups=["radiology"])), group("radiology", "ann")],
        WEAKENED, SINGLE, CERTAIN),
    Row("group-overlap-known", "An overlap the memberships rule out is no hole", DESIGN,
        [p(users={"includeGroups": ["a"]}), group("a", "ann"), group("b", "bob")],
        [p(users={"includeGroups": ["a"], "excludeGroups": ["b"]}), group("a", "ann"),
         group("b", "bob")], UNCHANGED),
    Row("nested-group", "Members of nested groups are members", USERS_PAGE,
        [p(), group("a", memberGroups=["b"]), group("b", "ann")],
        [p(users=users(excludeGroups=["a"])), group("a", memberGroups=["b"]), group("b", "ann")],
        WEAKENED, SINGLE, CERTAIN),
    Row("member-added-to-excluded", "Joining an excluded group is an exemption", USERS_PAGE,
        [p(users=users(excludeGroups=["a"])), group("a", "ann", complete=False)],
        [p(users=users(excludeGroups=["a"])), group("a", "ann", "bob", complete=False)],
        WEAKENED, SINGLE, CERTAIN),
    Row("member-removed-from-included", "Leaving an included group ends the demand", USERS_PAGE,
        [p(users={"includeGroups": ["a"]}), group("a", "ann", "bob")],
        [p(users={"includeGroups": ["a"]}), group("a", "ann")], WEAKENED, SINGLE, CERTAIN),
    Row("role-excluded", "Holders of an excluded role are exempt", USERS_PAGE,
        ON, [p(users=users(excludeRoles=["62e90394-69f5-4237-9190-012177145e10"]))],
        WEAKENED, SINGLE, CERTAIN),
    Row("guests-excluded-mask", "The audit stream sends guest kinds as a bit mask", GRAPH,
        ON, [p(users=users(excludeGuestsOrExternalUsers=guests(63)))], WEAKENED, SINGLE, CERTAIN),
    Row("guest-mask-equals-words", "63 and the six names are the same", GRAPH,
        [p(users=users(excludeGuestsOrExternalUsers=guests(63)))],
        [p(users=users(excludeGuestsOrExternalUsers=guests(
            "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,"
            "otherExternalUser,serviceProvider")))], UNCHANGED),
    Row("guests-keyword", "GuestsOrExternalUsers is all six kinds", DOUBT,
        [p(users={"includeUsers": ["GuestsOrExternalUsers"]})],
        [p(users={"includeGuestsOrExternalUsers": guests(63)})], UNCHANGED),
    Row("guests-of-one-tenant", "External tenants limit an exclusion", GRAPH,
        [p(users=users(excludeGuestsOrExternalUsers=guests(2)))],
        [p(users=users(excludeGuestsOrExternalUsers=guests(2, "t1")))], STRENGTHENED, SINGLE),
    Row("all-to-guests", "All users covers more than guests", USERS_PAGE,
        ON, [p(users={"includeUsers": ["GuestsOrExternalUsers"]})], WEAKENED, SINGLE, CERTAIN),
    Row("all-covers-b2b-guests", "All users covers B2B collaboration guests", USERS_PAGE,
        [p(), policy("q", users={"includeGuestsOrExternalUsers": guests(2)})], ON, UNCHANGED),
    Row("direct-connect-open", "Whether All users covers B2B direct connect is open", DOUBT,
        [p(), policy("q", users={"includeGuestsOrExternalUsers": guests(8)})], ON,
        WEAKENED, SINGLE, POSSIBLE),
    Row("service-provider-open", "Whether All users covers service providers is open", DOUBT,
        [p(), policy("q", users={"includeGuestsOrExternalUsers": guests(32)})], ON,
        WEAKENED, SINGLE, POSSIBLE),
    Row("no-users", "None includes nobody", USERS_PAGE,
        [p(users={"includeUsers": ["None"]})], OFF, UNCHANGED),
    Row("workload-apart", "A policy for workload identities reaches no people", USERS_PAGE,
        [p(users={"includeUsers": ["None"]}, demand=BLOCK,
           clientApplications={"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]})],
        OFF, UNCHANGED),
)
_RESOURCES: Final = (
    Row("app-excluded", "An excluded application is exempt", TARGETS,
        ON, [p(apps={"includeApplications": ["All"], "excludeApplications": ["ehr"]})],
        WEAKENED, SINGLE, CERTAIN),
    Row("all-to-office", "Office365 is part of all resources", TARGETS,
        ON, [p(apps=OFFICE)], WEAKENED, SINGLE, CERTAIN),
    Row("suite-member", "Exchange Online is in the Office365 suite", TARGETS,
        [p(apps=OFFICE), policy("q", apps={"includeApplications": [EXCHANGE]})],
        [p(apps=OFFICE)], UNCHANGED),
    Row("suite-has-others", "The suite is more than its member", TARGETS,
        [p(apps=OFFICE)], [p(apps={"includeApplications": [EXCHANGE]})], WEAKENED, SINGLE),
    Row("portals-not-arm", "Microsoft Admin Portals does not list Azure Resource Manager", TARGETS,
        [p(apps=PORTALS), policy("q", apps={"includeApplications": [AZURE_MANAGEMENT]})],
        [p(apps=PORTALS)], WEAKENED, SINGLE),
    Row("no-apps", "None targets nothing: such a policy weakens nothing when it goes", TARGETS,
        [p(apps={"includeApplications": ["None"]})], OFF, UNCHANGED),
    Row("all-no-user-action", "All resources covers no user action", DOUBT,
        [p(), policy("q", apps=REGISTER)], ON, WEAKENED, SINGLE, CERTAIN),
    Row("all-and-context-open", "Whether All resources covers authentication contexts is open",
        DOUBT, [p(), policy("q", apps=CONTEXT)], ON, WEAKENED, SINGLE, POSSIBLE),
    Row("context-alone", "A dropped authentication context demand weakens", TARGETS,
        [p(apps=CONTEXT)], OFF, WEAKENED, SINGLE, CERTAIN),
    Row("app-filter", "An application filter hangs on attributes we cannot see", TARGETS,
        ON, [p(apps={"includeApplications": ["All"], "applicationFilter": {
            "mode": "exclude", "rule": 'CustomSecurityAttribute.A_B -eq "x"'}})],
        WEAKENED, SINGLE, POSSIBLE),
)
_CLIENTS: Final = (
    Row("legacy-block-redundant", "MFA for all clients refuses legacy clients already", CONDITIONS,
        [p(), policy("q", demand=BLOCK, **ONLY_LEGACY)], ON, UNCHANGED),
    Row("legacy-block-needed", "Where nothing else refuses legacy clients, their block matters",
        CONDITIONS, [p(**ONLY_MODERN), policy("q", demand=BLOCK, **ONLY_LEGACY)],
        [p(**ONLY_MODERN)], WEAKENED, SINGLE, CERTAIN),
    Row("legacy-mfa-is-block", "MFA of legacy clients is a block", CONDITIONS,
        [policy("q", demand=BLOCK, **ONLY_LEGACY)], [policy("q", **ONLY_LEGACY)], UNCHANGED),
    Row("legacy-device-is-block", "So is a device grant", CONDITIONS,
        [policy("q", demand=BLOCK, **ONLY_LEGACY)],
        [policy("q", demand=grant("compliantDevice"), **ONLY_LEGACY)], UNCHANGED),
    Row("legacy-custom-is-block", "So is a custom control", CONDITIONS,
        [policy("q", demand=BLOCK, **ONLY_LEGACY)],
        [policy("q", demand=custom("RequireDuoMfa"), **ONLY_LEGACY)], UNCHANGED),
    Row("clients-all-spelled", "All four client types are all", GRAPH,
        ON, [p(clientAppTypes=[*MODERN, *LEGACY])], UNCHANGED),
    Row("clients-narrowed", "Browser only leaves the apps open", CONDITIONS,
        ON, [p(clientAppTypes=["browser"])], WEAKENED, SINGLE, CERTAIN),
    Row("eas-supported", "easSupported is Exchange ActiveSync", GRAPH,
        [p(clientAppTypes=["easSupported"])], [p(clientAppTypes=["exchangeActiveSync"])],
        UNCHANGED),
    Row("platform-excluded", "An excluded platform is exempt", CONDITIONS,
        ON, [p(platforms={"includePlatforms": ["all"], "excludePlatforms": ["linux"]})],
        WEAKENED, SINGLE, CERTAIN),
    Row("unknown-platform", "Six named platforms are not any device: unknown ones remain",
        CONDITIONS, ON, [p(platforms={"includePlatforms": SIX})], WEAKENED, SINGLE, CERTAIN),
    Row("any-platform", "Any device includes unknown platforms", CONDITIONS,
        ON, [p(platforms={"includePlatforms": ["all"]})], UNCHANGED),
    Row("device-code-added", "A flow condition limits the policy to that flow", CONDITIONS,
        ON, [p(authenticationFlows={"transferMethods": "deviceCodeFlow"})],
        WEAKENED, SINGLE, CERTAIN),
    Row("device-code-block", "A dropped device code block matters where MFA is not demanded",
        CONDITIONS,
        [p(demand=BLOCK, authenticationFlows={"transferMethods": "deviceCodeFlow"})], OFF,
        WEAKENED, SINGLE, CERTAIN),
    Row("device-code-block-mfa", "Where MFA is demanded it is a lost block", DESIGN,
        [p(), policy("q", demand=BLOCK, authenticationFlows={"transferMethods": "deviceCodeFlow"})],
        ON, UNCHANGED),
)
_PLACES: Final = (
    Row("trusted-excluded", "An excluded trusted location is exempt", TRUST,
        [p(), location("hq", "203.0.113.0/24", trusted=True)],
        [p(**where(["All"], "AllTrusted")), location("hq", "203.0.113.0/24", trusted=True)],
        WEAKENED, SINGLE, CERTAIN),
    Row("location-made-trusted", "A location made trusted widens every AllTrusted exclusion",
        TRUST, [p(**where(["All"], "AllTrusted")), location("hq", "203.0.113.0/24")],
        [p(**where(["All"], "AllTrusted")), location("hq", "203.0.113.0/24", trusted=True)],
        WEAKENED, SINGLE, CERTAIN),
    Row("range-widened", "A wider range widens the exclusion", TRUST,
        [p(**where(["All"], "hq")), location("hq", "203.0.113.0/25")],
        [p(**where(["All"], "hq")), location("hq", "203.0.113.0/24")], WEAKENED, SINGLE, CERTAIN),
    Row("range-written-otherwise", "Ranges are compared as ranges, not as text", DESIGN,
        [p(**where(["All"], "hq")), location("hq", "203.0.113.0/24")],
        [p(**where(["All"], "hq")), location("hq", "203.0.113.128/25", "203.0.113.0/25")],
        UNCHANGED),
    Row("range-narrowed", "A narrower range strengthens", TRUST,
        [p(**where(["All"], "hq")), location("hq", "203.0.113.0/24")],
        [p(**where(["All"], "hq")), location("hq", "203.0.113.0/25")], STRENGTHENED, SINGLE),
    Row("range-moved", "A range moved elsewhere does both", DESIGN,
        [p(**where(["All"], "hq")), location("hq", "203.0.113.0/24")],
        [p(**where(["All"], "hq")), location("hq", "198.51.100.0/24")], MIXED, SINGLE),
    Row("ipv6-range", "IPv6 ranges count like IPv4 ones", TRUST,
        [p(**where(["All"], "hq")), location("hq", "2001:db8::/33")],
        [p(**where(["All"], "hq")), location("hq", "2001:db8::/32")], WEAKENED, SINGLE, CERTAIN),
    Row("country-added", "A country added to an excluded location is exempt", TRUST,
        [p(**where(["All"], "home")), countries("home", "NL")],
        [p(**where(["All"], "home")), countries("home", "NL", "BE")], WEAKENED, SINGLE, CERTAIN),
    Row("unknown-country", "Unknown countries are a choice of the location", GRAPH,
        [p(**where(["All"], "home")), countries("home", "NL")],
        [p(**where(["All"], "home")), countries("home", "NL", unknown=True)],
        WEAKENED, SINGLE, CERTAIN),
    Row("all-to-one-location", "All locations is more than one", TRUST,
        [p(), location("hq", "203.0.113.0/24")],
        [p(**where(["hq"])), location("hq", "203.0.113.0/24")], WEAKENED, SINGLE, CERTAIN),
    Row("compliant-network", "An excluded compliant network is exempt", TRUST,
        ON, [p(**where(["All"], "gsa")), document(DocumentKind.LOCATION, "gsa", {
            "compliantNetworkType": "allTenantCompliantNetworks", "isTrusted": True})],
        WEAKENED, SINGLE, CERTAIN),
    Row("mfa-trusted-ips", "AllTrusted includes the MFA trusted IPs", TRUST,
        [p(**where(["All"], "AllTrusted"))],
        [p(**where(["All"], "AllTrusted")), _service("203.0.113.0/24")],
        WEAKENED, SINGLE, CERTAIN),
)
_RISKS: Final = (
    Row("sign-in-risk-added", "A risk condition turns always into only when risky", CONDITIONS,
        ON, [p(signInRiskLevels=["high"])], WEAKENED, SINGLE, CERTAIN),
    Row("user-risk-narrowed", "Medium risk dropped from the condition is open again", CONDITIONS,
        [p(userRiskLevels=["medium", "high"])], [p(userRiskLevels=["high"])],
        WEAKENED, SINGLE, CERTAIN),
    Row("risk-empty", "An empty list limits nothing", GRAPH, ON, [p(signInRiskLevels=[])],
        UNCHANGED),
    Row("insider-risk", "Insider risk limits a policy like any risk", CONDITIONS,
        ON, [p(insiderRiskLevels="elevated")], WEAKENED, SINGLE, CERTAIN),
    Row("two-risks-and", "Two risk conditions must both hold", CONDITIONS,
        [p(signInRiskLevels=["high"])], [p(signInRiskLevels=["high"], userRiskLevels=["high"])],
        WEAKENED, SINGLE, CERTAIN),
    Row("device-filter-positive", "A positive operator never matches an unregistered device",
        DEVICES_PAGE, [p(demand=MFA, **device("exclude", OWNED))],
        [p(demand=MFA, **device("exclude", OWNED), state="disabled")],
        WEAKENED, SINGLE, CERTAIN),
    Row("device-filter-excluded", "What the filter excludes hangs on device attributes",
        DEVICES_PAGE, ON, [p(**device("exclude", OWNED))], WEAKENED, SINGLE, POSSIBLE),
    Row("device-filter-negative", "A negative operator matches an unregistered device",
        DEVICES_PAGE, ON, [p(**device("exclude", NOT_OWNED))], WEAKENED, SINGLE, CERTAIN),
    Row("device-filter-mirror", "Include -ne is exclude -eq", DEVICES_PAGE,
        [p(**device("include", NOT_OWNED))], [p(**device("exclude", OWNED))], UNCHANGED),
    Row("device-state-compliant", "An excluded compliant device state is the filter's fact", GRAPH,
        [p(deviceStates={"includeStates": ["All"], "excludeStates": ["Compliant"]})],
        [p(**device("exclude", "device.isCompliant -eq True"))], UNCHANGED),
)
_DEMANDS: Final = (
    Row("mfa-removed", "A policy without grant controls demands nothing", GRANTS,
        ON, [p(demand=None)], WEAKENED, SINGLE, CERTAIN),
    Row("or-device", "OR takes the weakest alternative", GRANTS,
        ON, [p(demand=grant("mfa", "compliantDevice"))], WEAKENED, SINGLE, CERTAIN),
    Row("and-to-or", "AND demands all, OR one", GRANTS,
        [p(demand=grant("mfa", "compliantDevice", operator="AND"))],
        [p(demand=grant("mfa", "compliantDevice"))], WEAKENED, SINGLE, CERTAIN),
    Row("and-device-dropped", "MFA stays when only the device demand goes", DESIGN,
        [p(demand=grant("mfa", "compliantDevice", operator="AND"))], ON, UNCHANGED),
    Row("mfa-to-terms", "Terms of use prove nothing", GRANTS,
        ON, [p(demand=grant(termsOfUse=["tou"]))], WEAKENED, SINGLE, CERTAIN),
    Row("terms-dropped", "Terms of use are no part of the MFA axis", DESIGN,
        [p(demand=grant(termsOfUse=["tou"]))], OFF, UNCHANGED),
    Row("mfa-to-block", "A block protects what MFA protected", DESIGN,
        ON, [p(demand=BLOCK)], UNCHANGED),
    Row("block-to-mfa", "A lifted block with MFA behind it is a lost block", DESIGN,
        [p(demand=BLOCK)], ON, UNCHANGED),
    Row("block-lifted", "A lifted block that lets a single factor in weakens", DESIGN,
        [p(demand=BLOCK)], OFF, WEAKENED, SINGLE, CERTAIN),
    Row("policies-and", "All applying policies must be satisfied", GRANTS,
        [p(), policy("q", demand=grant("compliantDevice"))],
        [p(demand=grant("mfa", "compliantDevice", operator="AND"))], UNCHANGED),
    Row("password-change", "Password change beside MFA leaves MFA", GRANTS,
        ON, [p(demand=grant("mfa", "passwordChange", operator="AND"))], UNCHANGED),
    Row("controls-any-case", "Enum members are read in any case", GRAPH,
        ON, [p(demand=grant("MFA", operator="or"))], UNCHANGED),
    Row("session-only", "Session controls demand no factor", GRANTS,
        ON, [p(), policy("q", demand=None, session={
            "signInFrequency": {"isEnabled": True, "value": 1, "type": "hours"}})], UNCHANGED),
)
_STRENGTHS: Final = (
    Row("mfa-to-phishing-resistant", "A strength is at least the MFA grant", STRENGTHS,
        ON, [p(demand=strength(f"{BUILT_IN}4"))], STRENGTHENED, WEAKER),
    Row("phishing-resistant-to-mfa", "A weaker strength lets in a weaker second factor", STRENGTHS,
        [p(demand=strength(f"{BUILT_IN}4"))], [p(demand=strength(f"{BUILT_IN}2"))],
        WEAKENED, WEAKER, CERTAIN),
    Row("passwordless-between", "Passwordless stands between MFA and phishing-resistant", STRENGTHS,
        [p(demand=strength(f"{BUILT_IN}4"))], [p(demand=strength(f"{BUILT_IN}3"))],
        WEAKENED, WEAKER, CERTAIN),
    Row("strength-combination-added", "An added combination weakens every policy that refers",
        STRENGTHS, _with_strength("fido2"), _with_strength("fido2", "password,sms"),
        WEAKENED, WEAKER, CERTAIN),
    Row("strength-single-factor", "A strength with a single-factor combination admits it", DOUBT,
        _with_strength("fido2"), _with_strength("fido2", "password"), WEAKENED, SINGLE, CERTAIN),
    Row("strength-order", "The order of methods in a combination says nothing", GRAPH,
        _with_strength("password,sms"), _with_strength("sms,password"), UNCHANGED),
    Row("strength-removed", "A removed strength demands nothing", STRENGTHS,
        [p(demand=strength(f"{BUILT_IN}4"))], [p(demand=None)], WEAKENED, SINGLE, CERTAIN),
    Row("strength-unknown", "A strength nobody described gives possible answers", DESIGN,
        [p(demand=strength("who-knows"))], OFF, WEAKENED, SINGLE, POSSIBLE),
    Row("mfa-to-mfa-strength", "The built-in MFA strength weakens nothing", STRENGTHS,
        ON, [p(demand=strength(f"{BUILT_IN}2"))], UNCHANGED),
    Row("custom-to-mfa", "A legacy custom control is below every MFA method", DUO,
        [p(demand=custom("RequireDuoMfa"))], ON, STRENGTHENED, WEAKER),
    Row("mfa-to-custom", "So falling back to it weakens", DUO,
        ON, [p(demand=custom("RequireDuoMfa"))], WEAKENED, WEAKER, CERTAIN),
    Row("custom-not-mfa", "A custom control does not satisfy the MFA grant", DUO,
        ON, [p(demand=grant("mfa", customAuthenticationFactors=["RequireDuoMfa"]))],
        WEAKENED, WEAKER, CERTAIN),
    Row("custom-removed", "A dropped custom control leaves a password", DUO,
        [p(demand=custom("RequireDuoMfa"))], OFF, WEAKENED, SINGLE, CERTAIN),
    Row("double-prompt-ends", "Custom control and MFA, then MFA alone: nothing weaker", DUO,
        [p(demand=custom("RequireDuoMfa")), policy("q")], [policy("q")], UNCHANGED),
)
_TENANT: Final = (
    Row("defaults-off", "Security defaults off lets legacy clients in", "Entra: security defaults",
        [defaults(on=True)], [defaults(on=False)], WEAKENED, SINGLE, CERTAIN),
    Row("defaults-to-policy", "MFA for all users and apps covers what defaults demanded",
        "Entra: security defaults", [defaults(on=True)], [defaults(on=False), p()],
        STRENGTHENED, SINGLE),
    Row("per-user-off", "Per-user MFA off weakens where no policy covers the user",
        "Entra: per-user MFA", [_per_user("ann", "enforced")], [_per_user("ann", "disabled")],
        WEAKENED, SINGLE, CERTAIN),
    Row("per-user-covered", "Where a policy covers the user it does not", "Entra: per-user MFA",
        [p(), _per_user("ann", "enforced")], [p(), _per_user("ann", "disabled")], UNCHANGED),
    Row("per-user-enforced", "Enforced also refuses legacy clients", "Entra: per-user MFA",
        [_per_user("ann", "enforced")], [_per_user("ann", "enabled")], WEAKENED, SINGLE, CERTAIN),
    Row("per-user-trusted-ips", "Trusted IPs skip per-user MFA", "Entra: per-user MFA",
        [_per_user("ann", "enforced")],
        [_per_user("ann", "enforced"), _service("203.0.113.0/24")], WEAKENED, SINGLE, CERTAIN),
)

ROWS: Final = (
    *_STATES, *_PEOPLE, *_RESOURCES, *_CLIENTS, *_PLACES, *_RISKS, *_DEMANDS, *_STRENGTHS, *_TENANT,
)
