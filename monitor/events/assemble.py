"""From a validated record to an AuditEvent."""

import ipaddress
import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from pydantic import JsonValue

from monitor.errors import MalformedEvent
from monitor.events.activity import normalise
from monitor.events.instants import parse_instant
from monitor.events.model import (
    UNKNOWN_TENANT,
    AuditEvent,
    Initiator,
    ModifiedProperty,
    RecordKey,
    TargetResource,
    TenantId,
)
from monitor.events.quarantine import QuarantineCode, Refused, key_of_bytes
from monitor.events.shapes import Claims
from monitor.events.user_update import is_fragment
from monitor.events.values import decode
from monitor.events.wire import WireInitiator, WireProperties, WireRecord, WireTarget

_SAYS_NOTHING = frozenset({"", "<null>", "None"})
_SUCCESS = frozenset({"success", "0"})
_FAILURE = frozenset({"failure", "failed", "1"})
LONGEST_ID = 256
"""Characters of a `properties.id` that is still taken for one."""
_TENANT = re.compile(r"[0-9a-z][0-9a-z.-]{0,127}")
_TENANT_IN_RESOURCE = re.compile(r"/tenants/([^/]+)", re.IGNORECASE)


def audit_event(wire: WireRecord, body: bytes, outer_tenant: TenantId | None) -> AuditEvent:
    """Return the event of a validated record; `body` is the record's bytes as received.

    Raises:
        Refused: no time that can be read.
    """
    claims = Claims(wire.tenant_id, wire.resource_id, wire.properties.id)
    tenant, key = identify(claims, body, outer_tenant)
    return _event(wire, wire.properties, tenant, key, body)


def identify(
    claims: Claims, body: bytes, outer_tenant: TenantId | None
) -> tuple[TenantId, RecordKey]:
    """Return the tenant and the key of a record, as far as it says.

    The tenant is `tenantId`, else the one in `resourceId`, else the tenant of the source, else
    UNKNOWN_TENANT. The key is tenant and `properties.id`, else the hash of the bytes.
    """
    tenant = (
        _tenant(claims.tenant_id)
        or _tenant_in(claims.resource_id)
        or outer_tenant
        or UNKNOWN_TENANT
    )
    record_id = _said(claims.record_id)
    if not record_id or len(record_id) > LONGEST_ID:
        return tenant, key_of_bytes(body)
    return tenant, RecordKey(f"{tenant}/{record_id}")


def _tenant(text: str | None) -> TenantId | None:
    lowered = (text or "").strip().lower()
    return TenantId(lowered) if _TENANT.fullmatch(lowered) else None


def _tenant_in(resource: str | None) -> TenantId | None:
    match = _TENANT_IN_RESOURCE.search(resource or "")
    return _tenant(match[1]) if match else None


def _event(
    wire: WireRecord, properties: WireProperties, tenant: TenantId, key: RecordKey, body: bytes
) -> AuditEvent:
    name = properties.activity_display_name or wire.operation_name or ""
    activity = normalise(name)
    targets = tuple(_target(target) for target in properties.target_resources or () if target)
    details = tuple(_details(properties))
    result = (properties.result or "").strip().casefold()
    return AuditEvent(
        key=key,
        tenant=tenant,
        record_id=_said(properties.id),
        activity=activity,
        activity_name=name,
        time=_time(properties.activity_date_time, wire.time),
        category=properties.category or "",
        service=properties.logged_by_service or "",
        operation_type=properties.operation_type or "",
        succeeded=result not in _FAILURE,
        reason=_said(properties.result_reason) or _said(wire.result_description),
        correlation=_said(properties.correlation_id) or _said(wire.correlation_id),
        user_agent=_said(properties.user_agent) or dict(details).get("User-Agent"),
        initiator=_initiator(properties.initiated_by, wire),
        targets=targets,
        details=details,
        fragment=not any(target.modified for target in targets)
        and is_fragment(detail for detail, _ in details),
        body=body,
        result_unclear=result not in _SUCCESS | _FAILURE,
        name_disagrees=bool(wire.operation_name)
        and normalise(wire.operation_name or "") != activity,
    )


def _time(activity_time: str | None, record_time: str | None) -> datetime:
    complaint = "neither activityDateTime nor time is there"
    for text in (activity_time, record_time):
        if text:
            try:
                return parse_instant(text)
            except MalformedEvent as error:
                complaint = str(error)
    raise Refused(QuarantineCode.BAD_TIME, complaint)


def _initiator(initiated_by: WireInitiator | None, wire: WireRecord) -> Initiator:
    user = initiated_by.user if initiated_by else None
    app = initiated_by.app if initiated_by else None
    ip = (user and _ip(user.ip_address)) or _ip(wire.caller_ip_address)
    if user is None and app is None:
        return Initiator(display_name=_said(wire.identity), ip=ip)
    return Initiator(
        user_id=_said(user.id) if user else None,
        upn=_said(user.user_principal_name) if user else None,
        display_name=_said(user.display_name) if user else None,
        ip=ip,
        app_id=_said(app.app_id) if app else None,
        app_name=_said(app.display_name) if app else None,
        service_principal_id=_said(app.service_principal_id) if app else None,
    )


def _target(target: WireTarget) -> TargetResource:
    return TargetResource(
        id=target.id or None,
        name=target.display_name or None,
        type=target.type or None,
        upn=target.user_principal_name or None,
        group_type=target.group_type or None,
        modified=tuple(
            ModifiedProperty(
                name=entry.display_name or "",
                old=decode(entry.old_value),
                new=decode(entry.new_value),
            )
            for entry in target.modified_properties or ()
            if entry
        ),
    )


def _details(properties: WireProperties) -> Iterator[tuple[str, str]]:
    for detail in properties.additional_details or ():
        if detail is not None and detail.key:
            yield detail.key, _as_text(detail.value)


def _as_text(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _said(text: str | None) -> str | None:
    """The text, or None where it stands for nothing (`""`, `<null>`, Python's `None`)."""
    stripped = (text or "").strip()
    return None if stripped in _SAYS_NOTHING else stripped


@lru_cache(maxsize=4096)
def _ip(text: str | None) -> str | None:
    """The address in its usual spelling; None where it is none (`<null>`, `::2a02:...`)."""
    if not text:
        return None
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None
