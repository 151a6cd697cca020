"""The hospital's Conditional Access policies, and the two records that each change of one writes.

Documents stand in the key order of the audit stream; absent members are left out, guest kinds are
a bit mask. The Core Directory twin says the same in another language, 0.4 s earlier.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from samples.cast import ANALYZERS, CLINICAL, EMERGENCY, PILOT
from samples.records import AuditRecord, Initiator, Object, changed, compact, guid, included, stamp
from samples.records import target as resource

TWIN_LEAD = timedelta(milliseconds=415)
WRITE_LEAD = timedelta(milliseconds=1210)
"""How long before its records a policy was written (seen: 0.8 s and 1.2 s)."""
PRIVILEGED_ROLES = (
    "62e90394-69f5-4237-9190-012177145e10",
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
)
"""Global, Privileged Role, Conditional Access and Security Administrator (template ids)."""
AZURE_MANAGEMENT = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
ALL_GUEST_KINDS = 63

ALL_USERS = guid("policy/all-users")
LEGACY_CLIENTS = guid("policy/legacy-clients")
DEVICE = guid("policy/device")
OLD_DUO = guid("policy/old-duo")
ADMINS = guid("policy/admins")
ADMIN_PORTALS = guid("policy/admin-portals")
AZURE = guid("policy/azure")
NEW_DUO = guid("policy/new-duo")


class Delivery(Enum):
    """How the two records of a change reach Event Hub (lags in seconds: twin, policy record)."""

    TOGETHER = (120, 120)
    POLICY_FIRST = (122, 120)
    TWIN_EARLIER = (120, 420)
    TWIN_LATER = (420, 120)


def _users(included_users: Sequence[str] = (), **members: Sequence[str]) -> Object:
    document: Object = {
        "includeUsers": list(included_users),
        "excludeUsers": [account.id for account in EMERGENCY],
    }
    for name in ("includeGroups", "excludeGroups", "includeRoles", "excludeRoles"):
        document[name] = list(members.get(name, ()))
    return document


def _demand(*controls: str, custom: Sequence[str] = ()) -> Object:
    return {
        "operator": "OR",
        "builtInControls": list(controls),
        "customAuthenticationFactors": list(custom),
        "termsOfUse": [],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What tells one policy of the hospital from another."""

    id: str
    name: str
    created: str
    users: Object
    grant: Object
    apps: Sequence[str] = ("All",)
    clients: Sequence[str] = ("all",)
    state: str = "enabled"
    modified: str | None = None
    platforms: Sequence[str] = ()
    session: Object | None = None

    def document(self) -> Object:
        """Return the whole policy as the audit stream writes it."""
        conditions: Object = {
            "applications": {
                "includeApplications": list(self.apps),
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [],
                "applicationFilter": None,
            },
            "users": deepcopy(self.users),
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "clientAppTypes": list(self.clients),
        }
        if self.platforms:
            conditions["platforms"] = {
                "includePlatforms": list(self.platforms),
                "excludePlatforms": [],
            }
        conditions["servicePrincipalRiskLevels"] = []
        written: Object = {"id": self.id, "displayName": self.name, "createdDateTime": self.created}
        if self.modified:
            written["modifiedDateTime"] = self.modified
        written |= {"state": self.state, "conditions": conditions, "grantControls": self.grant}
        return written | ({"sessionControls": self.session} if self.session else {})


TWELVE_HOURS: Object = {
    "signInFrequency": {
        "value": 12,
        "type": "hours",
        "authenticationType": "primaryAndSecondaryAuthentication",
        "frequencyInterval": "timeBased",
        "isEnabled": True,
    }
}

PILOT_POLICY = Draft(
    id=NEW_DUO,
    name="CA050 - Require MFA - Duo External MFA pilot",
    created="",
    users=_users(includeGroups=[PILOT.id]),
    grant=_demand("mfa"),
    state="enabledForReportingButNotEnforced",
)


def _guests_left_out(users: Object) -> Object:
    kinds = {"guestOrExternalUserTypes": ALL_GUEST_KINDS, "externalTenants": {}}
    return users | {"excludeGuestsOrExternalUsers": kinds}


def in_force_at_midnight() -> tuple[Draft, ...]:
    """Return the policies as they stand before the day begins."""
    return (*_about_everyone(), *_about_some())


def _about_everyone() -> tuple[Draft, ...]:
    everyone = _users(["All"])
    return (
        Draft(
            id=ALL_USERS,
            name="CA001 - Require MFA - all users",
            created="2023-02-06T14:20:11.8101127+00:00",
            modified="2026-06-02T19:03:44.2091833+00:00",
            users=_users(["All"], excludeGroups=[CLINICAL.id, ANALYZERS.id]),
            grant=_demand("mfa"),
        ),
        Draft(
            id=LEGACY_CLIENTS,
            name="CA002 - Block legacy authentication",
            created="2023-02-06T14:31:52.4417730+00:00",
            modified="2025-11-18T15:47:09.1184020+00:00",
            users=everyone,
            grant=_demand("block"),
            clients=("exchangeActiveSync", "other"),
        ),
        Draft(
            id=DEVICE,
            name="CA003 - Require managed device - Windows",
            created="2024-03-12T16:02:30.0925514+00:00",
            modified="2026-02-24T17:30:15.5520196+00:00",
            users=_guests_left_out(everyone),
            grant=_demand("compliantDevice", "domainJoinedDevice"),
            apps=("Office365",),
            platforms=("windows",),
        ),
        Draft(
            id=AZURE,
            name="CA040 - Require MFA - Azure management (report-only)",
            created="2026-08-25T15:09:13.2296645+00:00",
            modified="2026-08-31T15:40:01.8800412+00:00",
            users=everyone,
            grant=_demand("mfa"),
            apps=(AZURE_MANAGEMENT,),
            state="enabledForReportingButNotEnforced",
        ),
    )


def _about_some() -> tuple[Draft, ...]:
    return (
        Draft(
            id=OLD_DUO,
            name="CA010 - Require Duo MFA (legacy custom control)",
            created="2022-08-23T13:11:05.3390048+00:00",
            modified="2024-10-01T12:00:58.7712260+00:00",
            users=_users(includeGroups=[CLINICAL.id]),
            grant=_demand(custom=["RequireDuoMfa"]),
        ),
        Draft(
            id=ADMINS,
            name="CA020 - Require MFA - administrators",
            created="2023-02-06T14:25:40.6610083+00:00",
            modified="2026-01-14T21:16:27.9088311+00:00",
            users=_users(includeRoles=PRIVILEGED_ROLES),
            grant=_demand("mfa"),
            session=TWELVE_HOURS,
        ),
        Draft(
            id=ADMIN_PORTALS,
            name="CA021 - Require MFA - admin portals (2022)",
            created="2022-05-17T18:45:22.1047759+00:00",
            users=_users(includeRoles=PRIVILEGED_ROLES[:2]),
            grant=_demand("mfa"),
            apps=("MicrosoftAdminPortals",),
        ),
    )


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changes a policy, when, and how its records travel. `label` gives them their ids."""

    label: str
    at: datetime
    by: Initiator
    delivery: Delivery = Delivery.TOGETHER


class Shelf:
    """The policies as they stand while the day is told; each edit returns its two records."""

    def __init__(self) -> None:
        self._documents = {draft.id: draft.document() for draft in in_force_at_midnight()}

    def update(
        self, policy: str, edit: Edit, apply: Callable[[Object], object]
    ) -> tuple[AuditRecord, AuditRecord]:
        """Change a policy in place (`apply` edits the copy) and return (twin, policy record)."""
        old = self._documents[policy]
        body = {k: v for k, v in deepcopy(old).items() if k != "modifiedDateTime"}
        apply(body)
        head = {name: body.pop(name) for name in ("id", "displayName", "createdDateTime")}
        new = head | {"modifiedDateTime": stamp(edit.at - WRITE_LEAD, "+00:00")} | body
        self._documents[policy] = new
        return _records("Update", edit, old, new)

    def add(self, draft: Draft, edit: Edit) -> tuple[AuditRecord, AuditRecord]:
        """Create a policy and return (twin, policy record)."""
        new = draft.document() | {"createdDateTime": stamp(edit.at - WRITE_LEAD, "+00:00")}
        self._documents[draft.id] = new
        return _records("Add", edit, None, new)

    def delete(self, policy: str, edit: Edit) -> tuple[AuditRecord, AuditRecord]:
        """Delete a policy and return (twin, policy record)."""
        return _records("Delete", edit, self._documents.pop(policy), None)


def _records(
    verb: str, edit: Edit, old: Object | None, new: Object | None
) -> tuple[AuditRecord, AuditRecord]:
    shown = new or old or {}
    twin_lag, policy_lag = edit.delivery.value
    document = changed("ConditionalAccessPolicy", old, new)
    policy = AuditRecord(
        label=f"{edit.label}/policy",
        at=edit.at,
        activity=f"{verb} conditional access policy",
        service="Conditional Access",
        category="Policy",
        operation=verb,
        by=edit.by,
        targets=(resource("Policy", shown["id"], shown["displayName"], document),),
        details=(("Category", "Conditional Access"),),
        lag=timedelta(seconds=policy_lag),
    )
    twin = AuditRecord(
        label=f"{edit.label}/twin",
        at=edit.at - TWIN_LEAD,
        activity=f"{verb} policy",
        category="Policy",
        operation=verb,
        by=edit.by,
        targets=(resource("Policy", shown["id"], shown["displayName"], *_details(old, new)),),
        details=(("User-Agent", "Microsoft Azure Graph Client Library 1.0"),),
        lag=timedelta(seconds=twin_lag),
    )
    return twin, policy


def _details(old: Object | None, new: Object | None) -> tuple[Object, ...]:
    if new is None:
        return ()  # a deletion shows no detail
    before = [compact(policy_detail(old))] if old else []
    return (
        changed("PolicyDetail", before, [compact(policy_detail(new))]),
        included("PolicyDetail"),
    )


STATES = {
    "enabled": "Enabled",
    "disabled": "Disabled",
    "enabledForReportingButNotEnforced": "Reporting",
}
CONTROLS = {
    "mfa": "Mfa",
    "block": "Block",
    "compliantDevice": "RequireCompliantDevice",
    "domainJoinedDevice": "RequireDomainJoinedDevice",
}
CLIENTS = {"exchangeActiveSync": "EasSupported", "other": "OtherLegacy"}


def policy_detail(document: Object) -> Object:
    """Return the policy in Core Directory's words (`PolicyDetail`)."""
    detail: Object = {"Version": 1, "CreatedDateTime": _zulu(document["createdDateTime"])}
    if "modifiedDateTime" in document:
        detail["ModifiedDateTime"] = _zulu(document["modifiedDateTime"])
    detail["State"] = STATES[document["state"]]
    detail["Conditions"] = _detail_conditions(document["conditions"])
    grant = document["grantControls"]
    named = [CONTROLS[control] for control in grant["builtInControls"]]
    detail["Controls"] = [{"Control": named + grant["customAuthenticationFactors"]}]
    if "sessionControls" in document:
        hours = document["sessionControls"]["signInFrequency"]["value"]
        detail["SessionControls"] = ["SignInFrequency"]
        detail["SignInFrequencyTimeSpan"] = f"0.{hours:02d}:00:00"
        detail["SignInFrequencyType"] = 10
    return detail | {
        "EnforceAllPoliciesForEas": True,
        "IncludeOtherLegacyClientTypeForEvaluation": True,
    }


def _zulu(time: str) -> str:
    return time.removesuffix("+00:00") + "Z"


def _detail_conditions(conditions: Object) -> Object:
    users = conditions["users"]
    sides = {side.capitalize(): _detail_users(users, side) for side in ("include", "exclude")}
    apps = conditions["applications"]["includeApplications"]
    written: Object = {
        "Applications": {"Include": [{"Applications": apps}]},
        "Users": {side: entries for side, entries in sides.items() if entries},
    }
    clients = [CLIENTS[name] for name in conditions["clientAppTypes"] if name in CLIENTS]
    if clients:
        written["ClientTypes"] = {"Include": [{"ClientTypes": clients}]}
    if "platforms" in conditions:
        names = [name.capitalize() for name in conditions["platforms"]["includePlatforms"]]
        written["DevicePlatforms"] = {"Include": [{"DevicePlatforms": names}]}
    return written


def _detail_users(users: Object, side: str) -> list[Object]:
    kinds = ("Users", "Groups", "Roles")
    return [{kind: users[f"{side}{kind}"]} for kind in kinds if users[f"{side}{kind}"]]
