"""The values of modified properties: JSON text inside JSON, one level down or two.

Directory attributes are arrays (`"[true]"`), policies objects, names quoted strings; `PolicyDetail`
is an array of JSON strings (ENTRA_AUDIT_EVENTS A.6; examples in Microsoft's audit log pages).
"""

from collections.abc import Iterable

import msgspec
from pydantic import JsonValue

from monitor.events.model import Unreadable

MAX_NESTING = 64
"""Levels of arrays and objects in one value; Entra's documents have fewer than ten."""

TOO_DEEP = "nested too deeply"
"""Stands for a value that came decoded and has more levels than MAX_NESTING."""

_JSON = msgspec.json.Decoder()


def decode(value: JsonValue) -> JsonValue | Unreadable:
    """Return what the value of a modified property says.

    Null and empty text are None. Text is decoded as JSON, and so are texts of objects and arrays
    inside an array. Text that is no JSON (`hidden`, Python's `None`, cut off) or that is nested
    deeper than MAX_NESTING is Unreadable. A value that is not text was decoded by whoever sent it.
    """
    if value is None or value == "":
        return None
    try:
        decoded: JsonValue = _JSON.decode(value) if isinstance(value, str) else value
    except (msgspec.DecodeError, RecursionError):
        return Unreadable(str(value))
    decoded = _decode_items(decoded)
    if isinstance(value, str) and value.count("{") + value.count("[") <= MAX_NESTING:
        return decoded  # cannot be that deep: no need to walk it
    if _nested_too_deeply(decoded):
        return Unreadable(value if isinstance(value, str) else TOO_DEEP)
    return decoded


def _decode_items(value: JsonValue) -> JsonValue:
    if not isinstance(value, list):
        return value
    return [_decode_item(item) for item in value]


def _decode_item(item: JsonValue) -> JsonValue:
    # `[KeyIdentifier=...]` in KeyDescription starts like an array and is none: it stays text.
    if not isinstance(item, str) or not item.startswith(("{", "[")):
        return item
    try:
        inner: JsonValue = _JSON.decode(item)
    except (msgspec.DecodeError, RecursionError):
        return item
    return inner


def _nested_too_deeply(value: JsonValue) -> bool:
    level: list[JsonValue] = [value]
    for _ in range(MAX_NESTING):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
