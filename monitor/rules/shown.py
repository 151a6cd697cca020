"""What a record of unknown shape shows: every value that changed, by its name.

For settings whose real records were never seen. Names and values are levelled, so that `"True"`,
`[true]`, `1` and `enabled` read the same; what stands for "off" is read as off.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from monitor.events.masking import mask_under
from monitor.events.model import AuditEvent, Unreadable

_BOOKKEEPING: Final = re.compile(
    r"^(included updated properties|targetid\..*|methodexecutionresult.*|action client name)$"
)
_NOT_A_LETTER: Final = re.compile(r"[^a-z0-9]")
_TIMES: Final = ("datetime", "issuedbefore", "timestamp")
_OFF: Final = frozenset({"false", "0", "disabled", "off", "none", "notrequired", "no"})
_ON: Final = frozenset({"true", "1", "enabled", "on", "required", "yes"})
MOST_DEPTH: Final = 8
"""Levels of a value that are looked into."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One value that changed. `name` is its name as written, `key` the same in letters only."""

    name: str
    old: JsonValue
    new: JsonValue

    @property
    def key(self) -> str:
        """The name in lower case, letters and digits only."""
        return _NOT_A_LETTER.sub("", self.name.casefold())

    @property
    def fell(self) -> bool:
        """Whether it was on and is off."""
        return _switch(self.old) is True and _switch(self.new) is False

    @property
    def rose(self) -> bool:
        """Whether it is on and was off, or was not there."""
        return _switch(self.new) is True and _switch(self.old) is not True

    @property
    def grew(self) -> bool:
        """Whether a number is larger than before, or a list holds something new."""
        old, new = _number(self.old), _number(self.new)
        if new is not None:
            return new > (old or 0)
        added = [item for item in _items(self.new) if item not in _items(self.old)]
        return bool(added)

    @property
    def shrank(self) -> bool:
        """Whether a number is smaller than before."""
        old, new = _number(self.old), _number(self.new)
        return old is not None and new is not None and new < old

    def row(self) -> JsonValue:
        """The value for a finding's details, personal data masked."""
        sides = [mask_under(self.name, side) for side in (self.old, self.new)]
        return {"path": self.name, "before": sides[0], "after": sides[1]}


def shown(event: AuditEvent) -> list[Shown]:
    """Return every value of the record that changed and can be read; times are left out."""
    found: list[Shown] = []
    for target in event.targets:
        for prop in target.modified:
            readable = not isinstance(prop.old, Unreadable) and not isinstance(prop.new, Unreadable)
            if readable and not _BOOKKEEPING.match(prop.name.strip().casefold()):
                found.extend(_walk(prop.name, _plain(prop.old), _plain(prop.new), MOST_DEPTH))
    return [one for one in found if not one.key.endswith(_TIMES)]


def _plain(value: JsonValue | Unreadable) -> JsonValue:
    return None if isinstance(value, Unreadable) else value


def _walk(name: str, old: JsonValue, new: JsonValue, depth: int) -> Iterator[Shown]:
    old, new = _single(old), _single(new)
    if depth and (isinstance(old, dict) or isinstance(new, dict)):
        left = old if isinstance(old, dict) else {}
        right = new if isinstance(new, dict) else {}
        for inner in [*left, *(key for key in right if key not in left)]:
            if "@" not in inner:
                yield from _walk(f"{name}.{inner}", left.get(inner), right.get(inner), depth - 1)
    elif old != new:
        yield Shown(name, old, new)


def _single(value: JsonValue) -> JsonValue:
    """An array of one object or switch is that thing: so the directory writes single values."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    return one if isinstance(one, (dict, bool)) else value


def _switch(value: JsonValue) -> bool | None:
    word = _NOT_A_LETTER.sub("", str(value).casefold())
    return True if word in _ON else False if word in _OFF else None


def _number(value: JsonValue) -> float | None:
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"\d+(\.\d+)?", text):
        return None
    return float(text)


def _items(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, list):
        return value
    return [] if isinstance(value, bool) or value in (None, "") else [value]
