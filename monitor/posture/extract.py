"""Reading the old and the new document out of an audit record.

Shapes seen in real records: the Conditional Access policy (`ConditionalAccessPolicy`), its Core
Directory twin (`PolicyDetail`), per-user MFA (`StrongAuthenticationRequirement`) and the trusted
IPs of the MFA service (`StrongAuthenticationPolicy`). For named locations, strengths, security
defaults and the methods policy no real record was found; their documents are recognised by the
keys Graph v1.0 gives them, whatever the property is called (see `methods` for the last), and
anything else is *not understood*.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from pydantic import JsonValue

from monitor.events.activity import Concern
from monitor.events.instants import parse_instant
from monitor.events.model import AuditEvent, ModifiedProperty, TargetResource, Unreadable
from monitor.posture.document import Body, DocumentKind
from monitor.posture.methods import read_methods

METHODS_POLICY_ID = "authenticationMethodsPolicy"
SECURITY_DEFAULTS_ID = "securityDefaults"
MFA_SERVICE_ID = "mfaService"
"""Objects a tenant has once: their ids here are the keys a baseline gives them."""

PER_USER_STATES = {0: "enforced", 1: "enabled"}
"""StrongAuthenticationRequirement.State as seen in transitions; an empty list is disabled."""

RESTORED_AFTER = timedelta(minutes=5)
"""A document that is older than its addition by more came back from deletion, at that time."""


class NotUnderstood(Exception):
    """The record says that something changed, not what."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The two documents of one record, and the time of the newer one.

    `part` says that they hold nothing but the members the record names, `whole` that such a record
    names them all. `problem` is what else the record holds and could not be read.
    """

    kind: DocumentKind
    id: str
    name: str
    old: Body | None
    new: Body | None
    at: datetime
    part: bool = False
    whole: bool = False
    problem: str | None = None


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


RECOGNISED: Mapping[Concern, tuple[DocumentKind, Callable[[Body], bool]]] = {
    Concern.LOCATION: (DocumentKind.LOCATION, _is_location),
    Concern.STRENGTH: (DocumentKind.STRENGTH, _is_strength),
}


def versions(event: AuditEvent, concern: Concern) -> Versions | None:
    """Return the old and new document of the record, or None where this concern has no document.

    Raises:
        NotUnderstood: the record should carry a document and does not, or not in a shape we know.
    """
    if concern in READERS:
        return READERS[concern](event)
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
    shown = "text" if isinstance(value, Unreadable) else type(value).__name__
    raise NotUnderstood(f"{where} is {shown}, not a document")


def _document_time(old: Body | None, new: Body, event: AuditEvent) -> datetime:
    """The newer document's own time; a creation time says nothing of a later update."""
    text = new.get("modifiedDateTime") or (new.get("createdDateTime") if old is None else None)
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
    if verb == "restore":
        old = None  # whatever it shows, a deleted policy was not in force
    found = _versions_of(DocumentKind.POLICY, target, old, new, event)
    if verb in {"add", "restore"} and event.time - found.at > RESTORED_AFTER:
        found = replace(found, at=event.time)
    others = sum(map(_holds_policy, event.targets)) - 1
    if others > 0:
        problem = f"it names {others} more {'policies' if others > 1 else 'policy'}, not read here"
        return replace(found, problem=problem)
    return found


def _holds_policy(target: TargetResource) -> bool:
    named = (target.type or "").casefold() == "policy"
    return named or target.property("ConditionalAccessPolicy") is not None


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
    at = event.time if new is None else _document_time(old, new, event)
    return Versions(kind, identity, name, old, new, at)


def _recognised_versions(
    event: AuditEvent, kind: DocumentKind, recognised: Callable[[Body], bool]
) -> Versions:
    for target in event.targets:
        for prop in target.modified:
            found = _document_pair(prop, recognised) or _combinations(prop, target)
            if found:
                part = kind is DocumentKind.STRENGTH
                return replace(_versions_of(kind, target, *found, event), part=part)
    raise _no_document(event, kind)


def _no_document(event: AuditEvent, kind: DocumentKind) -> NotUnderstood:
    return NotUnderstood(f"the record of {event.activity_name!r} holds no {kind} document")


def _methods_versions(event: AuditEvent) -> Versions:
    record = read_methods(event)
    strange = ", ".join(record.unfamiliar)
    if not record.understood:
        if strange:
            raise NotUnderstood(f"the methods policy changed in properties not known: {strange}")
        raise _no_document(event, DocumentKind.METHODS_POLICY)
    return Versions(
        DocumentKind.METHODS_POLICY,
        METHODS_POLICY_ID,
        "authentication methods policy",
        record.old,
        record.new,
        event.time,
        part=True,
        whole=record.whole,
        problem=f"it also changed in what is not known: {strange}" if strange else None,
    )


def _defaults_versions(event: AuditEvent) -> Versions:
    for target in event.targets:
        for prop in target.modified:
            old, new = (_switch(value) for value in (prop.old, prop.new))
            named = prop.name.rpartition(".")[2].casefold() == "isenabled"
            if new is not None and (named or _holds_switch(prop.new)):
                return Versions(
                    DocumentKind.SECURITY_DEFAULTS,
                    SECURITY_DEFAULTS_ID,
                    "security defaults",
                    {"isEnabled": not new if old is None else old},
                    {"isEnabled": new},
                    event.time,
                    part=True,
                )
    raise _no_document(event, DocumentKind.SECURITY_DEFAULTS)


def _holds_switch(value: JsonValue | Unreadable) -> bool:
    return isinstance(value, dict) and any(name.casefold() == "isenabled" for name in value)


def _switch(value: JsonValue | Unreadable) -> bool | None:
    """True or false, however it is wrapped; None where it is neither."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        held = {name.casefold(): item for name, item in value.items()}
        value = held.get("isenabled")
    if isinstance(value, str) and value.casefold() in {"true", "false"}:
        return value.casefold() == "true"
    return value if isinstance(value, bool) else None


def _service_versions(event: AuditEvent) -> Versions | None:
    """The trusted IPs, where the record shows them: seen in unified audit log records."""
    for target in event.targets:
        prop = target.property("StrongAuthenticationPolicy")
        if prop is None:
            continue
        if isinstance(prop.old, Unreadable) or isinstance(prop.new, Unreadable):
            raise NotUnderstood("StrongAuthenticationPolicy cannot be read")
        old, new = (dict(_service_body(value)) for value in (prop.old, prop.new))
        kind = DocumentKind.MFA_SERVICE
        name = "MFA service settings"
        return Versions(kind, MFA_SERVICE_ID, name, old, new, event.time, part=True)
    return None


TRUSTED_ADDRESS = 1
INSIDE_NETWORK = 2
"""`Claim` of a selection condition: the sign-in's address, and AD FS's inside-the-network claim."""


def _service_body(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    conditions = [
        (condition.get("Claim"), _items(condition, "Values"))
        for policy in _objects(value)
        for party in _objects(policy.get("RelyingPartyStrongAuthenticationPolicies"))
        for rule in _objects(party.get("Rules"))
        for condition in _objects(rule.get("SelectionConditions"))
    ]
    yield "trustedIps", [ip for claim, ips in conditions if claim == TRUSTED_ADDRESS for ip in ips]
    yield "skipFromIntranet", any(claim == INSIDE_NETWORK for claim, _ in conditions)


def _items(body: Body, name: str) -> list[JsonValue]:
    held = body.get(name)
    return held if isinstance(held, list) else []


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if isinstance(item, dict)]


def _document_pair(
    prop: ModifiedProperty, recognised: Callable[[Body], bool]
) -> tuple[Body | None, Body | None] | None:
    try:
        old, new = _as_body(prop.old, "oldValue"), _as_body(prop.new, "newValue")
    except NotUnderstood:
        return None  # another property of the record may hold the document
    present = [body for body in (old, new) if body is not None]
    return (old, new) if present and all(map(recognised, present)) else None


def _combinations(
    prop: ModifiedProperty, target: TargetResource
) -> tuple[Body | None, Body | None] | None:
    """A strength's `allowedCombinations` alone, as a record of changed properties would have it."""
    if prop.name.rpartition(".")[2].casefold() != "allowedcombinations":
        return None
    sides = [prop.old, prop.new]
    if not all(isinstance(side, list) for side in sides):
        return None
    name = _name(target)
    old, new = (
        {"displayName": name, "allowedCombinations": cast("JsonValue", side)} for side in sides
    )
    return old, new


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


READERS: Mapping[Concern, Callable[[AuditEvent], Versions | None]] = {
    Concern.POLICY: _policy_versions,
    Concern.METHODS_POLICY: _methods_versions,
    Concern.SECURITY_DEFAULTS: _defaults_versions,
    Concern.MFA_SERVICE: _service_versions,
}
