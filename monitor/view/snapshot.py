"""What a snapshot of a view is: chunks of rows under their hashes, and a manifest that is signed.

The manifest is a signed note of three lines: what it is, the log's origin, and one JSON object. It
names every chunk by its SHA-256, so a signature over it covers every row. docs/view.md says whom
that protects from what.
"""

import zlib
from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Literal, TypeVar

import msgspec

from monitor.errors import LedgerCorrupt
from monitor.ledger import layout, note

TITLE = "mfa-monitor view snapshot v1"
"""The first line of a manifest; its second is no tree size, so no checkpoint reads like it."""
LEVEL = 1
"""zlib's: a third larger than at 6, written four times as fast, read as fast."""

T = TypeVar("T")
Kind = Literal["state", "history"]
Natural = Annotated[int, msgspec.Meta(ge=0, lt=layout.LOG_END)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Scalar = str | int | float | None
StateRow = tuple[str, str, str, str | None, str]
"""kind, tenant, key, due, value: the columns of `cell`."""
HistoryRow = tuple[
    int, int, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar
]
"""The columns of `entry`."""


class Fault(Exception):
    """A snapshot that cannot be used. It never reaches a user: the ledger has it all."""


class Piece(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One chunk: the SHA-256 of its object, the last batch folded into it, the log's size then."""

    sha256: Digest
    seq: Natural
    size: Natural


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a snapshot stands at, and what it is made of.

    After batch `seq` the log has `size` entries with the root `root` (hex); `digest` is the view's
    watermark there. `stale` are chunks of the snapshot before that are of no use any more.
    """

    kind: Kind
    shape: Natural
    seq: Natural
    size: Natural
    root: Digest
    digest: Digest
    chunks: tuple[Piece, ...]
    stale: tuple[Digest, ...] = ()

    @property
    def name(self) -> str:
        """The name of the manifest's object."""
        return layout.snapshot(self.kind, self.shape)

    def chunk_name(self, digest: str) -> str:
        """The name of a chunk's object."""
        return layout.snapshot_chunk(self.kind, self.shape, digest)


class StateChunk(msgspec.Struct, frozen=True, array_like=True):
    """Cells in the order of their key.

    `nonce` makes every chunk an object of its own, so that one that became stale is never needed.
    """

    nonce: bytes
    rows: list[StateRow]


class HistoryChunk(msgspec.Struct, frozen=True, array_like=True):
    """The index of a range of batches up to `seq`, whose watermark is `digest`."""

    seq: int
    digest: str
    rows: list[HistoryRow]


_MANIFEST = msgspec.json.Decoder(Manifest)
_STATE = msgspec.msgpack.Decoder(StateChunk)
_HISTORY = msgspec.msgpack.Decoder(HistoryChunk)


def signed(manifest: Manifest, origin: str, signers: Iterable[note.Signer]) -> bytes:
    """Return the manifest's object.

    Raises:
        ValueError: it names more chunks than a note can hold.
        StorageUnavailable: a key in a vault cannot be reached.
    """
    body = note.sign(f"{TITLE}\n{origin}\n{msgspec.json.encode(manifest).decode()}\n", *signers)
    if len(body) > note.MOST_BYTES:
        raise ValueError(f"{manifest.name}: {len(manifest.chunks)} chunks do not fit into a note")
    return body


def open_manifest(body: bytes, kind: Kind, shape: int, keys: Iterable[note.Verifier]) -> Manifest:
    """Return the manifest in a note that one of the keys, named like the log, signed.

    Raises:
        Fault: it is malformed, signed by nobody we know, or of another log, kind or shape.
    """
    trusted = tuple(keys)
    try:
        lines = note.open_note(body, trusted).split("\n")
    except LedgerCorrupt as error:
        raise Fault(str(error)) from error
    if len(lines) != 4 or lines[0] != TITLE or lines[3]:  # noqa: PLR2004 - three lines, an end
        raise Fault("the signed text is not a snapshot's")
    if all(lines[1] != key.name for key in trusted):
        raise Fault(f"it is of another log: {lines[1]!r}")
    try:
        manifest = _MANIFEST.decode(lines[2])
    except msgspec.DecodeError as error:
        raise Fault(f"the signed text is not a snapshot's: {error}") from error
    if (manifest.kind, manifest.shape) != (kind, shape):
        raise Fault(f"it is of the {manifest.kind} in the shape {manifest.shape}")
    return manifest


def packed(chunk: StateChunk | HistoryChunk) -> tuple[str, bytes]:
    """Return a chunk's object and the SHA-256 (hex) it is called by."""
    body = zlib.compress(msgspec.msgpack.encode(chunk), LEVEL)
    return sha256(body).hexdigest(), body


def state_chunk(body: bytes) -> StateChunk:
    """Read a chunk of the state, whose hash was checked; Fault if it is none."""
    return _unpacked(body, _STATE)


def history_chunk(body: bytes) -> HistoryChunk:
    """Read a chunk of the history, whose hash was checked; Fault if it is none."""
    return _unpacked(body, _HISTORY)


def _unpacked(body: bytes, decoder: msgspec.msgpack.Decoder[T]) -> T:
    try:
        return decoder.decode(zlib.decompress(body))
    except (zlib.error, msgspec.DecodeError) as error:
        raise Fault(f"a chunk cannot be read: {error}") from error
