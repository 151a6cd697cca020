"""Whether two documents say the same.

Absent equals null, sets have no order, and times do not count.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from monitor.posture.document import Body

IGNORED = frozenset({"createdDateTime", "modifiedDateTime", "deletedDateTime", "templateId"})
EXPANDED = frozenset({"authenticationStrength"})
"""Graph expands these objects, the audit record may give the id alone: only the id is compared."""
GUEST_KINDS = (
    "internalguest",
    "b2bcollaborationguest",
    "b2bcollaborationmember",
    "b2bdirectconnectuser",
    "otherexternaluser",
    "serviceprovider",
)
"""Bits 0 to 5 of `guestOrExternalUserTypes` in audit records (Graph v1.0 metadata)."""


def same_body(one: Body | None, other: Body | None) -> bool:
    """Say whether two documents (None: not there) mean the same object."""
    if one is None or other is None:
        return one is other
    return _plain(dict(one)) == _plain(dict(other))


def same_value(one: JsonValue, other: JsonValue) -> bool:
    """Say whether two members mean the same: absent, null and empty are one, lists are sets."""
    plain = [_plain(value) for value in (one, other)]
    first, second = (None if value in ([], {}, "") else value for value in plain)
    return first == second


def _plain(value: JsonValue) -> JsonValue:
    """Reduce a value to a form in which equal meaning is equal JSON."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, list):
        return sorted((_plain(item) for item in value), key=repr)
    if not isinstance(value, dict):
        return value
    reduced: dict[str, JsonValue] = {}
    for name, item in value.items():
        if name in IGNORED or "@odata" in name or name.startswith("#"):
            continue
        plain = _special(name, item)
        if plain not in (None, [], {}, ""):
            reduced[name] = plain
    return reduced


def _special(name: str, item: JsonValue) -> JsonValue:
    if name == "guestOrExternalUserTypes":
        return _guest_bits(item)
    if name in EXPANDED and isinstance(item, Mapping):
        return _plain(item.get("id"))
    return _plain(item)


def _guest_bits(item: JsonValue) -> JsonValue:
    if not isinstance(item, str):
        return item
    names = [part.strip().casefold() for part in item.split(",") if part.strip()]
    if not set(names) <= set(GUEST_KINDS):
        return ",".join(sorted(names))
    return sum(1 << GUEST_KINDS.index(name) for name in set(names))
