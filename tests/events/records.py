"""Records of every generation, invented: RFC 2606 names, RFC 5737 and 3849 addresses."""

import json
from collections.abc import Mapping
from typing import Any

TENANT = "0b7e1f52-5d3c-4f0e-9a55-3f1a2b4c5d6e"
POLICY = "7d0c9a31-4c5b-4f57-8f0e-2f4f3a1b9c77"
MOMENT = "2026-03-01T09:15:30.1234567Z"

Json = dict[str, Any]

ROW: Json = {
    "TenantId": "ws-0000",
    "TimeGenerated": MOMENT,
    "ResourceId": f"/tenants/{TENANT}/providers/Microsoft.aadiam",
    "OperationName": "Update policy",
    "Category": "Policy",
    "CorrelationId": "c",
    "Level": "4",
    "AdditionalDetails": json.dumps([{"key": "k", "value": "v"}]),
    "Id": "Directory_1",
    "InitiatedBy": json.dumps({"user": {"id": "u"}}),
    "LoggedByService": "Core Directory",
    "Result": "success",
    "TargetResources": json.dumps([{"id": "t"}]),
    "AADTenantId": TENANT,
    "ActivityDisplayName": "Update policy",
    "ActivityDateTime": MOMENT,
    "AADOperationType": "Update",
    "Type": "AuditLogs",
}
UNIFIED: Json = {
    "CreationTime": "2023-01-30T21:11:30",
    "Id": "d06df1c6",
    "Operation": "Update user.",
    "OrganizationId": TENANT,
    "Workload": "AzureActiveDirectory",
}


def changed(name: str, old: object, new: object) -> Json:
    """One modified property; None stands for no value, the rest is JSON as text."""
    return {
        "displayName": name,
        "oldValue": None if old is None else json.dumps(old),
        "newValue": None if new is None else json.dumps(new),
    }


def properties(activity: str, *modified: Json, **other: object) -> Json:
    """The event itself, as the generation of 2026 writes it."""
    target = {
        "id": POLICY,
        "displayName": "Require MFA",
        "type": "Policy",
        "modifiedProperties": list(modified),
        "administrativeUnits": [],
        "agentType": None,
    }
    return {
        "id": "Directory_c0ffee_AAAAA_1001",
        "category": "Policy",
        "correlationId": "c0ffee00-0000-4000-8000-000000000001",
        "result": "success",
        "resultReason": "",
        "activityDisplayName": activity,
        "activityDateTime": MOMENT,
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "userAgent": "Example/1.0",
        "initiatedBy": {
            "user": {
                "id": "11111111-2222-4333-8444-555555555555",
                "displayName": "Ada Admin",
                "userPrincipalName": "ada@example.com",
                "ipAddress": "192.0.2.10",
                "roles": [],
                "userType": "Member",
                "agentType": "notAgentic",
            },
            "app": None,
        },
        "targetResources": [target],
        "additionalDetails": [],
        **other,
    }


def record(inner: Mapping[str, Any], **other: object) -> Json:
    """An Event Hub record around an event."""
    return {
        "time": MOMENT,
        "resourceId": f"/tenants/{TENANT}/providers/Microsoft.aadiam",
        "operationName": inner.get("activityDisplayName"),
        "operationVersion": "1.0",
        "category": "AuditLogs",
        "tenantId": TENANT,
        "resultSignature": "None",
        "durationMs": 0,
        "callerIpAddress": "192.0.2.10",
        "correlationId": inner.get("correlationId"),
        "level": "Informational",
        "properties": dict(inner),
        **other,
    }


def audit(activity: str, *modified: Json, **other: object) -> Json:
    """An Event Hub record of one activity; `other` replaces parts of `properties`."""
    return record(properties(activity, *modified, **other))


def update_user(*modified: Json, **other: object) -> Json:
    """An `Update user` record."""
    return audit("Update user", *modified, **other)


def included(*names: str) -> Json:
    """The `Included Updated Properties` entry."""
    return changed("Included Updated Properties", None, ", ".join(names))


def by_app(name: str) -> Json:
    """`initiatedBy` of an app alone."""
    app = {"appId": None, "displayName": name, "servicePrincipalId": "5" * 8}
    return {"user": None, "app": app}


def noise() -> Json:
    """A record of no concern."""
    return audit("Update device", changed("DeviceOSVersion", ["10"], ["11"]))


def policy_change(number: int = 1) -> Json:
    """A Conditional Access change with an id of its own."""
    document = {"id": POLICY, "displayName": "Require MFA", "state": "enabled"}
    disabled = {**document, "state": "disabled"}
    return audit(
        "Update conditional access policy",
        changed("ConditionalAccessPolicy", document, disabled),
        id=f"IPCGraph_{number}",
        loggedByService="Conditional Access",
    )


def dump(value: object) -> bytes:
    """JSON as Entra writes it: UTF-8, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False).encode()


def envelope(*records: Json) -> bytes:
    """The body of an Event Hub message."""
    return dump({"records": records})


BROKEN: dict[str, tuple[bytes, str]] = {
    "null": (b"null", "not-a-record"),
    "a number": (b"7", "not-a-record"),
    "an object": (b"{}", "unknown-shape"),
    "a wrong type": (
        dump({**policy_change(9), "operationName": 5, "properties": 5}),
        "unknown-shape",
    ),
    "a trailing comma": (b'{"operationName": "Add user",}', "not-json"),
    "a word of Python": (b'{"operationName": None}', "not-json"),
    "quotation marks inside": (b'{"identity": "Dr "Bob" Who"}', "not-json"),
    "half a surrogate pair": (b'{"identity": "\\ud83d"}', "not-json"),
    "not UTF-8": (dump(policy_change(9)).replace(b"Ada", b"A\xffa"), "not-utf8"),
    "nested too deeply": (b'{"a":' + b"[" * 9_000 + b"]" * 9_000 + b"}", "nested-too-deeply"),
    "no time": (dump(audit("Add user", activityDateTime="") | {"time": ""}), "bad-time"),
}
"""Records that cannot be read, as bytes, and the code of their quarantine."""
