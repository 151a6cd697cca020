"""Tenant verbs in, Event Hub records out: what Entra writes when somebody does something.

Invented values only (RFC 2606 names, RFC 5737 addresses). Shapes are those of 2026.
"""

import copy
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonpatch

TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
ADMIN = "aaaaaaaa-0000-4000-8000-00000000000a"
POLICY = "aaaaaaaa-0000-4000-8000-0000000000c1"
GROUP = "aaaaaaaa-0000-4000-8000-0000000000d1"
USER = "aaaaaaaa-0000-4000-8000-0000000000e1"
START = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)

_serial = itertools.count(1)

Json = dict[str, Any]


def at(minutes: float = 0) -> datetime:
    return START + timedelta(minutes=minutes)


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def policy(*patch: Json, **top: Any) -> Json:
    """The base policy - MFA for all users and all resources - with a JSON patch over it."""
    base: Json = {
        "id": POLICY,
        "displayName": "Require MFA for everyone",
        "createdDateTime": "2025-01-10T09:00:00.0000000+00:00",
        "modifiedDateTime": text(at(-600)),
        "state": "enabled",
        "conditions": {
            "applications": {
                "includeApplications": ["All"],
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [],
                "applicationFilter": None,
            },
            "users": {
                "includeUsers": ["All"],
                "excludeUsers": [],
                "includeGroups": [],
                "excludeGroups": [],
                "includeRoles": [],
                "excludeRoles": [],
            },
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "clientAppTypes": ["all"],
            "servicePrincipalRiskLevels": [],
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": ["mfa"],
            "customAuthenticationFactors": [],
            "termsOfUse": [],
        },
    }
    base.update(top)
    operations: Any = list(patch)  # the stubs know each operation by its own type
    patched: Json = jsonpatch.apply_patch(copy.deepcopy(base), operations)
    return patched


def excluding(group: str = GROUP) -> Json:
    """The patch that excludes a group."""
    return {"op": "add", "path": "/conditions/users/excludeGroups/-", "value": group}


def record(
    activity: str,
    when: datetime,
    *,
    target: Json | None = None,
    properties: list[tuple[str, Any, Any]] | None = None,
    service: str = "Core Directory",
    category: str = "Policy",
    result: str = "success",
    reason: str = "",
    details: Mapping[str, str] | None = None,
    identity: str | None = None,
    operation: str = "Update",
) -> Json:
    """One Event Hub record; property values are given as JSON values (None stays null)."""
    modified = [
        {
            "displayName": name,
            "oldValue": None if old is None else json.dumps(old),
            "newValue": None if new is None else json.dumps(new),
        }
        for name, old, new in properties or []
    ]
    shown = {"id": POLICY, "displayName": "Require MFA for everyone", "type": "Policy"}
    correlation = f"cccccccc-0000-4000-8000-{next(_serial):012d}"
    return {
        "time": text(when),
        "resourceId": f"/tenants/{TENANT}/providers/Microsoft.aadiam",
        "operationName": activity,
        "operationVersion": "1.0",
        "category": "AuditLogs",
        "tenantId": TENANT,
        "resultSignature": "None",
        "durationMs": 0,
        "callerIpAddress": "192.0.2.10",
        "correlationId": correlation,
        "level": "Informational",
        "properties": {
            "id": identity or f"Directory_{next(_serial)}",
            "category": category,
            "correlationId": correlation,
            "result": result,
            "resultReason": reason,
            "activityDisplayName": activity,
            "activityDateTime": text(when),
            "loggedByService": service,
            "operationType": operation,
            "userAgent": "Mozilla/5.0",
            "initiatedBy": {
                "user": {
                    "id": ADMIN,
                    "displayName": None,
                    "userPrincipalName": "kim.admin@hospital.example",
                    "ipAddress": "192.0.2.10",
                    "roles": [],
                },
                "app": {"appId": "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "displayName": "Portal"},
            },
            "targetResources": [
                {
                    **shown,
                    **(target or {}),
                    "modifiedProperties": modified,
                    "administrativeUnits": [],
                }
            ],
            "additionalDetails": [
                {"key": key, "value": value} for key, value in (details or {}).items()
            ],
        },
    }


def ca_change(old: Json | None, new: Json | None, when: datetime, **more: Any) -> Json:
    """The Conditional Access record of a change; the new document gets its modification time."""
    if new is not None:
        new = {**new, "modifiedDateTime": text(when - timedelta(seconds=1))}
    verb = "Add" if old is None else "Delete" if new is None else "Update"
    shown = new or old or {}
    return record(
        f"{verb} conditional access policy",
        when,
        target={"id": shown.get("id"), "displayName": shown.get("displayName")},
        properties=[("ConditionalAccessPolicy", old, new)],
        service="Conditional Access",
        details={"Category": "Conditional Access"},
        operation=verb,
        **more,
    )


def saved(body: Json, when: datetime) -> Json:
    """The document as `ca_change` at that time writes it."""
    return {**body, "modifiedDateTime": text(when - timedelta(seconds=1))}


def twin(identity: str, when: datetime, verb: str = "Update", **more: Any) -> Json:
    """The Core Directory record of the change made at that time."""
    detail = {
        "Version": 1,
        "CreatedDateTime": "2025-01-10T09:00:00.0000000Z",
        "ModifiedDateTime": text(when - timedelta(seconds=1)),
        "State": "Enabled",
        "Conditions": {"Users": {"Include": [{"Users": ["All"]}]}},
    }
    listed = [json.dumps(detail)]
    return record(
        f"{verb} policy",
        when - timedelta(milliseconds=400),
        target={"id": identity},
        properties=[] if verb == "Delete" else [("PolicyDetail", listed, listed)],
        operation=verb,
        **more,
    )


def add_user(
    when: datetime, user: str = USER, *, enabled: bool = True, kind: str = "Member"
) -> Json:
    """An account is created."""
    upn = f"user-{user[-4:]}@hospital.example"
    return record(
        "Add user",
        when,
        target={"id": user, "displayName": None, "type": "User", "userPrincipalName": upn},
        properties=[
            ("AccountEnabled", [], [enabled]),
            ("UserPrincipalName", [], [upn]),
            ("UserType", [], [kind]),
        ],
        category="UserManagement",
        operation="Add",
    )


def about_user(activity: str, when: datetime, user: str = USER, **more: Any) -> Json:
    """Any activity whose target is that account."""
    upn = f"user-{user[-4:]}@hospital.example"
    shown = {"id": user, "displayName": None, "type": "User", "userPrincipalName": upn}
    more.setdefault("category", "UserManagement")
    return record(activity, when, target=shown, **more)


def registered(when: datetime, user: str = USER, reason: str | None = None) -> Json:
    """A person registers a method; the method stands in the reason only."""
    said = reason or "User registered Authenticator App with Notification and Code"
    return about_user(
        "User registered security info", when, user, service="Authentication Methods", reason=said
    )


def body(*records: Json) -> bytes:
    """One Event Hub message body."""
    return json.dumps({"records": list(records)}).encode()
