"""Checkpoints (C2SP tlog-checkpoint v1.0.0): three lines that name a tree, in a signed note."""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.errors import LedgerCorrupt
from monitor.ledger.merkle import DIGEST_SIZE
from monitor.ledger.note import Signer, Verifier, decode_base64, open_note, sign

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The first `size` entries of the log called `origin` have the root `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the note text: origin, size, base64 root, a line each."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def signed(self, *signers: Signer) -> bytes:
        """Return the note that they signed, a line each. Sign only what is committed."""
        return sign(self.text(), *signers)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's note text; extension lines are allowed and ignored, as the spec has it.

    Raises:
        LedgerCorrupt: naming the line that is wrong.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):  # noqa: PLR2004 - three lines and the end
        raise LedgerCorrupt("not a checkpoint: three lines, none empty")
    origin, size, encoded = lines[:3]
    if not _SIZE.fullmatch(size):
        raise LedgerCorrupt(f"line 2 of the checkpoint is not a tree size: {size[:40]!r}")
    try:
        root = decode_base64(encoded)
    except ValueError as error:
        raise LedgerCorrupt(f"line 3 of the checkpoint is not a root hash: {error}") from error
    if len(root) != DIGEST_SIZE:
        raise LedgerCorrupt(f"line 3 of the checkpoint is not a root hash: {len(root)} bytes")
    return Checkpoint(origin, int(size), root)


def open_checkpoint(note: bytes, keys: Iterable[Verifier]) -> Checkpoint:
    """Return the checkpoint in a note that one of the keys, named like its origin, signed.

    Raises:
        LedgerCorrupt: the note, its signature or its text is wrong, or it speaks of another log.
    """
    trusted = tuple(keys)
    checkpoint = parse_checkpoint(open_note(note, trusted))
    if all(checkpoint.origin != key.name for key in trusted):
        raise LedgerCorrupt(f"it speaks of another log: {checkpoint.origin!r}")
    return checkpoint
