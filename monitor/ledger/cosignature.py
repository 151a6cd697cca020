"""Cosignatures of witnesses over checkpoints (C2SP tlog-cosignature v1, Ed25519, type 0x04).

A witness vouches, with a time, that the tree grew out of every earlier one that it has seen.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from monitor.errors import InvalidInput, LedgerCorrupt
from monitor.ledger.epoch import LAST, from_milliseconds
from monitor.ledger.note import (
    KEY_ID_BYTES,
    Signature,
    VerifierKey,
    key_parts,
    signature_line,
    split_note,
)

COSIGNATURE = b"\x04"
"""The signature type byte."""
TIME_BYTES = 8
"""A cosignature begins with its time: POSIX seconds, big-endian."""


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The public Ed25519 key of a witness (32 bytes) and its name in signature lines."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell keys of one name apart."""
        start = self.name.encode() + b"\n" + COSIGNATURE
        return sha256(start + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(COSIGNATURE + self.public).decode()}"

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Tell whether this witness made the cosignature, and gave it a time that can be."""
        seconds = int.from_bytes(signature[:TIME_BYTES], "big")
        if not 0 < seconds <= LAST // 1000:
            return False
        message = cosigned(text, seconds)
        return VerifierKey(self.name, self.public).signed(message, signature[TIME_BYTES:])


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosignature that was verified: its line, newline included, and the time it gives (UTC)."""

    line: bytes
    time: datetime


def cosigned(text: bytes, seconds: int) -> bytes:
    """Return the message a witness signs at that POSIX time for a checkpoint's note text."""
    return b"cosignature/v1\ntime %d\n%b" % (seconds, text)


def parse_witness_key(text: str) -> WitnessKey:
    """Read a verifier key of type 0x04; InvalidInput if it is not one."""
    name, key_id, material = key_parts(text, COSIGNATURE, "verifier key")
    key = WitnessKey(name, material)
    if len(material) != 32 or key.key_id.hex() != key_id:  # noqa: PLR2004 - RFC 8032, 5.1.5
        raise InvalidInput(f"the verifier key of {name!r} does not have the id {key_id!r}")
    return key


def read_cosignature(note: bytes, lines: bytes, key: WitnessKey) -> Cosignature:
    """Return the cosignature of that witness among signature lines over the note's text.

    Lines of other keys are ignored, as the specification asks.

    Raises:
        LedgerCorrupt: the lines are malformed, hold none of that key, or one that does not verify.
    """
    text, _ = split_note(note)
    _, signatures = split_note(f"{text}\n".encode() + lines)
    for one in signatures:
        if (one.name, one.key_id) == (key.name, key.key_id):
            if not key.signed(text.encode(), one.signature):
                raise LedgerCorrupt(f"the cosignature of {key.name!r} does not verify")
            return Cosignature(signature_line(one.name, one.key_id, one.signature), _time(one))
    raise LedgerCorrupt(f"no cosignature of {key.name!r} is among the lines")


def _time(line: Signature) -> datetime:
    return from_milliseconds(1000 * int.from_bytes(line.signature[:TIME_BYTES], "big"))


def with_lines(note: bytes, lines: bytes) -> bytes:
    """Return the note with those signature lines after its own, each once."""
    held = note.rpartition(b"\n\n")[2].splitlines(keepends=True)
    new = [line for line in lines.splitlines(keepends=True) if line not in held]
    return note + b"".join(dict.fromkeys(new))
