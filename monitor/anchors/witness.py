"""A client of witnesses (C2SP tlog-witness v1.0.0): `add-checkpoint` with a consistency proof."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

from monitor.anchors.post import Answer, post
from monitor.errors import AnchorFailed, LedgerCorrupt
from monitor.ledger.checkpoint import parse_checkpoint
from monitor.ledger.cosignature import Cosignature, WitnessKey, read_cosignature
from monitor.ledger.note import split_note

MOST_PROOF = 63
"""Lines of a proof that a client may send."""
TRIES = 3
"""Requests of one round: one, and two more where the witness knows another size than we do."""
SIZE_MEDIA = "text/x.tlog.size"
SHOWN = 120
"""Characters of an answer that are repeated in an error."""

Proof = Callable[[int], tuple[bytes, ...]]
"""Returns the consistency proof from an earlier size to that of the checkpoint."""

_REASONS = {
    400: "takes the request for malformed",
    403: "does not take our signature: give it the current verifier key",
    404: "does not know this log: have its operator add our origin and verifier key",
    422: "finds that the log does not grow out of what it saw before",
}


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: the name its cosignatures are kept under, its submission prefix, its key."""

    name: str
    url: str
    key: WitnessKey

    def cosign(self, note: bytes, known: int, proof: Proof, limit_seconds: float) -> Cosignature:
        """Ask for a cosignature over a signed checkpoint; return it verified.

        `known` is the size that the witness saw last, as far as we know; it corrects us.

        Raises:
            AnchorFailed: the witness cannot be reached, refuses, or answers something else.
        """
        size = parse_checkpoint(split_note(note)[0]).size
        old = known if known <= size else 0
        for _ in range(TRIES):
            answer = self._add(note, old, proof, limit_seconds)
            if answer.status == 409:  # noqa: PLR2004 - Conflict: another size than it knows
                old = self._size(answer, size)
                continue
            return self._cosignature(note, answer)
        raise AnchorFailed(f"witness {self.name}: the size it knows changed {TRIES} times")

    def _add(self, note: bytes, old: int, proof: Proof, limit_seconds: float) -> Answer:
        hashes = proof(old) if old else ()
        if len(hashes) > MOST_PROOF:
            raise AnchorFailed(f"witness {self.name}: a proof of {len(hashes)} hashes")
        lines = (f"old {old}", *(b64encode(one).decode() for one in hashes), "", "")
        body = "\n".join(lines).encode() + note
        return post(f"{self.url.rstrip('/')}/add-checkpoint", body, "text/plain", limit_seconds)

    def _size(self, answer: Answer, size: int) -> int:
        text = answer.body.decode("ascii", errors="replace")
        digits = text.removesuffix("\n")
        if answer.media != SIZE_MEDIA or not digits.isdecimal() or len(digits) > len(str(1 << 63)):
            raise AnchorFailed(f"witness {self.name}: a conflict without a size: {text[:SHOWN]!r}")
        if int(digits) > size:
            raise AnchorFailed(
                f"witness {self.name}: it saw {digits} entries before, the log has {size}: "
                "another instance has published since, or the log was rolled back"
            )
        return int(digits)

    def _cosignature(self, note: bytes, answer: Answer) -> Cosignature:
        if answer.status != 200:  # noqa: PLR2004 - OK
            text = answer.body[:SHOWN].decode(errors="replace").strip()
            reason = _REASONS.get(answer.status, f"answers {text!r}")
            raise AnchorFailed(f"witness {self.name}: HTTP {answer.status}: it {reason}")
        try:
            return read_cosignature(note, answer.body, self.key)
        except LedgerCorrupt as error:
            raise AnchorFailed(f"witness {self.name}: {error}") from error
