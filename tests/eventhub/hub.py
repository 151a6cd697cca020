"""What a namespace holds: hubs, their partitions, consumer groups, retention.

Nothing here knows of AMQP links.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count

from tests.eventhub.message import event, kept, partition_key, partition_of, stamped

_SELECTOR = re.compile(
    r"amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time)\s*(>=?)\s*'([^']*)'"
)
DEFAULT_GROUP = "$default"


class Refusal(Exception):
    """A request the service refuses, with its AMQP condition."""

    def __init__(self, condition: str, description: str) -> None:
        super().__init__(description)
        self.condition = condition


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it is stored; `enqueued` in milliseconds since 1970."""

    sequence: int
    offset: str
    enqueued: int
    body: bytes
    key: str | None

    def message(self) -> bytes:
        """Return it as a reader gets it."""
        return stamped(
            self.body,
            sequence=self.sequence,
            offset=self.offset,
            enqueued=self.enqueued,
            key=self.key,
        )


def wall_milliseconds() -> int:
    """Return the time as the broker stamps it."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Partition:
    """An append-only sequence of events, of which the oldest may be gone.

    `segment` makes offsets that are no numbers, as a geo-replicated namespace writes them.
    """

    identity: str
    clock: Callable[[], int] = wall_milliseconds
    segment: str = ""
    events: list[Event] = field(default_factory=list)
    beginning: int = 0
    size: int = 0

    @property
    def next(self) -> int:
        """The sequence number the next event gets."""
        return self.beginning + len(self.events)

    @property
    def last(self) -> Event | None:
        """The latest event that is still there."""
        return self.events[-1] if self.events else None

    def append(self, body: bytes, key: str | None, enqueued: int | None = None) -> Event:
        """Store an event."""
        moment = self.clock() if enqueued is None else enqueued
        offset = f"{self.segment}{self.size}"
        stored = Event(self.next, offset, moment, body, key)
        self.events.append(stored)
        self.size += len(body)
        return stored

    def at(self, sequence: int) -> Event | None:
        """Return the event of that number; the oldest that is left where it is gone."""
        place = max(0, sequence - self.beginning)
        return self.events[place] if place < len(self.events) else None

    def forget_before(self, sequence: int) -> None:
        """Let retention pass: everything before that number is gone."""
        gone = max(0, min(sequence, self.next) - self.beginning)
        del self.events[:gone]
        self.beginning += gone

    def start(self, selector: str | None) -> int:
        """Return the number of the first event a selector asks for.

        Raises:
            Refusal: it is no selector, or its number lies behind the end.
        """
        if selector is None:
            return self.beginning
        found = _SELECTOR.fullmatch(selector.strip())
        if found is None:
            raise Refusal("amqp:invalid-field", f"no filter is known like {selector!r}")
        kind, operator, text = found.groups()
        step = 0 if operator == ">=" else 1
        if kind == "offset":
            return self._after_offset(text, step)
        number = int(text)
        if kind == "sequence-number":
            return self._after_sequence(number, step)
        later = (e.sequence for e in self.events if e.enqueued >= number + step)
        return next(later, self.next)

    def _after_sequence(self, number: int, step: int) -> int:
        last = self.next - 1
        if number > last:
            raise Refusal(
                "com.microsoft:argument-error",
                f"The supplied sequence number '{number}' is invalid. "
                f"The last sequence number in the system is '{last}'",
            )
        return max(self.beginning, number + step)

    def _after_offset(self, text: str, step: int) -> int:
        if text == "-1":
            return self.beginning
        if text == "@latest":
            return self.next
        if self.segment:
            same = (one.sequence + step for one in self.events if one.offset == text)
            return self._there(next(same, None), text)
        if not text.isdigit() or self.last is None or int(text) > int(self.last.offset):
            return self._there(None, text)
        return next(
            (e.sequence for e in self.events if int(e.offset) >= int(text) + step), self.next
        )

    def _there(self, start: int | None, offset: str) -> int:
        if start is None:
            last = self.last.offset if self.last else "-1"
            raise Refusal(
                "com.microsoft:argument-error",
                f"The supplied offset '{offset}' is invalid. "
                f"The last offset in the system is '{last}'",
            )
        return start


@dataclass(slots=True)
class Hub:
    """An event hub."""

    name: str
    partitions: dict[str, Partition]
    groups: frozenset[str]
    created: int

    @classmethod
    def made(cls, name: str, partitions: int, groups: Iterable[str], *, segment: str = "") -> "Hub":
        """Make a hub; its numbers begin at 0."""
        names = [str(number) for number in range(partitions)]
        logs = {one: Partition(one, segment=segment) for one in names}
        lowered = frozenset({DEFAULT_GROUP, *(group.lower() for group in groups)})
        return cls(name, logs, lowered, wall_milliseconds())

    def partition(self, identity: str) -> Partition:
        """Return a partition.

        Raises:
            Refusal: there is none of that id.
        """
        if identity not in self.partitions:
            raise Refusal(
                "com.microsoft:argument-out-of-range",
                f"The specified partition is invalid for an EventHub partition: {identity}",
            )
        return self.partitions[identity]


class Namespace:
    """The hubs of one namespace, by lower-case name; Event Hubs ignores case."""

    def __init__(self) -> None:
        self.hubs: dict[str, Hub] = {}
        self._turn = count()

    def make(self, name: str, partitions: int, groups: Iterable[str], *, segment: str = "") -> Hub:
        """Make a hub, or make it anew: the old one and its events are gone."""
        made = Hub.made(name, partitions, groups, segment=segment)
        self.hubs[name.lower()] = made
        return made

    def hub(self, name: str) -> Hub:
        """Return a hub.

        Raises:
            Refusal: there is none of that name.
        """
        found = self.hubs.get(name.lower())
        if found is None:
            raise Refusal("amqp:not-found", f"The messaging entity '{name}' could not be found")
        return found

    def store(self, hub: Hub, message: bytes, key: str | None, partition: str | None) -> Event:
        """Store an event a sender sent: where it was addressed, by its key, or in turn."""
        key = partition_key(message) or key
        if partition is None:
            total = len(hub.partitions)
            place = partition_of(key, total) if key else next(self._turn) % total
            partition = str(place)
        return hub.partition(partition).append(kept(message), key)

    def fill(
        self,
        name: str,
        bodies: Iterable[bytes],
        *,
        partition: str = "0",
        properties: Mapping[str, str] | None = None,
        enqueued: int | None = None,
    ) -> list[Event]:
        """Put events into a partition without a sender; `enqueued` in milliseconds since 1970."""
        log = self.hub(name).partition(partition)
        return [log.append(kept(event(body, properties)), None, enqueued) for body in bodies]
