"""Messages (OASIS AMQP 1.0, part 3, section 3.2), as Event Hubs takes and hands them out.

The sections a sender wrote are kept as bytes; only the annotations are written anew.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.eventhub.wire import (
    Described,
    Encoded,
    Symbol,
    Timestamp,
    Unsigned,
    Value,
    decode,
    encode,
)

BATCHED = 0x80013700
"""The message format of a batch: each data section is a message."""

ANNOTATIONS, PROPERTIES, APPLICATION, DATA, VALUE = 0x72, 0x73, 0x74, 0x75, 0x77
DROPPED = frozenset({0x70, 0x71, ANNOTATIONS})
"""The header and the annotations of a sender do not reach a reader."""
KEY = "x-opt-partition-key"


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its descriptor, its value, and its bytes with the descriptor."""

    code: int
    value: Value
    content: bytes


def sections(message: bytes) -> list[Section]:
    """Divide a message into its sections."""
    found: list[Section] = []
    at = 0
    while at < len(message):
        described, end = decode(message, at)
        found.append(Section(described.descriptor, described.value, message[at:end]))
        at = end
    return found


def unpacked(message: bytes, form: int) -> Iterator[bytes]:
    """Yield the events of a delivery: the messages in a batch, or the one it is."""
    if form != BATCHED:
        yield message
        return
    for section in sections(message):
        if section.code == DATA:
            yield section.value


def partition_key(message: bytes) -> str | None:
    """Return the partition key a sender gave the message (or the batch)."""
    for section in sections(message):
        if section.code == ANNOTATIONS:
            key = section.value.get(KEY)
            return key if isinstance(key, str) else None
    return None


def kept(message: bytes) -> bytes:
    """Return the sections of an event that a reader gets as they were sent."""
    return b"".join(one.content for one in sections(message) if one.code not in DROPPED)


def partition_of(key: str, count: int) -> int:
    """Return the partition a key falls on; any stable choice does."""
    return zlib.crc32(key.encode()) % count


def stamped(
    body: bytes, *, sequence: int, offset: str, enqueued: int, key: str | None = None
) -> bytes:
    """Return the message a reader gets; `enqueued` in milliseconds since 1970."""
    annotations: dict[Value, Value] = {
        Symbol("x-opt-sequence-number"): sequence,
        Symbol("x-opt-offset"): offset,
        Symbol("x-opt-enqueued-time"): Timestamp(enqueued),
    }
    if key is not None:
        annotations[Symbol(KEY)] = key
    return _section(ANNOTATIONS, annotations) + body


def event(content: bytes, properties: Mapping[str, str] | None = None) -> bytes:
    """Return an event as a sender encodes it, for a log that is filled without a client."""
    head = _section(APPLICATION, dict(properties)) if properties else b""
    return head + _section(DATA, content)


def reply(correlation: Encoded, properties: Mapping[str, Value], value: Value) -> bytes:
    """Return the answer to a request on a management node."""
    nothing = [None] * 5
    return (
        _section(PROPERTIES, [*nothing, correlation, *nothing, None, None])
        + _section(APPLICATION, dict(properties))
        + _section(VALUE, value)
    )


def request_id(message: bytes) -> Encoded:
    """Return the id of a request, as it was encoded."""
    for section in sections(message):
        if section.code == PROPERTIES:
            return Encoded(encode(section.value[0]))
    return Encoded(encode(None))


def application(message: bytes) -> Mapping[str, Value]:
    """Return the application properties of a message."""
    found = [section.value for section in sections(message) if section.code == APPLICATION]
    return found[0] if found else {}


def _section(code: int, value: Value) -> bytes:
    return encode(Described(Unsigned(code, 64), value))
