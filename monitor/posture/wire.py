"""Graph's JSON as it comes: names in any case, noise of OData, flags as numbers or words.

Three writers send the same object: Microsoft Graph (camelCase, comma lists), the audit stream
(bit masks, null members left out) and PowerShell exports (PascalCase, every member present).
After `tidy` they are one.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import JsonValue

_KNOWN_BY_LOWER: Final[dict[str, str]] = {}

Shape = dict[str, JsonValue]


def learn(names: Iterable[str]) -> None:
    """Register member names so that any spelling of them (`ClientAppTypes`) is recognised."""
    for name in names:
        _KNOWN_BY_LOWER[name.lower()] = name


def member(name: str) -> str:
    """Return the camelCase spelling of a member name."""
    return _KNOWN_BY_LOWER.get(name.lower()) or (name[:1].lower() + name[1:])


def tidy(value: JsonValue) -> JsonValue:
    """Return the value without nulls, OData annotations and actions, and with camelCase names.

    Absent and null are the same thing in Graph, and an annotation (`@odata.type`,
    `x@odata.context`, `#microsoft.graph.restore`) says nothing about a sign-in.
    """
    if isinstance(value, Mapping):
        return {
            member(name): tidy(inner)
            for name, inner in value.items()
            if inner is not None and "@" not in name and not name.startswith("#")
        }
    if isinstance(value, list):
        return [tidy(inner) for inner in value if inner is not None]
    return value


def words(value: JsonValue) -> list[str]:
    """Return a list of words from a list, a comma list or one word; anything else is an error.

    Raises:
        ValueError: the value is neither text nor a list of texts.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return [word for word in re.split(r"\s*,\s*", value.strip()) if word]
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return [str(word) for word in value]
    raise ValueError("expected a word, a comma list or a list of words")


def flags(value: JsonValue, bits: Mapping[int, str]) -> list[str]:
    """Return the names of a flags enum, whether it came as a bit mask (audit) or as words (Graph).

    A bit without a name is returned as `bit N`, which no enum knows, so it ends in not_understood.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        return words(value)
    names = [name for bit, name in bits.items() if value & bit]
    rest = value & ~sum(bits)
    return names + ([f"bit {rest}"] if rest else [])


def canonical(word: str, members: Iterable[str]) -> str:
    """Return the enum member that equals the word in any case, or the word as it is."""
    lower = word.lower()
    return next((name for name in members if name.lower() == lower), word)
