"""The Merkle tree of RFC 6962 section 2.1 over SHA-256: hashes, frontier, proofs and their checks.

A *frontier* is the roots of the maximal complete subtrees of the first n leaves, left to right: one
per set bit of n. It is all a writer needs to know of the past, and it stands for the root.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

Nodes = Callable[[int, int], bytes]
"""Look up the root of a complete subtree by level and index: `index << level` is its first leaf."""

DIGEST_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash one entry: SHA-256 of 0x00 and the leaf's bytes."""
    return sha256(b"\x00" + leaf).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Hash many entries; the loop of `leaf_hash` without its calls."""
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an interior node: SHA-256 of 0x01 and both children."""
    return sha256(b"\x01" + left + right).digest()


def extend(frontier: Sequence[bytes], size: int, hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the frontier of `size + len(hashes)` leaves from that of `size` and the new hashes.

    Costs one node hash per new leaf and O(log size) besides: level by level, not leaf by leaf.
    """
    if len(frontier) != size.bit_count():
        raise ValueError(f"a frontier of {size} leaves has {size.bit_count()} hashes")
    kept, row, right = list(frontier), list(hashes), list[bytes]()
    while row:
        if size & 1:
            row.insert(0, kept.pop())
        if len(row) & 1:
            right.append(row.pop())
        pairs = iter(row)
        row = [
            sha256(b"\x01" + left + sibling).digest()
            for left, sibling in zip(pairs, pairs, strict=True)
        ]
        size >>= 1
    return (*kept, *reversed(right))


def root(frontier: Sequence[bytes]) -> bytes:
    """Return the root of the tree that has this frontier."""
    if not frontier:
        return EMPTY_ROOT
    *rest, hashed = frontier
    for left in reversed(rest):
        hashed = node_hash(left, hashed)
    return hashed


def stored(hashes: Sequence[bytes]) -> Nodes:
    """Return a lookup over all complete subtrees of these leaf hashes, kept in memory."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)])
    return lambda level, index: levels[level][index]


def subtree_root(nodes: Nodes, start: int, end: int) -> bytes:
    """Return MTH(D[start:end]); `start` is a multiple of the power of two from `end - start`."""
    width = end - start
    if width == 0:
        return EMPTY_ROOT
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(width)
    return node_hash(subtree_root(nodes, start, middle), subtree_root(nodes, middle, end))


def inclusion_proof(nodes: Nodes, index: int, end: int, start: int = 0) -> tuple[bytes, ...]:
    """Return PATH: the siblings from the leaf at `index` up to the root over [start, end)."""
    if not start <= index < end:
        raise ValueError(f"entry {index} is outside [{start}, {end})")
    if end - start == 1:
        return ()
    middle = start + _split(end - start)
    if index < middle:
        return (*inclusion_proof(nodes, index, middle, start), subtree_root(nodes, middle, end))
    return (*inclusion_proof(nodes, index, end, middle), subtree_root(nodes, start, middle))


def consistency_proof(nodes: Nodes, old: int, size: int, start: int = 0) -> tuple[bytes, ...]:
    """Return PROOF: hashes that show the first `size` leaves to begin with the first `old`.

    With `start` the older part is the subtree [start, old) instead: a range proof
    (draft-ietf-plants-merkle-tree-certs, subtree consistency proofs).
    """
    if not 0 <= start <= old <= size:
        raise ValueError(f"[{start}, {old}) is outside [0, {size})")
    return _subproof(nodes, (start, old), (0, size), known=True)


def _subproof(
    nodes: Nodes, part: tuple[int, int], whole: tuple[int, int], *, known: bool
) -> tuple[bytes, ...]:
    if part[0] == part[1]:
        return ()
    if part == whole:
        return () if known else (subtree_root(nodes, *whole),)
    low, high = whole
    middle = low + _split(high - low)
    if part[1] <= middle:
        inner = _subproof(nodes, part, (low, middle), known=known)
        return (*inner, subtree_root(nodes, middle, high))
    if part[0] >= middle:
        inner = _subproof(nodes, part, (middle, high), known=known)
    else:
        inner = _subproof(nodes, (middle, part[1]), (middle, high), known=False)
    return (*inner, subtree_root(nodes, low, middle))


def _split(width: int) -> int:
    """The largest power of two below `width` (RFC 6962's k)."""
    return 1 << (width - 1).bit_length() - 1


def includes(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the proof shows the leaf hash at `index` in the tree of that size and root.

    RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size or not _all_digests(hashed, root, *proof):
        return False
    node, last, value = index, size - 1, hashed
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            shift = _trailing_zeros(node)
            node, last = node >> shift, last >> shift
        else:
            value = node_hash(value, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and value == root


def extends(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Tell whether the proof shows the tree of `size` leaves to grow out of that of `old` leaves.

    RFC 9162 section 2.1.4.2. An old size of 0 proves nothing and is refused.
    """
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    if not proof or not _all_digests(old_root, root, *proof):
        return False
    path = (old_root, *proof) if old & (old - 1) == 0 else tuple(proof)
    shift = _trailing_zeros(old)
    node, last = (old - 1) >> shift, (size - 1) >> shift
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            shift = _trailing_zeros(node)
            node, last = node >> shift, last >> shift
        else:
            after = node_hash(after, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _all_digests(*values: bytes) -> bool:
    return all(len(value) == DIGEST_SIZE for value in values)


def _trailing_zeros(number: int) -> int:
    """How often the number halves evenly; 0 for 0, which has no end of zeros to skip."""
    return (number & -number).bit_length() - 1 if number else 0
