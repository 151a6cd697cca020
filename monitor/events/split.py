"""Taking a broken envelope apart, so that one bad record costs no other.

Walks strings and brackets only, without recursion: a syntax error or deep nesting inside one
record leaves the places where records begin and end intact. Only used where the decoder failed.
"""

import re
from dataclasses import dataclass

import msgspec

_OPENING = re.compile(rb'\s*(?:\{\s*"records"\s*:\s*)?\[')
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{},]', re.DOTALL)
_CLOSING = re.compile(rb"\]\s*\}?\s*")
_DEEPER = frozenset(b"[{")
_SHALLOWER = frozenset(b"]}")
_COMMA = ord(",")
_QUOTE = ord('"')


@dataclass(frozen=True, slots=True)
class Split:
    """The records of an envelope as bytes, and what is left that cannot be divided (or empty).

    `is_whole` says that the envelope ends as it should; else records may be missing.
    """

    pieces: tuple[bytes, ...]
    rest: bytes
    is_whole: bool


def split_envelope(body: bytes) -> Split | None:
    """Return the items of `{"records":[...]}` or `[...]`, though the whole is no JSON.

    Where the text does not end as an envelope does (cut off, or a quotation mark too many), only
    the items before the first broken one are trusted: after it, what looks like a record may be
    somebody's text. None where the body does not begin like an envelope.
    """
    opening = _OPENING.match(body)
    if opening is None:
        return None
    spans, end = _walk(body, opening.end())
    pieces = [body[start:stop].strip() for start, stop in spans]
    if _CLOSING.fullmatch(body, end):
        return Split(_not_blank(pieces), b"", is_whole=True)
    spans.append((end, len(body)))
    pieces.append(body[end:].strip())
    broken = (place for place, piece in enumerate(pieces) if piece and not _is_json(piece))
    first = next(broken, len(pieces))
    rest = body[spans[first][0] :].strip() if first < len(pieces) else b""
    return Split(_not_blank(pieces[:first]), rest, is_whole=False)


def _not_blank(pieces: list[bytes]) -> tuple[bytes, ...]:
    return tuple(piece for piece in pieces if piece)


def _walk(body: bytes, start: int) -> tuple[list[tuple[int, int]], int]:
    """Cut at the commas of the outermost level; return the items' spans and where they end.

    The end is just before the bracket that closes the array, or before the item that is cut off.
    """
    spans: list[tuple[int, int]] = []
    depth = 1
    for token in _TOKEN.finditer(body, start):
        symbol = body[token.start()]
        if symbol in _DEEPER:
            depth += 1
        elif symbol in _SHALLOWER:
            depth -= 1
        elif symbol == _QUOTE and token.end() - token.start() == 1:
            break
        if depth == 0:
            return [*spans, (start, token.start())], token.start()
        if depth == 1 and symbol == _COMMA:
            spans.append((start, token.start()))
            start = token.end()
    return spans, start


def _is_json(piece: bytes) -> bool:
    try:
        msgspec.json.decode(piece, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
