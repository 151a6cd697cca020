"""Whether two versions of one record tell the same: its bytes differ, its content may not.

The same record reads otherwise from the hub, from Graph and from Log Analytics; only what it tells
is compared.
"""

from pydantic import JsonValue

from monitor.events.model import AuditEvent, TargetResource, Unreadable
from monitor.events.read import read_message


def differences(event: AuditEvent, body: bytes) -> tuple[str, ...]:
    """Return in what the record in `body` differs from the event, in words; empty where in nothing.

    Bytes that hold no such record differ in everything.
    """
    known = next((one for one in read_message(body).events if one.key == event.key), None)
    if known is None:
        return ("content",)
    one, other = _told(event), _told(known)
    return tuple(name for name, value in one.items() if value != other[name])


def _told(event: AuditEvent) -> dict[str, object]:
    """What a record tells, whatever envelope it came in."""
    by = event.initiator
    return {
        "activity": event.activity,
        "time": event.time,
        "result": event.succeeded,
        "initiator": (by.user_id, by.service_principal_id),
        "correlation": event.correlation,
        "targets": [_target(target) for target in event.targets],
    }


def _target(target: TargetResource) -> object:
    modified = {
        (prop.name.casefold(), repr(_value(prop.old)), repr(_value(prop.new)))
        for prop in target.modified
    }
    return target.id, target.upn, modified


def _value(value: JsonValue | Unreadable) -> JsonValue:
    return value.text if isinstance(value, Unreadable) else value
