"""AMQP 1.0 types on the wire (OASIS AMQP 1.0, part 1, section 1.6), both ways.

Python's own types stand for themselves: `None`, `bool`, `int` (long), `str`, `bytes` (binary),
`dict` (map), `list`, `UUID`. What has no type of its own in Python is wrapped below.
"""

import struct
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

Value = Any
"""Whatever a codec takes; JSON has no word for it."""

LONGEST_SMALL = 0xFF


class Symbol(str):
    """An AMQP symbol: ASCII."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Unsigned:
    """An unsigned number of `bits` 8, 16, 32 or 64."""

    value: int
    bits: int


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Milliseconds since 1970, UTC."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class Described:
    """A described value; sections and performatives are such."""

    descriptor: Value
    value: Value


@dataclass(frozen=True, slots=True)
class Array:
    """An array of symbols or of strings."""

    items: tuple[str, ...]
    symbols: bool = True


@dataclass(frozen=True, slots=True)
class Encoded:
    """Bytes that are encoded already and go out as they are."""

    content: bytes


class Malformed(ValueError):
    """Bytes that are no AMQP."""


def encode(value: Value) -> bytes:  # noqa: C901, PLR0911, PLR0912 - one row for each type
    """Return the value as AMQP writes it."""
    match value:
        case None:
            return b"\x40"
        case True:
            return b"\x41"
        case False:
            return b"\x42"
        case Encoded(content):
            return content
        case Described(descriptor, inner):
            return b"\x00" + encode(descriptor) + encode(inner)
        case Unsigned(number, bits):
            return _unsigned(number, bits)
        case Timestamp(milliseconds):
            return b"\x83" + struct.pack(">q", milliseconds)
        case Array(items, symbols):
            return _array(items, symbols=symbols)
        case Symbol():
            return _sized(value.encode("ascii"), 0xA3, 0xB3)
        case str():
            return _sized(value.encode(), 0xA1, 0xB1)
        case bytes() | bytearray():
            return _sized(bytes(value), 0xA0, 0xB0)
        case UUID():
            return b"\x98" + value.bytes
        case int():
            return b"\x81" + struct.pack(">q", value)
        case dict():
            return _compound([part for pair in value.items() for part in pair], 0xD1)
        case list() | tuple():
            return _compound(list(value), 0xD0)
    raise TypeError(f"{type(value).__name__} has no AMQP type here")


def _unsigned(number: int, bits: int) -> bytes:
    code, form = {8: (0x50, ">B"), 16: (0x60, ">H"), 32: (0x70, ">I"), 64: (0x80, ">Q")}[bits]
    if bits == 64 and number <= LONGEST_SMALL:
        return bytes((0x53, number))
    return bytes((code,)) + struct.pack(form, number)


def _sized(content: bytes, small: int, large: int) -> bytes:
    if len(content) <= LONGEST_SMALL:
        return bytes((small, len(content))) + content
    return bytes((large,)) + struct.pack(">I", len(content)) + content


def _compound(items: list[Value], code: int) -> bytes:
    content = b"".join(map(encode, items))
    return bytes((code,)) + struct.pack(">II", len(content) + 4, len(items)) + content


def _array(items: tuple[str, ...], *, symbols: bool) -> bytes:
    texts = [item.encode() for item in items]
    content = b"".join(struct.pack(">I", len(text)) + text for text in texts)
    body = struct.pack(">I", len(items)) + bytes((0xB3 if symbols else 0xB1,)) + content
    return b"\xf0" + struct.pack(">I", len(body)) + body


class Read(NamedTuple):
    """A value that was read, and where the next begins."""

    value: Value
    end: int


_FIXED = {
    0x50: ">B",
    0x51: ">b",
    0x52: ">B",
    0x53: ">B",
    0x54: ">b",
    0x55: ">b",
    0x60: ">H",
    0x61: ">h",
    0x70: ">I",
    0x71: ">i",
    0x72: ">f",
    0x80: ">Q",
    0x81: ">q",
    0x82: ">d",
}
_CONSTANT = {0x40: None, 0x41: True, 0x42: False, 0x43: 0, 0x44: 0}
_VARIABLE = frozenset({0xA0, 0xA1, 0xA3, 0xB0, 0xB1, 0xB3})
_LARGE = 0x10
"""The bit that tells a four-byte size from a one-byte size."""


def decode(data: bytes, at: int = 0) -> Read:
    """Read one value at that place.

    Raises:
        Malformed: there is none.
    """
    try:
        return _decode(data, at + 1, data[at])
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise Malformed(f"no AMQP value at byte {at}: {error}") from error


def _decode(data: bytes, at: int, code: int) -> Read:
    if code == 0:
        descriptor = decode(data, at)
        inner = decode(data, descriptor.end)
        return Read(Described(descriptor.value, inner.value), inner.end)
    if code in _CONSTANT:
        return Read(_CONSTANT[code], at)
    if code in _FIXED:
        return Read(
            struct.unpack_from(_FIXED[code], data, at)[0], at + struct.calcsize(_FIXED[code])
        )
    if code in _VARIABLE:
        return _variable(data, at, code)
    return _other(data, at, code)


def _other(data: bytes, at: int, code: int) -> Read:
    match code:
        case 0x45:
            return Read([], at)
        case 0x56:
            return Read(data[at] == 1, at + 1)
        case 0x83:
            return Read(Timestamp(struct.unpack_from(">q", data, at)[0]), at + 8)
        case 0x98:
            return Read(UUID(bytes=bytes(data[at : at + 16])), at + 16)
        case 0xC0 | 0xC1 | 0xD0 | 0xD1:
            return _items(data, at, code)
        case 0xE0 | 0xF0:
            return _elements(data, at, code)
    raise Malformed(f"constructor {code:#04x} is not known here")


def _size(data: bytes, at: int, code: int) -> tuple[int, int]:
    if code & _LARGE:
        return struct.unpack_from(">I", data, at)[0], at + 4
    return data[at], at + 1


def _variable(data: bytes, at: int, code: int) -> Read:
    length, start = _size(data, at, code)
    content = bytes(data[start : start + length])
    if len(content) != length:
        raise Malformed(f"{length} bytes announced, {len(content)} there")
    kind = code & 0x0F
    value = content if kind == 0 else content.decode() if kind == 1 else Symbol(content.decode())
    return Read(value, start + length)


def _items(data: bytes, at: int, code: int) -> Read:
    size, start = _size(data, at, code)
    end = start + size
    count, place = _size(data, start, code)
    found = []
    for _ in range(count):
        value, place = decode(data, place)
        found.append(value)
    if code & 0x0F:
        return Read(dict(zip(found[::2], found[1::2], strict=True)), end)
    return Read(found, end)


def _elements(data: bytes, at: int, code: int) -> Read:
    size, start = _size(data, at, code)
    end = start + size
    count, place = _size(data, start, code)
    inner, place = data[place], place + 1
    found = []
    for _ in range(count):
        value, place = _decode(data, place, inner)
        found.append(value)
    return Read(found, end)
