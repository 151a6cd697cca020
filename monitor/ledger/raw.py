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
    """What a leaf keeps of source bytes: SHA-256 of salt and body (hex), and the body's length."""

    digest: str
    length: int


def keep(store: Store, body: bytes) -> RawRef:
    """Keep the bytes under a fresh salt; durable on return. Call it before the leaf is appended."""
    content = secrets.token_bytes(SALT_BYTES) + body
    digest = sha256(content).hexdigest()
    store.create(layout.raw(digest), content)
    return RawRef(digest, len(body))


def read(store: Store, ref: RawRef) -> bytes | None:
    """Return the source bytes, or None where they have expired.

    Raises:
        LedgerCorrupt: the object is not the one the log knows.
    """
    if not layout.is_digest(ref.digest):
        raise LedgerCorrupt(f"not the name of a raw object: {ref.digest[:80]!r}")
    content = store.get(layout.raw(ref.digest))
    if content is None:
        return None
    found = sha256(content).hexdigest()
    if found != ref.digest:
        raise LedgerCorrupt(f"raw/{ref.digest}: its content hashes to {found}")
    if len(content) != SALT_BYTES + ref.length:
        length = len(content) - SALT_BYTES
        raise LedgerCorrupt(f"raw/{ref.digest}: the leaf says {ref.length} bytes, it has {length}")
    return content[SALT_BYTES:]
