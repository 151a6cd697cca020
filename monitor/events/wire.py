"""The Event Hub record as pydantic sees it: what must hold before anything believes it.

Field names are Microsoft's; unknown fields are let through unread (envelopes grow with every
generation). Source: Microsoft Learn, "Interpret the Microsoft Entra audit logs schema", and the
records of ENTRA_AUDIT_EVENTS A.2 and A.3.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from monitor.events.quarantine import QuarantineCode, Refused

Identifier = Annotated[str, Field(max_length=256)]
"""An id or a word of Microsoft's; GUIDs, host names and activity names are far shorter."""
Name = Annotated[str, Field(max_length=1024)]
"""A name a person chose; Entra allows display names of 256 and user principal names of 1,024."""


class _Wire(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, coerce_numbers_to_str=True
    )


class WireProperty(_Wire):
    """One modified property: `oldValue` and `newValue` hold JSON as text."""

    display_name: Name | None = None
    old_value: JsonValue = None
    new_value: JsonValue = None


class WireTarget(_Wire):
    """One target resource."""

    id: Identifier | None = None
    display_name: Name | None = None
    type: Identifier | None = Field(None, validation_alias=AliasChoices("type", "Type"))
    user_principal_name: Name | None = None
    group_type: Identifier | None = None
    modified_properties: tuple[WireProperty | None, ...] | None = None


class WireUser(_Wire):
    """`initiatedBy.user`."""

    id: Identifier | None = None
    display_name: Name | None = None
    user_principal_name: Name | None = None
    ip_address: Identifier | None = None


class WireApp(_Wire):
    """`initiatedBy.app`."""

    app_id: Identifier | None = None
    display_name: Name | None = None
    service_principal_id: Identifier | None = None


class WireInitiator(_Wire):
    """`initiatedBy`: a user, an app, or since 2026 both."""

    user: WireUser | None = None
    app: WireApp | None = None


class WireDetail(_Wire):
    """One additional detail."""

    key: str | None = None
    value: JsonValue = None


class WireProperties(_Wire):
    """The event itself. `result` was the number 0 for success in 2018."""

    id: Identifier | None = None
    category: Identifier | None = None
    correlation_id: Identifier | None = None
    result: Identifier | None = None
    result_reason: str | None = None
    activity_display_name: Identifier | None = None
    activity_date_time: Identifier | None = None
    logged_by_service: Identifier | None = None
    operation_type: Identifier | None = None
    user_agent: str | None = None
    initiated_by: WireInitiator | None = None
    target_resources: tuple[WireTarget | None, ...] | None = None
    additional_details: tuple[WireDetail | None, ...] | None = None


class WireRecord(_Wire):
    """One record of the AuditLogs category."""

    time: Identifier | None = None
    operation_name: Identifier | None = None
    tenant_id: Identifier | None = None
    resource_id: Name | None = None
    result_description: str | None = None
    caller_ip_address: Identifier | None = None
    correlation_id: Identifier | None = None
    identity: Name | None = None
    properties: WireProperties


def wire_record(record: Mapping[str, Any]) -> WireRecord:
    """Validate a decoded record in Event Hub shape.

    Raises:
        Refused: a field of the wrong type, or no properties; the reason never quotes a value.
    """
    try:
        return WireRecord.model_validate(record)
    except ValidationError as error:
        raise Refused(QuarantineCode.BAD_FIELD, _first_complaint(error)) from error


def _first_complaint(error: ValidationError) -> str:
    # Never the value itself: it may be personal data, and the bytes are kept anyway.
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"][:6])
    return f"{where}: {first['msg']}"
