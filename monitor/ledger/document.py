"""Documents inside leaves: whole up to 48 KiB, beyond that as a reference to `doc/<sha256>`.

A reference is an object `{"doc_sha256": hex, "len": bytes}`. No document in a leaf looks like one:
a document that has a member of that name anywhere is moved out as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

import msgspec
from pydantic import JsonValue

from monitor.errors import LedgerCorrupt
from monitor.ledger import layout
from monitor.ledger.store import Store

KEPT_WHOLE = 48 * 1024
"""The longest document, in bytes of JSON, that stands in its leaf."""
MEMBER = "doc_sha256"
MARK = b'"doc_sha256"'
"""The bytes by which a leaf with a reference is known without parsing it."""


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """What a leaf keeps of a large document: SHA-256 (hex) and length in bytes of its JSON."""

    digest: str
    length: int


def keep_document(
    store: Store, document: Mapping[str, JsonValue], *, kept_whole: int = KEPT_WHOLE
) -> dict[str, JsonValue]:
    """Return what the leaf is to hold: the document itself, or a reference to it once it is stored.

    The stored JSON is compact with sorted members, so equal documents are one object. `kept_whole`
    is the longest JSON, in bytes, that stays in the leaf: less where several documents share one.

    Raises:
        LedgerCorrupt: other bytes stand under the document's hash.
    """
    body = msgspec.json.encode(document, order="deterministic")
    if len(body) <= kept_whole and MARK not in body:
        return dict(document)
    digest = sha256(body).hexdigest()
    name = layout.document(digest)
    if not store.create(name, body) and store.get(name) != body:
        raise LedgerCorrupt(f"{name}: its content is not what its name says")
    return {MEMBER: digest, "len": len(body)}


def read_document(store: Store, kept: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Return the document that `keep_document` gave `kept` for.

    Raises:
        LedgerCorrupt: the object is missing or not the one the log knows.
    """
    if MEMBER not in kept:
        return kept
    ref = _reference(kept)
    if ref is None:
        raise LedgerCorrupt(f"not a reference to a document: {str(kept)[:200]}")
    return cast("Mapping[str, JsonValue]", msgspec.json.decode(load(store, ref)))


def load(store: Store, ref: DocumentRef) -> bytes:
    """Return the JSON of a large document, its hash and length checked; LedgerCorrupt as above."""
    name = layout.document(ref.digest)
    body = store.get(name)
    if body is None:
        raise LedgerCorrupt(f"{name}: missing")
    found = sha256(body).hexdigest()
    if found != ref.digest:
        raise LedgerCorrupt(f"{name}: its content hashes to {found}")
    if len(body) != ref.length:
        raise LedgerCorrupt(f"{name}: the leaf says {ref.length} bytes, it has {len(body)}")
    return body


def references(value: JsonValue) -> Iterator[DocumentRef]:
    """Yield the references anywhere inside a leaf's JSON; LedgerCorrupt at a malformed one."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if MEMBER in value:
            ref = _reference(value)
            if ref is None:
                raise LedgerCorrupt(f"malformed reference to a document: {str(value)[:200]}")
            yield ref
        for item in value.values():
            yield from references(item)


def _reference(value: Mapping[str, JsonValue]) -> DocumentRef | None:
    digest, length = value.get(MEMBER), value.get("len")
    if value.keys() != {MEMBER, "len"} or not isinstance(digest, str) or type(length) is not int:
        return None
    return DocumentRef(digest, length) if layout.is_digest(digest) else None
