"""Single-policy edits, one row each: what weakens is named, what does not alarms nobody.

The list follows ../shared/domain/DETECTIONS.md, groups A to D. Each edit is judged in a fresh
deployment that knows no other policy, once from a file and once as an Event Hub batch.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.events.batch import EventHubPartition, Message, SourceBatch
from monitor.pipeline import Outcome
from monitor.rules.model import Severity
from monitor.wiring import Monitor
from tests import entra
from tests.corridor import TEST, leaves, opened

HUB = EventHubPartition("ns.example", "audit", "monitor", "0")
ONE, TWO = entra.USER, entra.USER[:-1] + "2"
GROUPS = [f"aaaaaaaa-0000-4000-8000-0000000000d{number}" for number in range(3)]
ADMIN_ROLE = "62e90394-69f5-4237-9190-012177145e10"
APP, OTHER_APP = "aaaaaaaa-0000-4000-8000-0000000000b1", "aaaaaaaa-0000-4000-8000-0000000000b2"
PLACE = "aaaaaaaa-0000-4000-8000-0000000000f1"
TERMS = "aaaaaaaa-0000-4000-8000-0000000000a7"
MFA, PASSWORDLESS, RESISTANT = (f"00000000-0000-0000-0000-00000000000{n}" for n in (2, 3, 4))

USERS = "/conditions/users"
APPS = "/conditions/applications"
GRANT = "/grantControls"
Edit = tuple[entra.Json | None, entra.Json | None]


def put(path: str, value: object) -> entra.Json:
    return {"op": "add", "path": path, "value": value}


def gone(path: str) -> entra.Json:
    return {"op": "remove", "path": path}


def grants(*controls: str, **more: object) -> entra.Json:
    held = {"operator": "OR", "builtInControls": list(controls), "customAuthenticationFactors": []}
    return put(GRANT, {**held, "termsOfUse": [], **more})


def strength(identity: str) -> entra.Json:
    return grants(authenticationStrength={"id": identity})


def session(**controls: object) -> entra.Json:
    return put("/sessionControls", controls)


def frequency(value: int | None, unit: str, interval: str = "timeBased") -> entra.Json:
    held = {"isEnabled": True, "value": value, "type": unit, "frequencyInterval": interval}
    return session(signInFrequency=held)


def mode(name: str, value: str) -> entra.Json:
    return session(**{name: {"isEnabled": True, "mode": value}})


def places(include: list[str], exclude: list[str]) -> entra.Json:
    held = {"includeLocations": include, "excludeLocations": exclude}
    return put("/conditions/locations", held)


def platforms(include: list[str], exclude: list[str]) -> entra.Json:
    held = {"includePlatforms": include, "excludePlatforms": exclude}
    return put("/conditions/platforms", held)


def devices(how: str) -> entra.Json:
    rule = {"mode": how, "rule": 'device.extensionAttribute1 -eq "kiosk"'}
    return put("/conditions/devices", {"deviceFilter": rule})


def guests(kinds: object, **more: object) -> entra.Json:
    held = {"guestOrExternalUserTypes": kinds, "externalTenants": {}, **more}
    return put(f"{USERS}/excludeGuestsOrExternalUsers", held)


def flows(*methods: str) -> entra.Json:
    return put("/conditions/authenticationFlows", {"transferMethods": ",".join(methods)})


def edit(*patch: entra.Json) -> Edit:
    """The base policy, and the patch over it."""
    return entra.policy(), entra.policy(*patch)


def between(before: list[entra.Json], *after: entra.Json) -> Edit:
    """Two patches of the base policy, the second over the first."""
    return entra.policy(*before), entra.policy(*before, *after)


def state(before: str, after: str, *patch: entra.Json) -> Edit:
    return entra.policy(state=before), entra.policy(*patch, state=after)


ON, OFF, REPORT = "enabled", "disabled", "enabledForReportingButNotEnforced"
LEGACY = [put("/conditions/clientAppTypes", ["exchangeActiveSync", "other"]), grants("block")]
DEVICE_CODE = [flows("deviceCodeFlow"), grants("block")]
REGISTER = [
    put(f"{APPS}/includeApplications", []),
    put(f"{APPS}/includeUserActions", ["urn:user:registersecurityinfo"]),
]
CONTEXTS = [
    put(f"{APPS}/includeApplications", []),
    put(f"{APPS}/includeAuthenticationContextClassReferences", ["c1", "c2"]),
]
SOME_USERS = [put(f"{USERS}/includeUsers", [ONE, TWO])]
SOME_GROUPS = [put(f"{USERS}/includeUsers", []), put(f"{USERS}/includeGroups", GROUPS)]
ROLES = [
    put(f"{USERS}/includeUsers", []),
    put(f"{USERS}/includeRoles", [ADMIN_ROLE, "194ae4cb-b126-40b2-bd5b-6091b380977d"]),
]
SOME_APPS = [put(f"{APPS}/includeApplications", [APP, OTHER_APP])]
BOTH = [grants("mfa", "compliantDevice", operator="AND")]
DUO = [grants(customAuthenticationFactors=["RequireDuoMfa"])]

WEAKENING: dict[str, Edit] = {
    "A1 disabled": state(ON, OFF),
    "A2 report-only": state(ON, REPORT),
    "A4 deleted": (entra.policy(), None),
    "A4 deleted, for an application": (entra.policy(*SOME_APPS), None),
    "A a state nobody knows": state(ON, "enabledForSome"),
    "B1 a user excluded": edit(put(f"{USERS}/excludeUsers/-", ONE)),
    "B2 a group excluded": edit(entra.excluding()),
    "B2 two groups excluded": edit(*map(entra.excluding, GROUPS[:2])),
    "B2 a group excluded beside one": between([entra.excluding()], entra.excluding(GROUPS[0])),
    "B2 an exclusion swapped": between(
        [entra.excluding()], put(f"{USERS}/excludeGroups", GROUPS[:1])
    ),
    "B3 a role excluded": edit(put(f"{USERS}/excludeRoles/-", ADMIN_ROLE)),
    "B4 guests excluded, as bits": edit(guests(63)),
    "B4 guests excluded, as words": edit(guests("b2bCollaborationGuest,internalGuest")),
    "B4 guests of one tenant excluded": edit(
        guests(2, externalTenants={"membershipKind": "enumerated", "members": [entra.TENANT]})
    ),
    "B4 a kind nobody knows excluded": edit(guests(64)),
    "B5 a user no longer included": between(SOME_USERS, put(f"{USERS}/includeUsers", [ONE])),
    "B5 a group no longer included": between(
        SOME_GROUPS, put(f"{USERS}/includeGroups", GROUPS[:2])
    ),
    "B5 a role no longer included": between(ROLES, put(f"{USERS}/includeRoles", [ADMIN_ROLE])),
    "B5 everyone becomes a group": edit(*SOME_GROUPS),
    "B6 everyone becomes guests": edit(put(f"{USERS}/includeUsers", ["GuestsOrExternalUsers"])),
    "B6 everyone becomes nobody": edit(put(f"{USERS}/includeUsers", ["None"])),
    "C1 all resources become Office": edit(put(f"{APPS}/includeApplications", ["Office365"])),
    "C1 all resources become none": edit(put(f"{APPS}/includeApplications", ["None"])),
    "C1 a resource no longer included": between(
        SOME_APPS, put(f"{APPS}/includeApplications", [APP])
    ),
    "C2 a resource excluded": edit(put(f"{APPS}/excludeApplications/-", APP)),
    "C2 Office excluded": edit(put(f"{APPS}/excludeApplications/-", "Office365")),
    "C3 a filter over resources": edit(
        put(
            f"{APPS}/applicationFilter",
            {"mode": "exclude", "rule": 'CustomSecurityAttribute.Set_Tier -eq "low"'},
        )
    ),
    "C4 registering methods set free": between(REGISTER, put(f"{APPS}/includeUserActions", [])),
    "C5 an authentication context dropped": between(
        CONTEXTS, put(f"{APPS}/includeAuthenticationContextClassReferences", ["c1"])
    ),
    "C6 trusted places left out": edit(places(["All"], ["AllTrusted"])),
    "C6 a place left out": edit(places(["All"], [PLACE])),
    "C6 one more place left out": between(
        [places(["All"], [PLACE])], places(["All"], [PLACE, "AllTrusted"])
    ),
    "C7 everywhere becomes one place": edit(places([PLACE], [])),
    "C11 a platform left out": edit(platforms(["all"], ["linux"])),
    "C12 all platforms become some": edit(platforms(["windows", "macOS"], [])),
    "C13 browsers only": edit(put("/conditions/clientAppTypes", ["browser"])),
    "C13 legacy clients let back in": between(
        LEGACY, put("/conditions/clientAppTypes", ["exchangeActiveSync"])
    ),
    "C14 only at sign-in risk": edit(put("/conditions/signInRiskLevels", ["high"])),
    "C14 only at user risk": edit(put("/conditions/userRiskLevels", ["high", "medium"])),
    "C14 risk levels narrowed": between(
        [put("/conditions/signInRiskLevels", ["high", "medium"])],
        put("/conditions/signInRiskLevels", ["high"]),
    ),
    "C15 devices left out by a filter": edit(devices("exclude")),
    "C15 only devices of a filter": edit(devices("include")),
    "C16 only for device code flow": edit(flows("deviceCodeFlow")),
    "C16 the block of device code flow deleted": (entra.policy(*DEVICE_CODE), None),
    "C17 insider risk": edit(put("/conditions/insiderRiskLevels", "elevated")),
    "C17 a condition nobody knows": edit(put("/conditions/weather", {"include": ["rain"]})),
    "D1 MFA taken out": edit(gone(GRANT)),
    "D1 no control left": edit(grants()),
    "D2 a compliant device instead": edit(grants("compliantDevice")),
    "D2 a joined device instead": edit(grants("domainJoinedDevice")),
    "D2 a new password instead": edit(grants("passwordChange")),
    "D3 or a compliant device": edit(grants("mfa", "compliantDevice")),
    "D3 or a protected app": edit(grants("mfa", "compliantApplication")),
    "D3 or terms of use": edit(grants("mfa", termsOfUse=[TERMS])),
    "D3 or a custom control": edit(grants("mfa", customAuthenticationFactors=["RequireDuoMfa"])),
    "D4 and becomes or": between(BOTH, grants("mfa", "compliantDevice")),
    "D5 a strength becomes MFA": between([strength(RESISTANT)], grants("mfa")),
    "D5 a strength becomes a weaker one": between([strength(RESISTANT)], strength(MFA)),
    "D5 passwordless becomes MFA": between([strength(PASSWORDLESS)], strength(MFA)),
    "D5 a strength taken out": between([strength(RESISTANT)], gone(GRANT)),
    "D8 the custom control taken out": between(DUO, gone(GRANT)),
    "D8 a custom control instead of MFA": edit(*DUO),
    "D9 signing in less often": between([frequency(4, "hours")], frequency(30, "days")),
    "D9 signing in every time no more": between(
        [frequency(None, "", "everyTime")], frequency(12, "hours")
    ),
    "D9 the sign-in frequency taken out": between(
        [frequency(4, "hours")], gone("/sessionControls")
    ),
    "D10 browsers stay signed in": between(
        [mode("persistentBrowser", "never")], mode("persistentBrowser", "always")
    ),
    "D10 the browser control taken out": between(
        [mode("persistentBrowser", "never")], gone("/sessionControls")
    ),
    "D11 continuous evaluation off": between(
        [mode("continuousAccessEvaluation", "strictLocation")],
        mode("continuousAccessEvaluation", "disabled"),
    ),
    "D12 resilience defaults back": between(
        [session(disableResilienceDefaults=True)], session(disableResilienceDefaults=False)
    ),
    "D13 token protection taken out": between(
        [session(secureSignInSession={"isEnabled": True})], gone("/sessionControls")
    ),
    "D14 legacy clients no longer blocked": (
        entra.policy(*LEGACY),
        entra.policy(*LEGACY, state=OFF),
    ),
    "D16 the custom control of another vendor": between(
        DUO, grants(customAuthenticationFactors=["OtherVendor"])
    ),
    "D14 a block becomes MFA": between([grants("block")], grants("mfa")),
    "D14 the block of legacy clients deleted": (entra.policy(*LEGACY), None),
    "D15 terms of use only": edit(grants(termsOfUse=[TERMS])),
    "D a control nobody knows": edit(grants("mfa", "smile")),
}

HARMLESS: dict[str, Edit] = {
    "renamed": (entra.policy(), entra.policy(displayName="Another name")),
    "described": (entra.policy(), entra.policy(description="why it is here")),
    "saved again": edit(),
    "A3 report-only disabled": state(REPORT, OFF),
    "A disabled policy enabled": state(OFF, ON),
    "A report-only policy enabled": state(REPORT, ON),
    "A6 a new policy": (None, entra.policy()),
    "A6 a new policy, report-only": (None, entra.policy(state=REPORT)),
    "A7 MFA taken out of a disabled policy": state(OFF, OFF, gone(GRANT)),
    "A7 a group excluded from a report-only policy": state(REPORT, REPORT, entra.excluding()),
    "A4 a disabled policy deleted": (entra.policy(state=OFF), None),
    "A4 a report-only policy deleted": (entra.policy(state=REPORT), None),
    "B1 an exclusion taken back": between(
        [put(f"{USERS}/excludeUsers/-", ONE)], put(f"{USERS}/excludeUsers", [])
    ),
    "B2 exclusions in another order": between(
        [*map(entra.excluding, GROUPS)], put(f"{USERS}/excludeGroups", GROUPS[::-1])
    ),
    "B2 exclusions in capitals": between(
        [entra.excluding()], put(f"{USERS}/excludeGroups", [entra.GROUP.upper()])
    ),
    "B2 an exclusion written twice": between([entra.excluding()], entra.excluding()),
    "B4 guests as words, then as bits": between(
        [guests("internalGuest,b2bCollaborationGuest")], guests(3)
    ),
    "B5 one more user included": between(
        [put(f"{USERS}/includeUsers", [ONE])], put(f"{USERS}/includeUsers", [ONE, TWO])
    ),
    "B5 a group becomes everyone": between(
        SOME_GROUPS, put(f"{USERS}/includeUsers", ["All"]), put(f"{USERS}/includeGroups", [])
    ),
    "B a user excluded who is not included": between(
        [put(f"{USERS}/includeUsers", [ONE])], put(f"{USERS}/excludeUsers", [TWO])
    ),
    "B a group excluded where nobody is included": between(
        [put(f"{USERS}/includeUsers", ["None"])], entra.excluding()
    ),
    "C1 one more resource": between(
        [put(f"{APPS}/includeApplications", [APP])], put(f"{APPS}/includeApplications", ["All"])
    ),
    "C2 an excluded resource asked again": between(
        [put(f"{APPS}/excludeApplications", [APP])], put(f"{APPS}/excludeApplications", [])
    ),
    "C1 resources in another order": between(
        SOME_APPS, put(f"{APPS}/includeApplications", [OTHER_APP, APP])
    ),
    "C3 an empty filter left out": edit(gone(f"{APPS}/applicationFilter")),
    "C6 a place no longer left out": between(
        [places(["All"], ["AllTrusted"])], gone("/conditions/locations")
    ),
    "C7 everywhere said aloud": edit(places(["All"], [])),
    "C11 a platform no longer left out": between(
        [platforms(["all"], ["linux"])], platforms(["all"], [])
    ),
    "C12 all platforms said aloud": edit(platforms(["all"], [])),
    "C11 a platform left out that was not in": between(
        [platforms(["windows"], [])], platforms(["windows"], ["linux"])
    ),
    "C13 all clients by name": edit(
        put(
            "/conditions/clientAppTypes",
            ["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"],
        )
    ),
    "C14 a risk condition taken away": between(
        [put("/conditions/signInRiskLevels", ["high"])], put("/conditions/signInRiskLevels", [])
    ),
    "C15 a device filter taken away": between([devices("exclude")], gone("/conditions/devices")),
    "C16 a flow condition taken away": between(
        [flows("deviceCodeFlow")], gone("/conditions/authenticationFlows")
    ),
    "D MFA in capitals": edit(grants("MFA")),
    "D one control, and for or": edit(grants("mfa", operator="AND")),
    "D and a compliant device": edit(*BOTH),
    "D4 or becomes and": between([grants("mfa", "compliantDevice")], *BOTH),
    "D5 MFA becomes phishing-resistant": edit(strength(RESISTANT)),
    "D5 MFA becomes a block": edit(grants("block")),
    "D5 a strength with its name": between(
        [strength(RESISTANT)],
        grants(authenticationStrength={"id": RESISTANT, "displayName": "Phishing-resistant MFA"}),
    ),
    "D9 signing in more often": between([frequency(30, "days")], frequency(4, "hours")),
    "D9 the same in other units": between([frequency(24, "hours")], frequency(1, "days")),
    "D9 a sign-in frequency": edit(frequency(12, "hours")),
    "D10 browsers forget": edit(mode("persistentBrowser", "never")),
    "D13 token protection": edit(session(secureSignInSession={"isEnabled": True})),
    "D9 signing in less often, report-only": (
        entra.policy(frequency(4, "hours"), state=REPORT),
        entra.policy(frequency(30, "days"), state=REPORT),
    ),
}


def from_file(monitor: Monitor, record: entra.Json) -> Outcome:
    return monitor.ingest(SourceBatch(TEST, (Message(entra.body(record)),)))


def from_hub(monitor: Monitor, record: entra.Json) -> Outcome:
    """The record in one envelope with noise, as the second event of a batch."""
    noise = entra.record("Update device", entra.at(), target={"type": "Device"})
    bodies = (entra.body(noise), entra.body(noise, record, noise))
    messages = (
        Message(body, sequence=number, enqueued=entra.at(1)) for number, body in enumerate(bodies)
    )
    return monitor.ingest(SourceBatch(HUB, tuple(messages)))


Way = Callable[[Monitor, entra.Json], Outcome]


def alarms(data: Path, way: Way, change: Edit) -> Iterator[str]:
    """The rules that find something above info."""
    with opened(data) as monitor:
        outcome = way(monitor, entra.ca_change(*change, entra.at()))
        assert (outcome.relevant, outcome.quarantined) == (1, 0)
        for leaf in leaves(outcome, "finding"):
            if Severity(str(leaf["severity"])) is not Severity.INFO:
                assert leaf["witness"]
                yield str(leaf["rule"])


ways = pytest.mark.parametrize("way", [from_file, from_hub])


def test_the_tables_are_as_long_as_they_should_be() -> None:
    assert len(WEAKENING) >= 45
    assert len(HARMLESS) >= 30


@ways
@pytest.mark.parametrize("change", WEAKENING.values(), ids=WEAKENING)
def test_a_weakening_is_named(tmp_path: Path, way: Way, change: Edit) -> None:
    assert list(alarms(tmp_path, way, change))


@ways
@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_edit_alarms_nobody(tmp_path: Path, way: Way, change: Edit) -> None:
    assert list(alarms(tmp_path, way, change)) == []
