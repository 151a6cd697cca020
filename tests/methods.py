"""The authentication methods policy for tests: the whole of it, and records of it in every form.

Invented values; the shape is Graph's. No real record of a change was found, so each rule is shown
the change in all the forms the program reads.
"""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonpatch

from monitor.wiring import open_monitor
from tests import entra
from tests.corridor import batch, findings

Json = entra.Json
PROVIDER = "bbbbbbbb-0000-4000-8000-0000000000a1"
APP_ID = "bbbbbbbb-0000-4000-8000-0000000000a2"
CLIENT_ID = "bbbbbbbb-0000-4000-8000-0000000000a3"
DISCOVERY = "https://eam.duo.example/.well-known/openid-configuration"
ROGUE = "https://eam-duo.attacker.example/.well-known/openid-configuration"
PILOT = "bbbbbbbb-0000-4000-8000-0000000000b1"
OTHERS = "bbbbbbbb-0000-4000-8000-0000000000b2"
ACTIVITY = "Authentication Methods Policy Update"

APPROVED = f"""
[[providers]]
app_id = "{APP_ID}"
client_id = "{CLIENT_ID}"
discovery_host = "eam.duo.example"
"""


def targets(*groups: str) -> list[Json]:
    return [{"targetType": "group", "id": one, "isRegistrationRequired": False} for one in groups]


def method(identity: str, state: str = "enabled", *groups: str, **more: Any) -> Json:
    """One method of the policy, for all users unless groups are given."""
    kind = identity[0].lower() + identity[1:]
    return {
        "@odata.type": f"#microsoft.graph.{kind}AuthenticationMethodConfiguration",
        "id": identity,
        "state": state,
        "includeTargets": targets(*(groups or ("all_users",))),
        "excludeTargets": [],
        **more,
    }


def provider(state: str = "enabled", **more: Any) -> Json:
    """An External MFA provider for the pilot group."""
    base = method("external", state, PILOT)
    setting = {"clientId": CLIENT_ID, "discoveryUrl": DISCOVERY}
    return {**base, "id": PROVIDER, "displayName": "Duo", "appId": APP_ID} | {
        "openIdConnectSetting": setting,
        **more,
    }


def feature(state: str, excluded: str = "00000000-0000-0000-0000-000000000000") -> Json:
    return {
        "state": state,
        "includeTarget": {"targetType": "group", "id": "all_users"},
        "excludeTarget": {"targetType": "group", "id": excluded},
    }


def policy(*patch: Json) -> Json:
    """The policy, with a JSON patch over it; methods stand in it by their ids (`/methods/Sms/...`).

    `whole` writes it as Graph does.
    """
    methods = [
        method("Fido2", isAttestationEnforced=True, isSelfServiceRegistrationAllowed=True)
        | {"keyRestrictions": {"isEnforced": True, "enforcementType": "allow", "aaGuids": ["k1"]}},
        method("MicrosoftAuthenticator", isSoftwareOathEnabled=False)
        | {"featureSettings": {"numberMatchingRequiredState": feature("enabled")}},
        method("Sms", "disabled"),
        method("Voice", "enabled", PILOT),
        method(
            "TemporaryAccessPass",
            isUsableOnce=True,
            defaultLength=8,
            defaultLifetimeInMinutes=60,
            maximumLifetimeInMinutes=480,
        ),
        method("Email", "disabled", allowExternalIdToUseEmailOtp="disabled"),
        method("SoftwareOath", "disabled"),
        method(
            "X509Certificate",
            authenticationModeConfiguration={
                "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
                "x509CertificateDefaultRequiredAffinityLevel": "high",
                "rules": [],
            },
            crlValidationConfiguration={"state": "enabled"},
        ),
        provider(),
    ]
    campaign = {
        "state": "enabled",
        "snoozeDurationInDays": 1,
        "includeTargets": targets("all_users"),
        "excludeTargets": [],
    }
    base: Json = {
        "displayName": "Authentication Methods Policy",
        "description": "The tenant-wide policy",
        "policyVersion": "1.5",
        "policyMigrationState": "migrationComplete",
        "registrationEnforcement": {"authenticationMethodsRegistrationCampaign": campaign},
        "systemCredentialPreferences": {"state": "enabled", "excludeTargets": []},
        "reportSuspiciousActivitySettings": {"state": "enabled"},
        "methods": {one["id"]: one for one in methods},
    }
    operations: Any = list(patch)
    patched: Json = jsonpatch.apply_patch(copy.deepcopy(base), operations)
    return patched


BASE = policy()
CAMPAIGN = "/registrationEnforcement/authenticationMethodsRegistrationCampaign"


def edit(path: str, value: Any) -> Json:
    return {"op": "add", "path": path, "value": value}


def whole(shown: Json) -> Json:
    """The policy as Graph writes it."""
    rest = {name: value for name, value in shown.items() if name != "methods"}
    return rest | {"authenticationMethodConfigurations": list(shown["methods"].values())}


def _record(when: Any, properties: list[tuple[str, Any, Any]], **more: Any) -> Json:
    target = {"id": "authenticationMethodsPolicy", "displayName": None, "type": "Policy"}
    return entra.record(
        ACTIVITY,
        when,
        target=more.pop("target", target),
        properties=properties,
        service="Authentication Methods",
        category="ApplicationManagement",
        **more,
    )


def as_whole(old: Json, new: Json, when: Any, **more: Any) -> Json:
    """The form until April 2026: everything, old and new."""
    return _record(when, [("AuthenticationMethodsPolicy", whole(old), whole(new))], **more)


def as_numbers(old: Json, new: Json, when: Any, **more: Any) -> Json:
    """The same with enum members as numbers."""
    sides = [copy.deepcopy(whole(side)) for side in (old, new)]
    for side in sides:
        for one in side["authenticationMethodConfigurations"]:
            one["state"] = {"enabled": 0, "disabled": 1}[one["state"]]
        for one in _advanced(side):
            if "state" in one:
                one["state"] = {"default": 0, "enabled": 1, "disabled": 2}[one["state"]]
    return _record(when, [("AuthenticationMethodsPolicy", sides[0], sides[1])], **more)


def _advanced(side: Json) -> Iterator[Json]:
    for name, value in side.items():
        inner = [value] if isinstance(value, dict) else []
        if name == "authenticationMethodConfigurations":
            inner = [item for one in value for item in one.values() if isinstance(item, dict)]
        for item in inner:
            yield item
            yield from _advanced(item)


def as_part(old: Json, new: Json, when: Any, **more: Any) -> Json:
    """One property, and of the policy nothing but what changed (the sample day's form)."""
    sides: tuple[Json, Json] = ({}, {})
    for side, shown, other in ((sides[0], old, new), (sides[1], new, old)):
        for name, value in whole(shown).items():
            if name != "authenticationMethodConfigurations" and value != other.get(name):
                side[name] = value
        side["authenticationMethodConfigurations"] = [
            one for key, one in shown["methods"].items() if one != other["methods"].get(key)
        ]
    return _record(when, [("AuthenticationMethodsPolicy", sides[0], sides[1])], **more)


def as_members(old: Json, new: Json, when: Any, **more: Any) -> Json:
    """One property for each member of the policy that changed; methods whole, by their ids."""
    rows: list[tuple[str, Any, Any]] = []
    for key in dict.fromkeys((*old["methods"], *new["methods"])):
        before, after = old["methods"].get(key), new["methods"].get(key)
        if before != after:
            rows.append((f"AuthenticationMethodConfigurations[{key}]", before, after))
    names = (name for name in old if name != "methods" and old[name] != new[name])
    rows += [(name[0].upper() + name[1:], old[name], new[name]) for name in names]
    return _record(when, rows, **more)


def as_paths(old: Json, new: Json, when: Any, **more: Any) -> Json:
    """One property for each changed value, named by its path."""
    rows: list[tuple[str, Any, Any]] = []
    for key in dict.fromkeys((*old["methods"], *new["methods"])):
        before, after = old["methods"].get(key), new["methods"].get(key)
        if before is None or after is None:
            rows.append((f"authenticationMethodConfigurations('{key}')", before, after))
        else:
            rows += _paths(f"authenticationMethodConfigurations('{key}')", before, after)
    for name in old:
        if name != "methods":
            rows += _paths(name, old[name], new[name])
    return _record(when, rows, **more)


def _paths(path: str, old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    if old == new:
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        names = dict.fromkeys((*old, *new))
        return [row for one in names for row in _paths(f"{path}/{one}", old.get(one), new.get(one))]
    return [(path, old, new)]


Form = Callable[..., Json]
FORMS: tuple[Form, ...] = (as_whole, as_numbers, as_part, as_members, as_paths)


def judged(data: Path, *records: Json, config: str = "") -> dict[str, Any]:
    """The findings of one message in a fresh deployment, by rule id; the leaves are JSON."""
    settings = data / "monitor.toml"
    settings.write_text(config, encoding="utf-8")
    with open_monitor(data / "data", settings, replay=True) as monitor:
        return findings(monitor.ingest(batch(entra.body(*records))))


def known(data: Path, form: Form, *patch: Json, config: str = "") -> dict[str, Any]:
    """As `told`, to a policy that was known whole before."""
    first = as_whole(BASE, BASE, entra.at())
    return judged(data, first, form(BASE, policy(*patch), entra.at(1)), config=config)


def told(
    data: Path, form: Form, *patch: Json, config: str = "", before: Json = BASE
) -> dict[str, Any]:
    """The findings of the change that a patch makes to the policy, shown in that form."""
    operations: Any = list(patch)
    after: Json = jsonpatch.apply_patch(copy.deepcopy(before), operations)
    return judged(data, form(before, after, entra.at()), config=config)
