"""Reading the old and the new document out of an audit record.

Shapes seen in real records: the Conditional Access policy (`ConditionalAccessPolicy`), its Core
Directory twin (`PolicyDetail`) and per-user MFA (`StrongAuthenticationRequirement`). For named
locations, strengths, security defaults and the methods policy no real record was found; their
documents are recognised by the keys Graph v1.0 gives them, whatever the property is called, and
anything else is *not understood*.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue

from monitor.events.activity import Concern
from monitor.events.instants import parse_instant
from monitor.events.model import AuditEvent, ModifiedProperty, TargetResource, Unreadable
from monitor.posture.document import Body, DocumentKind

PER_USER_STATES = {0: "enforced", 1: "enabled"}
"""StrongAuthenticationRequirement.State as seen in transitions; an empty list is disabled."""


class NotUnderstood(Exception):
    """The record says that something changed, not what."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The two documents of one record, and the time of the newer one."""

    kind: DocumentKind
    id: str
    name: str
    old: Body | None
    new: Body | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TwinMark:
    """What a Core Directory twin tells: which policy, changed when.

    `mark` is the record's time on deletion.
    """

    id: str
    name: str
    mark: datetime
    conditional_access: bool


def _is_location(body: Body) -> bool:
    return not {"ipRanges", "countriesAndRegions", "isTrusted"}.isdisjoint(body)


def _is_strength(body: Body) -> bool:
    return "allowedCombinations" in body


def _is_defaults(body: Body) -> bool:
    return "isEnabled" in body


def _is_methods_policy(body: Body) -> bool:
    return "authenticationMethodConfigurations" in body


RECOGNISED: Mapping[Concern, tuple[DocumentKind, Callable[[Body], bool]]] = {
    Concern.LOCATION: (DocumentKind.LOCATION, _is_location),
    Concern.STRENGTH: (DocumentKind.STRENGTH, _is_strength),
    Concern.SECURITY_DEFAULTS: (DocumentKind.SECURITY_DEFAULTS, _is_defaults),
    Concern.METHODS_POLICY: (DocumentKind.METHODS_POLICY, _is_methods_policy),
}


def versions(event: AuditEvent, concern: Concern) -> Versions | None:
    """Return the old and new document of the record, or None where this concern has no document.

    Raises:
        NotUnderstood: the record should carry a document and does not, or not in a shape we know.
    """
    if concern is Concern.POLICY:
        return _policy_versions(event)
    if concern in RECOGNISED:
        return _recognised_versions(event, *RECOGNISED[concern])
    if _requirement(event) is not None:
        return _per_user_versions(event)
    return None


def twin_mark(event: AuditEvent) -> TwinMark:
    """Read a Core Directory "Add/Update/Delete policy" record as the twin it may be."""
    target = event.target("Policy") or event.target()
    detail = target.property("PolicyDetail") if target else None
    body = _twin_body(detail.new if detail and detail.new else detail.old if detail else None)
    text = body.get("ModifiedDateTime") or body.get("CreatedDateTime")
    timeless = "delete" in event.activity or not isinstance(text, str)
    mark = event.time if timeless else parse_instant(str(text))
    # a deletion shows no detail: whether it was a Conditional Access policy is known from the
    # policies we hold
    about_access = not body or not {"Conditions", "Controls", "State"}.isdisjoint(body)
    return TwinMark(target.id or "" if target else "", _name(target), mark, about_access)


def _twin_body(value: JsonValue | Unreadable) -> Body:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, dict) else {}


def _name(target: TargetResource | None) -> str:
    return (target.name or target.upn or target.id or "") if target else ""


def _as_body(value: JsonValue | Unreadable, where: str) -> Body | None:
    if value is None or value == []:
        return None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        return value
    shown = value.text if isinstance(value, Unreadable) else type(value).__name__
    raise NotUnderstood(f"{where} is {shown[:80]!r}, not a document")


def _document_time(body: Body | None, event: AuditEvent) -> datetime:
    text = (body or {}).get("modifiedDateTime") or (body or {}).get("createdDateTime")
    if not isinstance(text, str):
        return event.time
    return min(parse_instant(text), max(event.time, datetime.fromtimestamp(0, UTC)))


def _policy_versions(event: AuditEvent) -> Versions:
    target = event.target("Policy") or event.target()
    prop = target.property("ConditionalAccessPolicy") if target else None
    if target is None or prop is None:
        raise NotUnderstood("the record holds no ConditionalAccessPolicy property")
    old, new = _as_body(prop.old, "oldValue"), _as_body(prop.new, "newValue")
    verb = event.activity.split(" ", 1)[0]
    if (verb == "delete") != (new is None):
        raise NotUnderstood(f"a record of {event.activity!r} whose newValue does not fit it")
    return _versions_of(DocumentKind.POLICY, target, old, new, event)


def _versions_of(
    kind: DocumentKind,
    target: TargetResource,
    old: Body | None,
    new: Body | None,
    event: AuditEvent,
) -> Versions:
    shown = new or old or {}
    identity = target.id or str(shown.get("id") or "") or kind.value
    name = str(shown.get("displayName") or _name(target) or identity)
    at = event.time if new is None else _document_time(new, event)
    return Versions(kind, identity, name, old, new, at)


def _recognised_versions(
    event: AuditEvent, kind: DocumentKind, recognised: Callable[[Body], bool]
) -> Versions:
    for target in event.targets:
        for prop in target.modified:
            found = _document_pair(prop, recognised)
            if found:
                return _versions_of(kind, target, *found, event)
    raise NotUnderstood(f"the record of {event.activity_name!r} holds no {kind} document")


def _document_pair(
    prop: ModifiedProperty, recognised: Callable[[Body], bool]
) -> tuple[Body | None, Body | None] | None:
    try:
        old, new = _as_body(prop.old, "oldValue"), _as_body(prop.new, "newValue")
    except NotUnderstood:
        return None  # another property of the record may hold the document
    present = [body for body in (old, new) if body is not None]
    return (old, new) if present and all(map(recognised, present)) else None


def _requirement(event: AuditEvent) -> tuple[TargetResource, ModifiedProperty] | None:
    for target in event.targets:
        prop = target.property("StrongAuthenticationRequirement")
        if prop:
            return target, prop
    return None


def per_user_state(value: JsonValue | Unreadable) -> str:
    """Return `enabled`, `enforced` or `disabled` of a StrongAuthenticationRequirement value.

    State 1 is enabled, 0 enforced, an empty list disabled (seen as transitions in public captures).

    Raises:
        NotUnderstood: the value is neither.
    """
    if value is None or value == []:
        return "disabled"
    first = value[0] if isinstance(value, list) else value
    state = first.get("State") if isinstance(first, dict) else None
    if isinstance(state, int) and state in PER_USER_STATES:
        return PER_USER_STATES[state]
    raise NotUnderstood("StrongAuthenticationRequirement holds a state we do not know")


def _per_user_versions(event: AuditEvent) -> Versions:
    found = _requirement(event)
    if found is None:
        raise NotUnderstood("the record holds no StrongAuthenticationRequirement")
    target, prop = found
    user = target.id or target.upn or "unknown"
    bodies: list[Body] = [
        {"id": user, "displayName": _name(target), "perUserMfaState": per_user_state(value)}
        for value in (prop.old, prop.new)
    ]
    name = _name(target)
    return Versions(DocumentKind.PER_USER_MFA, user, name, bodies[0], bodies[1], event.time)
