"""RFC 6962 section 2.1, word for word and slow: what the implementation is compared with."""

from collections.abc import Sequence
from hashlib import sha256

Leaves = Sequence[bytes]


def tree_hash(leaves: Leaves) -> bytes:
    """MTH(D[n]), 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = largest_power_below(len(leaves))
    return sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def path(m: int, leaves: Leaves) -> list[bytes]:
    """PATH(m, D[n]), 2.1.1."""
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), tree_hash(leaves[k:])]
    return [*path(m - k, leaves[k:]), tree_hash(leaves[:k])]


def proof(m: int, leaves: Leaves) -> list[bytes]:
    """PROOF(m, D[n]), 2.1.2."""
    return subproof(m, leaves, complete=True)


def subproof(m: int, leaves: Leaves, *, complete: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b), 2.1.2."""
    if m == len(leaves):
        return [] if complete else [tree_hash(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], complete=complete), tree_hash(leaves[k:])]
    return [*subproof(m - k, leaves[k:], complete=False), tree_hash(leaves[:k])]


def largest_power_below(n: int) -> int:
    """The k of RFC 6962: the largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k
