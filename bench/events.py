"""How fast the reader is, as a ratio to a bare `orjson.loads` of the same bodies.

Correctness first: no figure is printed unless every record was found and placed where the
generator put it. Run: `python -m bench.events`.
"""

import gc
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from monitor.events.read import read_message

ROUNDS = 7
ENVELOPES = 400
RECORDS_PER_ENVELOPE = 22
TENANT = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
SYNC: dict[str, object] = {
    "app": {
        "appId": None,
        "displayName": "ConnectSyncProvisioning_EXAMPLE",
        "servicePrincipalId": "5" * 36,
        "servicePrincipalName": None,
    }
}
ADMIN: dict[str, object] = {
    "user": {
        "id": "a" * 36,
        "displayName": None,
        "userPrincipalName": "admin@example.com",
        "ipAddress": "192.0.2.7",
        "roles": [],
    }
}


@dataclass(frozen=True)
class Corpus:
    """Message bodies, and how many of their records are relevant."""

    name: str
    bodies: tuple[bytes, ...]
    records: int
    relevant: int


def _property(name: str, old: object, new: object) -> dict[str, object]:
    return {"displayName": name, "oldValue": json.dumps(old), "newValue": json.dumps(new)}


def _included(*names: str) -> dict[str, object]:
    return {
        "displayName": "Included Updated Properties",
        "oldValue": None,
        "newValue": json.dumps(", ".join(names)),
    }


def _user_changed(name: str) -> list[dict[str, object]]:
    client = _property("Action Client Name", None, "DirectorySync")
    kind = _property("TargetId.UserType", None, "Member")
    return [_property(name, ["before"], ["after"]), _included(name), client, kind]


def _noise(rng: random.Random) -> tuple[str, list[dict[str, object]]]:
    """An activity of an ordinary day, and what it changed; about half need a look inside."""
    phone = {"Id": "p", "DeviceName": "Phone of Zoë", "PhoneAppVersion": "6.1"}
    refreshed = {**phone, "LastAuthenticatedTimestamp": "2026-04-01T08:00:00Z"}
    use = _property("StrongAuthenticationPhoneAppDetail", [phone], [refreshed])
    day = {
        ("Update user", "synchronised"): _user_changed("LastDirSyncTime"),
        ("Update user", "edited"): _user_changed("Department"),
        ("Update user", "used"): [use, _included("StrongAuthenticationPhoneAppDetail")],
        ("Update device", ""): [_property(f"Device{n}", ["x"], ["y"]) for n in range(9)],
        ("Update service principal", ""): [
            _property("Tags", [], ["WindowsAzureActiveDirectoryIntegratedApp"]),
            _property("TargetId.ServicePrincipalNames", None, "api://x;https://app.example.com"),
            _included("Tags"),
        ],
        ("Change user license", ""): [],
    }
    (name, _), modified = rng.choices(list(day.items()), weights=(5, 2, 1, 4, 3, 1))[0]
    return name, modified


def _relevant(rng: random.Random) -> tuple[str, list[dict[str, object]]]:
    policy = {"id": "p", "state": "enabled", "conditions": {"users": {"includeUsers": ["All"]}}}
    return rng.choice(
        [
            ("Add user", [_property("AccountEnabled", [], [True])]),
            ("User registered security info", []),
            ("Add member to group", [_property("Group.ObjectID", None, "g" * 36)]),
            (
                "Update conditional access policy",
                [_property("ConditionalAccessPolicy", policy, {**policy, "state": "disabled"})],
            ),
        ]
    )


def _record(rng: random.Random, name: str, modified: list[dict[str, object]]) -> str:
    moment = f"2026-04-01T08:{rng.randrange(60):02}:{rng.randrange(60):02}.1234567Z"
    correlation = f"{rng.getrandbits(128):032x}"
    initiator = rng.choice([SYNC, ADMIN])
    outer = {
        "time": moment,
        "resourceId": f"/tenants/{TENANT}/providers/Microsoft.aadiam",
        "operationName": name,
        "operationVersion": "1.0",
        "category": "AuditLogs",
        "tenantId": TENANT,
        "resultSignature": "None",
        "durationMs": 0,
        "callerIpAddress": "192.0.2.7",
        "correlationId": correlation,
        "level": "Informational",
    }
    target = {"id": "u" * 36, "displayName": "Zoë Müller", "type": "User", "agentType": None}
    inner = {
        "tenantId": TENANT,
        "resultType": "",
        "resultDescription": "",
        "operationName": name,
        "identity": "",
        "tenantGeo": "EU",
        "id": f"Directory_{correlation}_{rng.randrange(10**8)}",
        "category": "UserManagement",
        "correlationId": correlation,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": name,
        "activityDateTime": moment,
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "userAgent": AGENT,
        "initiatedBy": {"user": None, "app": None, **initiator},
        "targetResources": [{**target, "modifiedProperties": modified, "administrativeUnits": []}],
        "additionalDetails": [
            {"key": "UserType", "value": "Member"},
            {"key": "User-Agent", "value": AGENT},
            {"key": "AppId", "value": "9" * 36},
            {"key": "DeviceOSType", "value": "Windows"},
        ],
    }
    # Entra writes the outside with spaces and `properties` without.
    compact = json.dumps(inner, ensure_ascii=False, separators=(",", ":"))
    return f'{json.dumps(outer)[:-1]}, "properties": {compact}}}'


def corpus(name: str, share_relevant: float) -> Corpus:
    """Generate bodies of one mix, the same each time."""
    rng = random.Random(20260401)
    relevant = 0
    bodies = []
    for _ in range(ENVELOPES):
        records = []
        for _ in range(RECORDS_PER_ENVELOPE):
            is_relevant = rng.random() < share_relevant
            relevant += is_relevant
            activity, modified = _relevant(rng) if is_relevant else _noise(rng)
            records.append(_record(rng, activity, modified))
        bodies.append(f'{{"records": [{", ".join(records)}]}}'.encode())
    return Corpus(name, tuple(bodies), ENVELOPES * RECORDS_PER_ENVELOPE, relevant)


def check(mix: Corpus) -> None:
    """Stop the run unless every record was read and sorted right."""
    readings = [read_message(body) for body in mix.bodies]
    assert sum(reading.seen for reading in readings) == mix.records
    assert sum(len(reading.events) for reading in readings) == mix.relevant
    assert not any(reading.quarantined for reading in readings)


def measure(mix: Corpus) -> list[float]:
    """Return, for each round, how many times faster the reader is than orjson alone."""
    return [
        _seconds(orjson.loads, mix.bodies) / _seconds(read_message, mix.bodies)
        for _ in range(ROUNDS)
    ]


def _seconds(read: Callable[[bytes], object], bodies: tuple[bytes, ...]) -> float:
    started = time.perf_counter()
    for body in bodies:
        read(body)
    return time.perf_counter() - started


def main() -> None:
    """Check and measure each mix."""
    for mix in (corpus("noise", 0.0), corpus("typical, 3 % relevant", 0.03), corpus("storm", 1.0)):
        check(mix)
        size = sum(map(len, mix.bodies)) / mix.records
        gc.collect()
        gc.disable()  # the faster baseline
        ratios = measure(mix)
        gc.enable()
        print(
            f"read_message / orjson.loads, {mix.name}, {size:.0f} bytes a record: "
            f"{statistics.median(ratios):.2f} [{min(ratios):.2f}..{max(ratios):.2f}]"
        )


if __name__ == "__main__":
    main()
