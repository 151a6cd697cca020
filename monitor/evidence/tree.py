"""Roots of complete subtrees of the log, and the range proof that is made of them.

A range proof of [first, end) in a tree of `size` leaves is the roots of the maximal complete
subtrees left of `first` (the frontier of `first`, which the header there states) and right of
`end`. Whoever holds every leaf hash of the range folds the three together and gets the root: so
nothing inside was left out, added or moved. Both lists are O(log size), and their lengths follow
from the three numbers.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from monitor.errors import LedgerCorrupt
from monitor.ledger import merkle
from monitor.ledger.log import Batch, Log
from monitor.ledger.merkle import Nodes

Block = tuple[int, int]
"""Level and index of a complete subtree: its first leaf is `index << level`."""
KEPT_LEVEL = 6
"""Subtrees from this level on are remembered: proofs of neighbouring ranges share them."""


def blocks(start: int, end: int) -> Iterator[Block]:
    """Yield the maximal complete subtrees that cover [start, end), left to right."""
    while start < end:
        widest = (end - start).bit_length() - 1
        level = min(widest, (start & -start).bit_length() - 1) if start else widest
        yield level, start >> level
        start += 1 << level


@dataclass(frozen=True, slots=True)
class RangeProof:
    """Shows that certain leaf hashes are exactly the entries `first` to `end - 1` of the tree."""

    first: int
    end: int
    size: int
    left: tuple[bytes, ...]
    right: tuple[bytes, ...]

    def root(self, hashes: Iterable[bytes]) -> bytes:
        """Return the root of the tree in which the range has these leaf hashes.

        ValueError where their number, or that of the proof's hashes, is not that of the range.
        """
        stack: list[tuple[Block, bytes]] = []
        leaves = ((0, index) for index in range(self.first, self.end))
        _fold(stack, blocks(0, self.first), self.left)
        _fold(stack, leaves, hashes)
        _fold(stack, blocks(self.end, self.size), self.right)
        return merkle.root([hashed for _, hashed in stack])


def _fold(
    stack: list[tuple[Block, bytes]], places: Iterable[Block], hashes: Iterable[bytes]
) -> None:
    """Put subtrees on the stack, left to right, and join two that are one parent's children."""
    for place, hashed in zip(places, hashes, strict=True):
        (level, index), value = place, hashed
        while index & 1 and stack and stack[-1][0] == (level, index - 1):
            value = merkle.node_hash(stack.pop()[1], value)
            level, index = level + 1, index >> 1
        stack.append(((level, index), value))


class Tree:
    """Looks up subtree roots of the first `size` entries: in tiles, or in the batches themselves.

    Tiles are a cache that nobody vouches for: check what is made of them against a signed root.
    """

    def __init__(self, log: Log, size: int, tiles: Nodes | None = None) -> None:
        self.size = size
        self._log = log
        self.tiles = tiles
        self._known: dict[Block, bytes] = {}

    def learn(self, size: int) -> None:
        """Take the frontier of `size` entries from the header there, where a batch begins there.

        It saves reading all that is before it.
        """
        batch = self._log.containing(size)
        if batch is not None and batch.first_index == size:
            self._known.update(zip(blocks(0, size), batch.stated.frontier, strict=True))

    def proof(self, first: int, end: int) -> RangeProof:
        """Return the range proof of [first, end)."""
        left = tuple(self.node(level, index) for level, index in blocks(0, first))
        right = tuple(self.node(level, index) for level, index in blocks(end, self.size))
        return RangeProof(first, end, self.size, left, right)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """Return the RFC 6962 consistency proof from the first `old` entries to all of them."""
        self.learn(old)
        return merkle.consistency_proof(self.node, old, self.size)

    def node(self, level: int, index: int) -> bytes:
        """Return the root of a complete subtree."""
        place = level, index
        if place not in self._known:
            found = self._looked_up(level, index)
            if level < KEPT_LEVEL:
                return found
            self._known[place] = found
        return self._known[place]

    def _looked_up(self, level: int, index: int) -> bytes:
        if self.tiles is not None:
            return self.tiles(level, index)
        hashes = self._hashes(index << level, (index + 1) << level)
        (found,) = merkle.extend((), 0, hashes)
        return found

    def _hashes(self, start: int, end: int) -> list[bytes]:
        """Read the hashes of the entries [start, end) out of their batches."""
        hashes: list[bytes] = []
        batch = self._log.containing(start)
        while batch is not None and batch.first_index < end:
            leaves = (batch.header_leaf, *batch.leaves)
            part = leaves[max(0, start - batch.first_index) : end - batch.first_index]
            hashes += merkle.leaf_hashes(part)
            batch = self._log.read(batch.seq + 1)
        if len(hashes) != end - start:
            raise LedgerCorrupt(f"the log does not hold all entries from {start} to {end - 1}")
        return hashes


def end_of(log: Log, size: int) -> int:
    """Return the number of the batch that ends at `size` entries, -1 for 0.

    Raises:
        LedgerCorrupt: no batch ends there.
    """
    head = log.head()
    if size == head.size:
        return head.seq
    batch: Batch | None = log.containing(size) if size else None
    if size and (batch is None or batch.first_index != size):
        raise LedgerCorrupt(f"no batch of the log ends at {size} entries")
    return batch.seq - 1 if batch else -1


def proof_json(proof: RangeProof) -> dict[str, JsonValue]:
    """Write a range proof as JSON."""
    return {
        "first": proof.first,
        "end": proof.end,
        "size": proof.size,
        "left": [_encoded(one) for one in proof.left],
        "right": [_encoded(one) for one in proof.right],
    }


def consistency_json(old: int, size: int, proof: tuple[bytes, ...]) -> dict[str, JsonValue]:
    """Write a consistency proof (RFC 6962, section 2.1.2) as JSON."""
    return {"old": old, "size": size, "proof": [_encoded(one) for one in proof]}


def _encoded(digest: bytes) -> str:
    return b64encode(digest).decode()
