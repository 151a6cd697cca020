"""Frames and performatives (OASIS AMQP 1.0, part 2, sections 2.3 and 2.7).

Every field of a performative is always written: AMQP lets trailing nulls be left out, and
azure-eventhub reads fields by their place.
"""

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from tests.eventhub.wire import (
    Described,
    Encoded,
    Malformed,
    Symbol,
    Unsigned,
    Value,
    decode,
    encode,
)

SASL_HEADER = b"AMQP\x03\x01\x00\x00"
AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
HEADER_BYTES = 8
EMPTY = b"\x00\x00\x00\x08\x02\x00\x00\x00"
AMQP, SASL = 0, 1


class Code(IntEnum):
    """Descriptors of performatives, SASL frames, outcomes and errors."""

    OPEN = 0x10
    BEGIN = 0x11
    ATTACH = 0x12
    FLOW = 0x13
    TRANSFER = 0x14
    DISPOSITION = 0x15
    DETACH = 0x16
    END = 0x17
    CLOSE = 0x18
    ERROR = 0x1D
    ACCEPTED = 0x24
    REJECTED = 0x25
    MECHANISMS = 0x40
    INIT = 0x41
    OUTCOME = 0x44


class Frame(NamedTuple):
    """A frame that came in. `raw` are the fields as they were encoded, to be sent back."""

    channel: int
    code: int
    fields: list[Value]
    raw: list[Encoded]
    payload: bytes

    def field(self, place: int) -> Value:
        """Return the field, None where it was left out."""
        return self.fields[place] if place < len(self.fields) else None

    def echoed(self, place: int) -> Encoded:
        """Return the field as it came."""
        return self.raw[place] if place < len(self.raw) else Encoded(encode(None))


def frame(
    channel: int, code: Code, fields: Sequence[Value], payload: bytes = b"", kind: int = AMQP
) -> bytes:
    """Return a whole frame."""
    body = encode(Described(Unsigned(code, 64), list(fields))) + payload
    return struct.pack(">IBBH", HEADER_BYTES + len(body), 2, kind, channel) + body


def parse(channel: int, body: bytes) -> Frame:
    """Read the body of a frame, what follows its header.

    Raises:
        Malformed: it is no performative.
    """
    if body[:1] != b"\x00":
        raise Malformed("a frame body begins with a described type")
    code, at = decode(body, 1)
    fields: list[Value] = []
    raw: list[Encoded] = []
    whole = decode(body, at)
    for start, end in _fields(body, at):
        fields.append(decode(body, start).value)
        raw.append(Encoded(body[start:end]))
    return Frame(channel, code, fields, raw, body[whole.end :])


def _fields(body: bytes, at: int) -> list[tuple[int, int]]:
    """Where each field of the list at that place begins and ends."""
    match body[at]:
        case 0x45:
            return []
        case 0xC0:
            count, place = body[at + 2], at + 3
        case 0xD0:
            count, place = struct.unpack_from(">I", body, at + 5)[0], at + 9
        case code:
            raise Malformed(f"a performative is a list, not {code:#04x}")
    spans = []
    for _ in range(count):
        end = decode(body, place).end
        spans.append((place, end))
        place = end
    return spans


def error(condition: str, description: str) -> Described:
    """Return an error as a field."""
    return Described(Unsigned(Code.ERROR, 64), [Symbol(condition), description, {}])


def u8(number: int) -> Unsigned:
    """Return the number as a ubyte."""
    return Unsigned(number, 8)


def u16(number: int) -> Unsigned:
    """Return the number as a ushort."""
    return Unsigned(number, 16)


def u32(number: int) -> Unsigned:
    """Return the number as a uint."""
    return Unsigned(number, 32)


def u64(number: int) -> Unsigned:
    """Return the number as a ulong."""
    return Unsigned(number, 64)
