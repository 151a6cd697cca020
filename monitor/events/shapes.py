"""Other shapes of an audit record, brought into the one that Event Hubs carries.

Known: the Event Hub record, also with `properties` as a JSON string; Graph's `directoryAudit`
(Microsoft Graph v1.0), which is `properties` alone; rows of Log Analytics' `AuditLogs` table
(Azure Monitor table reference), which hold JSON inside strings. Unified audit log records
(Office 365 Management Activity API schema) are known in order to be refused by name.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from monitor.events.quarantine import QuarantineCode, Refused
from monitor.events.relevance import AUDIT_CATEGORY
from monitor.events.strict_json import load

Record = Mapping[str, Any]
"""A decoded JSON object from outside."""

_GRAPH_MARKS = ("activityDisplayName", "initiatedBy", "targetResources")
_ROW_MARKS = ("InitiatedBy", "TargetResources", "LoggedByService", "AADOperationType")
_ROW_COLUMNS = {
    "id": "Id",
    "category": "Category",
    "correlationId": "CorrelationId",
    "result": "Result",
    "resultReason": "ResultReason",
    "activityDisplayName": "ActivityDisplayName",
    "loggedByService": "LoggedByService",
    "operationType": "AADOperationType",
    "userAgent": "UserAgent",
}
_ROW_JSON_COLUMNS = {
    "initiatedBy": "InitiatedBy",
    "targetResources": "TargetResources",
    "additionalDetails": "AdditionalDetails",
}


def canonical(record: Record) -> Record | None:
    """Return the record in Event Hub shape, or None where it belongs to another log.

    Raises:
        Refused: a unified audit log record, or no audit record in any shape known here.
    """
    if "Operation" in record and not record.keys().isdisjoint(("Workload", "CreationTime")):
        raise Refused(
            QuarantineCode.UNIFIED_AUDIT_LOG,
            "a unified audit log record; send Entra's AuditLogs category, not Office 365 records",
        )
    category = record.get("category")
    if "properties" in record and ("operationName" in record or category is not None):
        return None if _is_foreign(category) else _event_hub(record)
    if any(mark in record for mark in _GRAPH_MARKS):
        time = record.get("activityDateTime")
        return {"time": time, "category": AUDIT_CATEGORY, "properties": record}
    if any(mark in record for mark in _ROW_MARKS):
        return _log_analytics(record)
    if _is_foreign(category) or _is_foreign(record.get("Type")):
        return None
    raise Refused(QuarantineCode.UNKNOWN_SHAPE, "an object that is no audit record known here")


class Claims(NamedTuple):
    """What a record says of where it comes from."""

    tenant_id: str | None
    resource_id: str | None
    record_id: str | None


def claims(record: Record) -> Claims:
    """Return what a record of any shape says of where it comes from, for its quarantine."""
    inner = record.get("properties")
    parts = inner if isinstance(inner, dict) else {}
    return Claims(
        _text(record, "tenantId", "AADTenantId", "OrganizationId"),
        _text(record, "resourceId", "ResourceId"),
        _text(parts, "id") or _text(record, "id", "Id"),
    )


def _text(record: Record, *keys: str) -> str | None:
    texts = (record.get(key) for key in keys)
    return next((text for text in texts if isinstance(text, str) and text), None)


def _is_foreign(category: object) -> bool:
    return isinstance(category, str) and category.casefold() not in ("", AUDIT_CATEGORY)


def _event_hub(record: Record) -> Record:
    properties = record["properties"]
    if isinstance(properties, str):
        return {**record, "properties": _inner(properties, "properties")}
    return record


def _log_analytics(row: Record) -> Record:
    properties = {name: row.get(column) for name, column in _ROW_COLUMNS.items()}
    for name, column in _ROW_JSON_COLUMNS.items():
        cell = row.get(column)
        properties[name] = _inner(cell, column) if isinstance(cell, str) else cell
    properties["activityDateTime"] = row.get("ActivityDateTime") or row.get("TimeGenerated")
    return {
        "time": row.get("TimeGenerated"),
        "category": AUDIT_CATEGORY,
        "operationName": row.get("OperationName"),
        # TenantId is the workspace's; the directory's is AADTenantId.
        "tenantId": row.get("AADTenantId"),
        "resourceId": row.get("ResourceId"),
        "resultDescription": row.get("ResultDescription"),
        "identity": row.get("Identity"),
        "properties": properties,
    }


def _inner(text: str, where: str) -> Any:
    if not text:
        return None
    try:
        return load(text.encode())
    except Refused as error:
        raise Refused(error.code, f"{where} holds text that is not JSON: {error}") from error
