"""What the rest of the program knows of an Entra audit record, whatever envelope brought it.

Field names follow the Event Hub record and Graph's directoryAudit resource
(Microsoft Graph v1.0, `directoryAudit`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from pydantic import JsonValue

TenantId = NewType("TenantId", str)
RecordKey = NewType("RecordKey", str)
"""`<tenant>/<properties.id>`, or `sha256:<hex of the record's bytes>` where there is no id."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A modified property whose text is not JSON (`hidden`, Python's `None`, cut off)."""

    text: str


@dataclass(frozen=True, slots=True)
class ModifiedProperty:
    """One entry of `targetResources[].modifiedProperties[]`, its values decoded.

    `old` and `new` are None where the record gives null or no value; JSON text is decoded, JSON
    strings inside arrays (`PolicyDetail`) are decoded once more.
    """

    name: str
    old: JsonValue | Unreadable
    new: JsonValue | Unreadable


@dataclass(frozen=True, slots=True)
class TargetResource:
    """One entry of `targetResources[]`."""

    id: str | None
    name: str | None
    type: str | None
    upn: str | None
    group_type: str | None
    modified: tuple[ModifiedProperty, ...]

    def property(self, name: str) -> ModifiedProperty | None:
        """Return the modified property of that name (case ignored); order is never relied on."""
        wanted = name.casefold()
        return next((entry for entry in self.modified if entry.name.casefold() == wanted), None)


@dataclass(frozen=True, slots=True)
class Initiator:
    """`initiatedBy`: since 2026 a user and an app may both be set; then the user is the actor."""

    user_id: str | None = None
    upn: str | None = None
    display_name: str | None = None
    ip: str | None = None
    app_id: str | None = None
    app_name: str | None = None
    service_principal_id: str | None = None

    @property
    def label(self) -> str:
        """The actor in words: the person where there is one, else the app, else `unknown`."""
        person = self.upn or self.display_name or self.user_id
        return person or self.app_name or self.service_principal_id or self.app_id or "unknown"

    @property
    def id(self) -> str | None:
        """The object id of the actor: the person's where there is one."""
        return self.user_id or self.service_principal_id or self.app_id


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One directory audit record that matters, decoded.

    `succeeded` is false only for a record that says so; one that says neither is `result_unclear`,
    and judged as if it had happened.

    `activity` is normalised: trimmed, no trailing dot, case folded, en-dash as hyphen.
    `activity_name` is as written. `time` is activityDateTime in UTC. `body` is exactly the bytes of
    this record as received. `fragment` marks a chunk of a split record (additionalDetails id +
    seq): the change cannot be read from it.
    """

    key: RecordKey
    tenant: TenantId
    record_id: str | None
    activity: str
    activity_name: str
    time: datetime
    category: str
    service: str
    operation_type: str
    succeeded: bool
    reason: str | None
    correlation: str | None
    user_agent: str | None
    initiator: Initiator
    targets: tuple[TargetResource, ...]
    details: tuple[tuple[str, str], ...]
    fragment: bool
    body: bytes
    name_disagrees: bool = False
    result_unclear: bool = False

    def target(self, type_: str | None = None) -> TargetResource | None:
        """Return the first target of that type (case ignored), or the first of all."""
        if type_ is None:
            return self.targets[0] if self.targets else None
        wanted = type_.casefold()
        return next((t for t in self.targets if (t.type or "").casefold() == wanted), None)

    def detail(self, key: str) -> str | None:
        """Return the value of that additionalDetails key (case ignored), or None."""
        wanted = key.casefold()
        return next((value for name, value in self.details if name.casefold() == wanted), None)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Bytes that could not be read as an audit event, with the reason; never an exception.

    `code` is a short stable word (`not-json`, `unified-audit-log`, ...), `reason` a sentence.
    `position` is the byte offset of the fault inside `body` where known. `tenant` and `key` are
    there where they could be read.
    """

    code: str
    reason: str
    position: int | None
    body: bytes
    tenant: TenantId
    key: RecordKey


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message body held. `seen == len(events) + len(quarantined) + irrelevant`, always.

    `latest` is the latest record time read, for the clock of a replay; None where no record had
    one.
    """

    events: tuple[AuditEvent, ...]
    quarantined: tuple[Quarantined, ...]
    irrelevant: int
    seen: int
    latest: datetime | None


UNKNOWN_TENANT = TenantId("unknown")
"""The tenant of bytes from which no tenant can be read."""
