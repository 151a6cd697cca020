"""Puts the certificates of an RFC 3161 reply in the order that DER asks for.

OpenSSL 3.0, and authorities built on it, send several certificates in another order. No
signature covers their order, OpenSSL's own verifier takes any, and the strict reader refuses it: so
the copy that is read is put right, and the reply that is kept stays as it came.
"""

from collections.abc import Iterator

_SEQUENCE, _EXPLICIT = 0x30, 0xA0
_LONG = 0x80
_PATH = ((_SEQUENCE, 0), (_SEQUENCE, 1), (_EXPLICIT, 1), (_SEQUENCE, 0), (_EXPLICIT, 3))
"""From the reply down: its token (RFC 3161, 2.4.2), content, SignedData, certificates (RFC 5652).

Each step is the tag of an element and its place among its siblings.
"""


def in_order(reply: bytes) -> bytes:
    """Return the reply with its certificates sorted; as it is where none can be found."""
    start, end = 0, len(reply)
    try:
        for tag, place in _PATH:
            start, end = _inside(reply, start, end, tag, place)
        found = sorted(reply[first:last] for first, _, last in _elements(reply, start, end))
    except (IndexError, ValueError):
        return reply  # the reader says what is wrong with it
    return reply[:start] + b"".join(found) + reply[end:]


def _inside(reply: bytes, start: int, end: int, tag: int, place: int) -> tuple[int, int]:
    """Return where the content of an element lies, by its place among those from start to end."""
    first, content, last = list(_elements(reply, start, end))[place]
    if reply[first] != tag:
        raise ValueError("another element stands there")
    return content, last


def _elements(reply: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield where each element begins, where its content does, and where it ends."""
    while start < end:
        length, content = reply[start + 1], start + 2
        if length >= _LONG:
            content += length - _LONG
            length = int.from_bytes(reply[start + 2 : content], "big")
        if content + length > end:
            raise ValueError("an element is cut off")
        yield start, content, content + length
        start = content + length
