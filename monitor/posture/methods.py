"""The authentication methods policy out of an audit record, in every form it may have.

Until April 2026 a record held the whole policy, old and new; since then "only the specific
properties that were modified" (Entra What's New, March 2026; policy-wide settings may still come
whole). No real record of either form was found, so the forms that Graph's names allow are read:

- the policy, whole or with nothing but the methods that changed, under any property name;
- one method's configuration, or a list of them, under any property name;
- one property a path: `authenticationMethodConfigurations('Sms')/state`, `Sms.State`,
  `RegistrationEnforcement.AuthenticationMethodsRegistrationCampaign`, `policyMigrationState`;
- a method's own members (`state`, `openIdConnectSetting`) on a target that names the method.

Enum values may be numbers, as in other audit records (`state` 0 was seen by public queries).
Anything else is named as unfamiliar, never dropped. Names: Microsoft Graph v1.0 and beta,
`authenticationMethodsPolicy` and the types below it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from monitor.events.model import AuditEvent, ModifiedProperty, TargetResource, Unreadable
from monitor.posture.method_names import (
    CAMPAIGN,
    CONFIGURATIONS,
    ENFORCEMENT,
    ENUMS,
    LISTS,
    METHOD_BY_WORD,
    METHOD_MEMBERS,
    METHOD_STATES,
    ODATA_TYPE,
    POLICY_MEMBERS,
    TYPE_TAIL,
)
from monitor.posture.wire import member

_WHOLE: Final = frozenset({"policyVersion", "description"})
"""Members that stand in a whole policy and are no setting anybody changes."""
_NO_CHANGE: Final = re.compile(
    r"^(included updated properties|targetid\..*|methodexecutionresult.*|action client name"
    r"|.*@odata.*|.*lastmodifieddatetime)$"
)
_SEGMENT: Final = re.compile(r"[^./\[\]()'\":\\#\s]+")
_GUID: Final = re.compile(r"^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$", re.IGNORECASE)

Tree = dict[str, JsonValue]


@dataclass(slots=True)
class MethodsRecord:
    """What a record says of the policy: the members it names, old and new.

    `whole` says that both are the entire policy. `unfamiliar` names what could not be read.
    """

    old: Tree = field(default_factory=dict)
    new: Tree = field(default_factory=dict)
    whole: bool = False
    unfamiliar: list[str] = field(default_factory=list)

    @property
    def understood(self) -> bool:
        """Whether anything could be read at all."""
        return bool(self.old or self.new)


def read_methods(event: AuditEvent) -> MethodsRecord:
    """Return what the record says of the authentication methods policy."""
    record = MethodsRecord()
    for target in event.targets:
        for prop in target.modified:
            if not _NO_CHANGE.match(prop.name.strip().casefold()):
                _read(record, target, prop)
    record.old, record.new = _normal(record.old), _normal(record.new)
    record.whole = all(_WHOLE & side.keys() and CONFIGURATIONS in side for side in _sides(record))
    record.unfamiliar += list(_strange_members(record))
    return record


def is_external(configuration: JsonValue) -> bool:
    """Say whether a method's configuration is an External MFA provider's."""
    if not isinstance(configuration, dict):
        return False
    typed = "externalauthenticationmethod" in str(configuration.get(ODATA_TYPE) or "").casefold()
    return typed or bool(configuration.get("appId") or configuration.get("openIdConnectSetting"))


def _sides(record: MethodsRecord) -> tuple[Tree, Tree]:
    return record.old, record.new


def _read(record: MethodsRecord, target: TargetResource, prop: ModifiedProperty) -> None:
    """Put one property into the record, by its name or else by the shape of its value."""
    if isinstance(prop.old, Unreadable) or isinstance(prop.new, Unreadable):
        record.unfamiliar.append(prop.name)
        return
    values = (_named(prop.old), _named(prop.new))
    place = _place(prop.name, target)
    if place not in (None, (CONFIGURATIONS,)):
        for side, value in zip(_sides(record), values, strict=True):
            _put(side, place, value)
        return
    bodies = [_as_policy(value, listed=place is not None) for value in values]
    if None in bodies or not any(bodies):
        record.unfamiliar.append(prop.name)
        return
    for side, body in zip(_sides(record), bodies, strict=True):
        _merge(side, body or {})
        if any(CONFIGURATIONS in (one or {}) for one in bodies):
            side.setdefault(CONFIGURATIONS, {})


def _named(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {
            name if name == ODATA_TYPE else member(name): _named(inner)
            for name, inner in value.items()
            if inner is not None and (name == ODATA_TYPE or "@" not in name) and name[:1] != "#"
        }
    return [_named(inner) for inner in value] if isinstance(value, list) else value


def _as_policy(value: JsonValue, *, listed: bool) -> Tree | None:
    """The value as a policy, as far as its shape tells; None where it is nothing known.

    `listed` says that the property's name announces methods.
    """
    if value in (None, [], {}):
        return {}
    if isinstance(value, list) and len(value) == 1 and _is_policy(value[0]):
        value = value[0]
    if isinstance(value, dict) and _is_policy(value):
        methods = _by_id(value.get(CONFIGURATIONS), listed=True)
        return None if methods is None else {**value, CONFIGURATIONS: methods}
    methods = _by_id(value if isinstance(value, list) else [value], listed=listed)
    if methods is None and listed and isinstance(value, dict):
        methods = _by_id([{"id": key, **_tree(one)} for key, one in value.items()], listed=True)
    return None if methods is None else {CONFIGURATIONS: methods}


def _is_policy(value: JsonValue) -> bool:
    return isinstance(value, dict) and CONFIGURATIONS in value


def _by_id(items: JsonValue, *, listed: bool) -> Tree | None:
    """Methods' configurations by their id in lower case; None where one of the items is none."""
    found: Tree = {}
    for item in items if isinstance(items, list) else [items]:
        if not isinstance(item, dict) or not _is_configuration(item, listed=listed):
            return None
        identity = _identity(item)
        found[identity.casefold()] = {**item, "id": identity}
    return found


def _is_configuration(item: Tree, *, listed: bool) -> bool:
    typed = TYPE_TAIL in str(item.get(ODATA_TYPE) or "").casefold()
    own = not (METHOD_MEMBERS - {"id", "displayName"}).isdisjoint(item)
    return typed or (own and (listed or "id" in item))


def _identity(item: Tree) -> str:
    named = item.get("id") or _of_type(str(item.get(ODATA_TYPE) or ""))
    word = str(named or item.get("appId") or item.get("displayName") or "external")
    return METHOD_BY_WORD.get(word.casefold(), word)


def _of_type(text: str) -> str:
    """The method that a type name (`#microsoft.graph.smsAuthentication...`) stands for, or ``."""
    return METHOD_BY_WORD.get(text.rpartition(".")[2].casefold().removesuffix(TYPE_TAIL), "")


def _place(name: str, target: TargetResource) -> tuple[str, ...] | None:
    """The path in the policy that a property's name stands for; None for an unfamiliar name."""
    segments = [s for s in _SEGMENT.findall(name) if s.casefold() not in _PREFIXES]
    if not segments:
        return None
    head, rest = segments[0], tuple(member(segment) for segment in segments[1:])
    method = _method(head)
    if method:
        return (CONFIGURATIONS, method, *rest)
    path = (member(head), *rest)
    if path[0] == CONFIGURATIONS:
        return _below_configurations(segments[1:])
    if path[0] in {CAMPAIGN, "registrationCampaign"}:
        return (ENFORCEMENT, CAMPAIGN, *rest)
    of_target = _method_of(target)
    if of_target and path[0] in METHOD_MEMBERS:
        return (CONFIGURATIONS, of_target, *path)
    return path if path[0] in POLICY_MEMBERS else None


_PREFIXES: Final = frozenset({"authenticationmethodspolicy", "policy", "microsoft", "graph"})


def _below_configurations(segments: list[str]) -> tuple[str, ...] | None:
    if not segments:
        return (CONFIGURATIONS,)
    method = _method(segments[0])
    return (CONFIGURATIONS, method, *map(member, segments[1:])) if method else None


def _method(word: str) -> str:
    """The method a word names: an id, a type's name, or a GUID for External MFA; else ``."""
    folded = word.casefold()
    known = METHOD_BY_WORD.get(folded) or _of_type(folded)
    return known or (word if _GUID.match(word) else "")


def _method_of(target: TargetResource) -> str:
    names = (_method(word) for word in (target.id, target.name) if word)
    return next((name for name in names if name), "")


def _put(side: Tree, place: tuple[str, ...], value: JsonValue) -> None:
    """Set one path; the way to it exists on both sides, so that only its end counts as changed."""
    last = len(place) - 1
    for depth, name in enumerate(place):
        is_method = depth == 1 and place[0] == CONFIGURATIONS
        key = name.casefold() if is_method else name
        if depth == last:
            if value is not None:
                whole = {"id": name, **value} if is_method and isinstance(value, dict) else value
                _merge(side, {key: whole})
            return
        inner = side.setdefault(key, {"id": name} if is_method else {})
        if not isinstance(inner, dict):
            return
        side = inner


def _merge(side: Tree, body: Tree) -> None:
    for name, value in body.items():
        held = side.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            _merge(held, value)
        else:
            side[name] = value


def _tree(value: JsonValue) -> Tree:
    return value if isinstance(value, dict) else {}


def _normal(side: Tree) -> Tree:
    """The side as Graph would write it: a list of methods, words for numbers."""
    normal = {name: _plain(name, value) for name, value in side.items()}
    methods = side.get(CONFIGURATIONS)
    if isinstance(methods, dict):
        normal[CONFIGURATIONS] = [_method_body(_tree(one)) for one in methods.values()]
    return normal


def _method_body(item: Tree) -> Tree:
    body = {name: _plain(name, value) for name, value in item.items()}
    if "state" in item:
        body["state"] = _word(item["state"], METHOD_STATES)
    return body


def _plain(name: str, value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {inner: _plain(inner, item) for inner, item in value.items()}
    if isinstance(value, list) and (name in LISTS or len(value) != 1):
        return [_plain(name, item) for item in value]
    if isinstance(value, list):
        return _plain(name, value[0])  # a directory's way to write a single value
    members = ENUMS.get(name)
    return _word(value, members) if members else _scalar(name, value)


def _word(value: JsonValue, members: tuple[str, ...]) -> JsonValue:
    """An enum's value in words, in the spelling of Graph."""
    single = value[0] if isinstance(value, list) and len(value) == 1 else value
    text = str(single).strip()
    if isinstance(single, bool) or not isinstance(single, (int, str)):
        return value
    if text.isdigit():
        return members[int(text)] if int(text) < len(members) else f"unknown {text}"
    return next((name for name in members if name.casefold() == text.casefold()), text)


def _scalar(name: str, value: JsonValue) -> JsonValue:
    """Switches and counts that came as text: `"True"`, `"480"`."""
    if not isinstance(value, str):
        return value
    if value.casefold() in {"true", "false"}:
        return value.casefold() == "true"
    counts = name.endswith(("InMinutes", "InDays", "Length"))
    return int(value) if counts and value.strip().isdigit() else value


def _strange_members(record: MethodsRecord) -> Iterator[str]:
    """Members nobody modelled that differ between the two sides."""
    yield from _strange("", record.old, record.new, POLICY_MEMBERS)
    old, new = (_methods_of(side) for side in _sides(record))
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key, {}), new.get(key, {})
        yield from _strange(f"{CONFIGURATIONS}[{key}].", before, after, METHOD_MEMBERS)
        state = after.get("state", "disabled")
        if state not in METHOD_STATES and state != before.get("state"):
            yield f"{CONFIGURATIONS}[{key}].state={state}"


def _methods_of(side: Tree) -> Mapping[str, Tree]:
    listed = side.get(CONFIGURATIONS)
    items = [_tree(one) for one in listed] if isinstance(listed, list) else []
    return {str(item.get("id") or ""): item for item in items}


def _strange(where: str, old: Tree, new: Tree, known: frozenset[str]) -> Iterator[str]:
    for name in sorted((old.keys() | new.keys()) - known - {ODATA_TYPE}):
        if old.get(name) != new.get(name):
            yield f"{where}{name}"
