"""Audit records on the wire: Entra's Event Hub shapes, with ids and times drawn from a fixed seed.

The shapes are Microsoft's (diagnostic setting AuditLogs): the one of 2026, and two older ones that
slow services still write. Everything is a function of labels, so that the same text gives the same
bytes on every machine.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from random import Random
from typing import Any, TypeVar
from uuid import UUID

SEED = "lakeside-memorial-2026-09-15"
TENANT = "6b1f0c52-3d84-4e0a-9a57-1c2e8d9f4a10"
"""Invented, as everything here."""
FIRST_MOMENT = datetime(2026, 9, 15, 5, 30, tzinfo=UTC)
LAST_MOMENT = datetime(2026, 9, 16, 6, 0, tzinfo=UTC)
USUAL_LAG = timedelta(seconds=120)
"""From the act to the hand-over to Event Hub; Entra takes minutes."""

Object = dict[str, Any]
T = TypeVar("T")


def digest(label: str) -> bytes:
    """Return 32 bytes that depend on the seed and the label alone."""
    return sha256(f"{SEED}/{label}".encode()).digest()


def guid(label: str) -> str:
    """Return the invented object id of that label."""
    return str(UUID(bytes=digest(label)[:16], version=4))


class Dice:
    """Draws that repeat: only `random()`, whose sequence Python promises to keep for a seed."""

    def __init__(self, label: str) -> None:
        self._random = Random(int.from_bytes(digest(label)[:8]))

    def share(self) -> float:
        """Return a number from 0 up to 1."""
        return self._random.random()

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to `limit`."""
        return int(self._random.random() * limit)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices))]

    def few(self, choices: Sequence[T], count: int) -> list[T]:
        """Return `count` different choices."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(count)]


def moment(clock: str, day: int = 15) -> datetime:
    """Return that time (`HH:MM:SS`, UTC) of September 2026, with a fraction that looks measured."""
    hour, minute, second = (int(part) for part in clock.split(":"))
    fraction = int.from_bytes(digest(f"fraction/{day}/{clock}")[:4]) % 1_000_000
    return datetime(2026, 9, day, hour, minute, second, fraction, tzinfo=UTC)


def stamp(at: datetime, zone: str = "Z") -> str:
    """Write a time with Entra's seven fractional digits."""
    seventh = (at.microsecond * 7 + at.second) % 10
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}{seventh}{zone}"


def compact(value: object) -> str:
    """Write JSON as Entra does inside its strings: no spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Shape(Enum):
    """Which generation of the envelope a service writes."""

    OF_2022 = "G2"
    OF_2025 = "G3"
    OF_2026 = "G4"


ID_PREFIX = {
    "Conditional Access": "IPCGraph",
    "Self-service Password Management": "SSPR",
    "PIM": "PIM",
    "Invited Users": "Invited Users",
    "Authentication Methods": "Authentication Methods",
    "Device Registration Service": "Device Registration Service",
}
"""Before the correlation id in `properties.id`; every other service writes `Directory`."""


@dataclass(frozen=True, slots=True)
class Initiator:
    """Who acted: a person, an app, or (2026) a person through an app. `ip` may be unknown."""

    user_id: str | None = None
    upn: str | None = None
    ip: str | None = None
    app: str | None = None
    app_id: str | None = None
    principal: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One directory audit record to be written; `label` is unique and gives it its id.

    `time_text` stands in the place of every time where it is given: that is how a record breaks.
    """

    label: str
    at: datetime
    activity: str
    by: Initiator
    targets: tuple[Object, ...]
    service: str = "Core Directory"
    category: str = "UserManagement"
    operation: str = "Update"
    details: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    succeeded: bool = True
    correlation: str = ""
    shape: Shape = Shape.OF_2026
    lag: timedelta = USUAL_LAG
    agent: str | None = None
    time_text: str | None = None

    @property
    def arrives(self) -> datetime:
        """When Entra hands the record to Event Hub."""
        return self.at + self.lag

    @property
    def joint(self) -> str:
        """The correlation id, shared by the records of one act where the act says so."""
        return self.correlation or guid(f"correlation/{self.label}")

    @property
    def id(self) -> str:
        """`properties.id`: service prefix, correlation id, five characters, a number."""
        noise = digest(f"id/{self.label}")
        letters = "".join("ABCDEFGHJKLMNPQRSTUVWXYZ123456789"[byte % 33] for byte in noise[:5])
        number = 100_000_000 + int.from_bytes(noise[5:9]) % 800_000_000
        return f"{ID_PREFIX.get(self.service, 'Directory')}_{self.joint}_{letters}_{number}"

    def body(self) -> bytes:
        """Return the record's bytes, the same wherever it is repeated."""
        return compact(_envelope(self)).encode()


def _envelope(record: AuditRecord) -> Object:
    envelope: Object = {
        "time": record.time_text or stamp(record.at),
        "resourceId": f"/tenants/{TENANT}/providers/Microsoft.aadiam",
        "operationName": record.activity,
        "operationVersion": "1.0",
        "category": "AuditLogs",
        "tenantId": TENANT,
        "resultSignature": "None",
    }
    if record.reason:
        envelope["resultDescription"] = record.reason
    envelope["durationMs"] = 0
    if record.by.ip is not None:
        envelope["callerIpAddress"] = record.by.ip
    envelope["correlationId"] = record.joint
    if record.by.name or not record.by.user_id:
        envelope["identity"] = record.by.name or record.by.app
    recent = record.shape is Shape.OF_2026
    envelope |= {"level": "Informational"} if recent else {"Level": 4}
    return envelope | {"properties": _properties(record)}


def _properties(record: AuditRecord) -> Object:
    recent = record.shape is Shape.OF_2026
    when = record.time_text or stamp(record.at, "Z" if recent else "+00:00")
    return _extras_of_2025(record) | {
        "id": record.id,
        "category": record.category,
        "correlationId": record.joint,
        "result": "success" if record.succeeded else "failure",
        "resultReason": record.reason or ("" if recent else None),
        "activityDisplayName": record.activity,
        "activityDateTime": when,
        "loggedByService": record.service,
        "operationType": record.operation,
        "userAgent": record.agent if recent else None,
        "initiatedBy": _initiated_by(record.by, record.shape),
        "targetResources": [_target(target, record.shape) for target in record.targets],
        "additionalDetails": [{"key": key, "value": value} for key, value in record.details],
    }


def _extras_of_2025(record: AuditRecord) -> Object:
    if record.shape is not Shape.OF_2025:
        return {}
    return {
        "tenantId": TENANT,
        "resultType": "",
        "resultDescription": "",
        "operationName": record.activity,
        "identity": record.by.name or record.by.app or "",
        "tenantGeo": "NA",
        "performedBy": None,
    }


def _initiated_by(by: Initiator, shape: Shape) -> Object:
    recent = shape is Shape.OF_2026
    user: Object | None = None
    if by.user_id or by.upn or not by.app:
        user = {"id": by.user_id, "displayName": by.name, "userPrincipalName": by.upn}
        user["ipAddress"] = by.ip if by.ip is not None or recent else ""
        user |= {"userType": "Member", "agentType": "notAgentic"} if recent else {}
        user["roles"] = []
    app: Object | None = None
    if by.app:
        app = {"appId": by.app_id, "displayName": by.app, "servicePrincipalId": by.principal}
        app["servicePrincipalName"] = None
        app |= {"agentType": "notAgentic", "blueprintId": None} if recent else {}
    if recent:
        return {"user": user, "app": app}
    return {"user": user} if user else {"app": app}


def _target(target: Object, shape: Shape) -> Object:
    written = target | {"administrativeUnits": []}
    return written | {"agentType": "notAgentic"} if shape is Shape.OF_2026 else written


def changed(name: str, old: object, new: object) -> Object:
    """Return a modified property; values are JSON text one level down, None is no value."""
    return {
        "displayName": name,
        "oldValue": None if old is None else compact(old),
        "newValue": None if new is None else compact(new),
    }


def included(*names: str) -> Object:
    """Return the property that lists the others: a comma list in a quoted string."""
    return changed("Included Updated Properties", None, ", ".join(names))


def target(kind: str, identity: str | None, name: str | None, *modified: Object) -> Object:
    """Return a target resource of that type."""
    return {
        "id": identity,
        "displayName": name,
        "type": kind,
        "modifiedProperties": list(modified),
    }
