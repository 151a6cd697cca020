"""Entry bundles (C2SP tlog-tiles): leaves, each behind its length as a big-endian uint16."""

from collections.abc import Iterable

from monitor.errors import LedgerCorrupt

MAX_LEAF = 65_535
"""The longest leaf in bytes: what a uint16 can say."""


def encode(leaves: Iterable[bytes]) -> bytes:
    """Write the leaves one after another; ValueError for an empty leaf or one over MAX_LEAF."""
    parts: list[bytes] = []
    for number, leaf in enumerate(leaves):
        if not 0 < len(leaf) <= MAX_LEAF:
            raise ValueError(f"leaf {number} has {len(leaf)} bytes, not 1 to {MAX_LEAF}")
        parts += (len(leaf).to_bytes(2, "big"), leaf)
    return b"".join(parts)


def decode(body: bytes) -> tuple[bytes, ...]:
    """Read the leaves; LedgerCorrupt names the byte at which a leaf is empty or cut off."""
    leaves, prefix, offset, end = [], 0, 0, len(body)
    while offset + 1 < end:
        prefix, start = offset, offset + 2
        offset = start + (body[prefix] << 8 | body[prefix + 1])
        if offset == start:
            raise LedgerCorrupt(f"byte {prefix}: an empty leaf")
        leaves.append(body[start:offset])
    if offset > end:
        raise LedgerCorrupt(f"byte {prefix}: leaf {len(leaves) - 1} is cut off at byte {end}")
    if offset < end:
        raise LedgerCorrupt(f"byte {offset}: half a length prefix")
    return tuple(leaves)
