"""Taking a broken envelope apart, so that one bad record costs no other.

Walks strings and brackets only, without recursion: a syntax error or deep nesting inside one
record leaves the places where records begin and end intact. Only used where the decoder failed.
"""

import re
from dataclasses import dataclass

import msgspec

_OPENING = re.compile(rb'\s*(?:\{\s*"records"\s*:\s*)?\[')
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{},]', re.DOTALL)
_CLOSING = re.compile(rb"\s*\}?\s*")
_DEEPER = frozenset(b"[{")
_SHALLOWER = frozenset(b"]}")


@dataclass(frozen=True, slots=True)
class Split:
    """The records of an envelope as bytes, and what is left that cannot be divided (or empty)."""

    pieces: tuple[bytes, ...]
    rest: bytes


def split_envelope(body: bytes) -> Split | None:
    """Return the items of `{"records":[...]}` or `[...]`, though the whole is no JSON.

    Where the text ends inside the array (cut off, or a quotation mark too many), only the items
    before the first broken one are trusted: after it, what looks like a record may be text. None
    where the body does not begin like an envelope.
    """
    opening = _OPENING.match(body)
    if opening is None:
        return None
    pieces, start, closed = _walk(body, opening.end())
    if closed:
        rest = body[start:]
        return Split(tuple(pieces), b"" if _CLOSING.fullmatch(rest) else rest)
    return _trusted(pieces, body[start:])


def _walk(body: bytes, start: int) -> tuple[list[bytes], int, bool]:
    """Cut at the commas of the outermost level; return items, where the rest begins, closed."""
    pieces: list[bytes] = []
    depth = 1
    for token in _TOKEN.finditer(body, start):
        symbol = body[token.start()]
        if symbol in _DEEPER:
            depth += 1
        elif symbol in _SHALLOWER:
            depth -= 1
        elif symbol == ord('"') and token.end() - token.start() == 1:
            break
        if depth == 0 or (depth == 1 and symbol == ord(",")):
            pieces.append(body[start : token.start()].strip())
            start = token.end()
        if depth == 0:
            return [piece for piece in pieces if piece], start, True
    return [piece for piece in pieces if piece], start, False


def _trusted(pieces: list[bytes], rest: bytes) -> Split:
    for index, piece in enumerate(pieces):
        if not _is_json(piece):
            return Split(tuple(pieces[:index]), b",".join([*pieces[index:], rest.strip()]))
    return Split(tuple(pieces), rest.strip())


def _is_json(piece: bytes) -> bool:
    try:
        msgspec.json.decode(piece, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
