"""Find a checkpoint in a text that somebody kept: a note as it is, or a mail around one.

What mail and people do to a note is undone: a margin of blanks or `>`, the empty line before the
signatures gone, a long line broken in two. The signature tells whether the outcome is the note.
"""

import re
from collections.abc import Iterator, Sequence

from monitor.errors import InvalidInput, LedgerCorrupt
from monitor.ledger.checkpoint import parse_checkpoint
from monitor.ledger.note import MOST_SIGNATURES, split_note

_MARGIN = "> \t\r\N{NO-BREAK SPACE}"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_ROOT = re.compile(r"[A-Za-z0-9+/]{43}=")
_SIGNATURE = re.compile(
    r"\N{EM DASH} \S+ (?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_BEGUN = re.compile(r"\N{EM DASH} \S+(?: [A-Za-z0-9+/]+)?")
_SHORTEST = 92
"""Characters of base64 in an Ed25519 signature line; a shorter line may have been broken."""
MOST_BROKEN = 4
"""Pieces that one signature line may have been broken into."""


def find_notes(text: str) -> tuple[bytes, ...]:
    """Return every distinct checkpoint note in the text, in its order; its signatures unchecked.

    Raises:
        InvalidInput: there is none, or one whose signature lines are not there.
    """
    whole = text.encode()
    if _is_note(whole):
        return (whole,)
    # Empty lines go: mail adds and drops them, and none is needed to tell the parts of a note.
    stripped = ((line.strip(_MARGIN), number) for number, line in enumerate(text.split("\n"), 1))
    told = [(line, number) for line, number in stripped if line]
    lines = [line for line, _ in told]
    heads = [at for at in range(1, len(lines) - 1) if _begins(lines, at)]
    notes = [note for at in heads if (note := _note_at(lines, at))]
    if notes:
        return tuple(dict.fromkeys(notes))
    if heads:
        line = told[heads[0] - 1][1]
        raise InvalidInput(
            f"line {line}: a checkpoint without its signature lines; they begin with a dash, and"
            " belong to it"
        )
    raise InvalidInput("no checkpoint in it: three lines, origin, size and root, and a signature")


def _begins(lines: Sequence[str], at: int) -> bool:
    """Tell whether the size stands on line `at`, between a name and a root."""
    return bool(lines[at - 1] and _SIZE.fullmatch(lines[at]) and _ROOT.fullmatch(lines[at + 1]))


def _note_at(lines: Sequence[str], at: int) -> bytes | None:
    signatures = list(_signatures(lines[at + 2 : at + 2 + MOST_SIGNATURES * MOST_BROKEN]))
    text = "\n".join([*lines[at - 1 : at + 2], "", *signatures, ""])
    note = text.encode()
    return note if signatures and _is_note(note) else None


def _signatures(lines: Sequence[str]) -> Iterator[str]:
    """Yield the signature lines that follow, put together where they were broken."""
    place = 0
    for _ in range(MOST_SIGNATURES):
        line, count = _mended(lines[place : place + MOST_BROKEN])
        if not line:
            return
        yield line
        place += count


def _mended(lines: Sequence[str]) -> tuple[str, int]:
    """Return the signature line that these begin with and how many it takes; empty if none."""
    if not lines or not _BEGUN.match(lines[0]):
        return "", 0
    line = lines[0]
    for count, further in enumerate([*lines[1:], ""], 1):
        if _SIGNATURE.fullmatch(line) and (
            len(line.rpartition(" ")[2]) >= _SHORTEST or not _BASE64.fullmatch(further)
        ):
            return line, count
        line += further if line.count(" ") > 1 else f" {further}"
    return "", 0


def _is_note(note: bytes) -> bool:
    try:
        parse_checkpoint(split_note(note)[0])
    except LedgerCorrupt:
        return False
    return True
