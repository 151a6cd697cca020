"""Source bytes, outside the locked log and with their own expiry: `raw/<sha256 of salt and body>`.

The salt keeps the digest in the log from being a fingerprint: once the object has expired, nobody
can check a guess of its content against the log.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from monitor.errors import LedgerCorrupt
from monitor.ledger import layout
from monitor.ledger.store import Store

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class RawRef:
    """What a leaf keeps of source bytes: SHA-256 of the object (hex), and where in it they stand.

    `offset` counts from the end of the salt; None says that the object holds these `length` bytes
    alone.
    """

    digest: str
    length: int
    offset: int | None = None


def keep(store: Store, body: bytes) -> RawRef:
    """Keep the bytes under a fresh salt; durable on return. Call it before the leaf is appended.

    The bytes of all records of a batch may be kept as one object: one write, not one per record.
    """
    content = secrets.token_bytes(SALT_BYTES) + body
    digest = sha256(content).hexdigest()
    store.create(layout.raw(digest), content)
    return RawRef(digest, len(body))


def load(store: Store, digest: str) -> bytes | None:
    """Return what an object holds, without its salt, or None where it has expired.

    Raises:
        LedgerCorrupt: the object is not the one the log knows.
    """
    if not layout.is_digest(digest):
        raise LedgerCorrupt(f"not the name of a raw object: {digest[:80]!r}")
    content = store.get(layout.raw(digest))
    if content is None:
        return None
    found = sha256(content).hexdigest()
    if found != digest:
        raise LedgerCorrupt(f"raw/{digest}: its content hashes to {found}")
    return content[SALT_BYTES:]


def part(held: bytes, ref: RawRef) -> bytes:
    """Return the bytes of a reference out of what its object holds.

    Raises:
        LedgerCorrupt: they are not all there.
    """
    start = ref.offset or 0
    if ref.offset is None and len(held) != ref.length:
        raise LedgerCorrupt(
            f"raw/{ref.digest}: the leaf says {ref.length} bytes, it has {len(held)}"
        )
    if not 0 <= start <= start + ref.length <= len(held):
        wanted = f"bytes {start} to {start + ref.length}"
        raise LedgerCorrupt(f"raw/{ref.digest}: the leaf says {wanted}, it has {len(held)}")
    return held[start : start + ref.length]


def read(store: Store, ref: RawRef) -> bytes | None:
    """Return the source bytes, or None where they have expired.

    Raises:
        LedgerCorrupt: the object is not the one the log knows, or the bytes are not all in it.
    """
    held = load(store, ref.digest)
    return None if held is None else part(held, ref)
