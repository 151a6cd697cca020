"""The second copy of every entry: the bundles in view/, held against the batches of the log.

A changed leaf changes a hash, and a hash does not say which byte. Two copies do: where they part is
the byte, and the tree that was stated later, and in the end signed, says which of the two is right.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from monitor.errors import LedgerCorrupt
from monitor.ledger import bundle, layout, merkle
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.header import open_batch
from monitor.ledger.layout import TILE_WIDTH
from monitor.ledger.log import Head
from monitor.ledger.store import Store

MOST_HASHED = 100_000
"""Entries of a copy that are hashed to judge one batch: a hostile header may name any number."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One byte at which an object is wrong, or at which two copies part.

    `offset` counts within the object. `leaf` is the leaf within a batch, `found` and `expected` the
    byte there and in `copy`; None where one of them has ended. `wrong` says which object the tree
    convicts: `object`, `copy`, or None where it convicts neither.
    """

    object: str
    offset: int
    leaf: int | None
    found: int | None
    expected: int | None
    copy: str | None
    wrong: str | None

    def told(self) -> str:
        """Say it in words."""
        leaf = f" (leaf {self.leaf})" if self.leaf is not None else ""
        copy = f" in {self.copy}" if self.copy else ""
        text = (
            f"{self.object} at byte {self.offset}{leaf} has {_byte(self.found)},"
            f" {_byte(self.expected)}{copy}"
        )
        if self.copy is None:
            return text
        if self.wrong is None:
            return f"{text}; which of the two is right cannot be told"
        return f"{text}; {self.wrong} is wrong: the tree that was stated is the other's"


def _byte(value: int | None) -> str:
    return "the end" if value is None else f"0x{value:02x}"


def first_difference(found: bytes, expected: bytes) -> int | None:
    """Return the first offset at which two contents part; None where they are equal."""
    if found == expected:
        return None
    low, high = 0, min(len(found), len(expected))
    while low < high:
        middle = (low + high + 1) // 2
        if found[low:middle] == expected[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def byte_at(content: bytes, offset: int) -> int | None:
    """Return the byte at an offset; None behind the end."""
    return content[offset] if offset < len(content) else None


class Copies:
    """The entries of the first `size` as the bundles in a view store hold them. Nothing is trusted.

    One bundle at a time is held in memory.
    """

    def __init__(self, view: Store, size: int) -> None:
        self._view, self._size = view, size
        self._number, self._name = -1, ""
        self._leaves: tuple[bytes, ...] = ()

    def leaves(self, first: int) -> Iterator[tuple[str, bytes]]:
        """Yield the entries from `first` on with the bundle's name, up to the first not there."""
        for index in range(first, self._size):
            number, place = divmod(index, TILE_WIDTH)
            if number != self._number:
                self._load(number)
            if place >= len(self._leaves):
                return
            yield self._name, self._leaves[place]

    def _load(self, number: int) -> None:
        self._number, self._leaves = number, ()
        for name in self._names(number):
            content = self._view.get(name)
            if content is not None:
                try:
                    self._name, self._leaves = name, bundle.decode(content)
                except LedgerCorrupt:
                    continue
                return

    def _names(self, number: int) -> Iterator[str]:
        width = min(TILE_WIDTH, self._size - number * TILE_WIDTH)
        if width < TILE_WIDTH:
            yield layout.entry_bundle(number, width)
        yield layout.entry_bundle(number)


class Pinpoint:
    """Finds the byte at which a doubtful batch is wrong, as far as there is a second copy of it.

    `shown` is the checkpoint in the view, which says how far the copies go and what the last batch
    has to lead to.
    """

    def __init__(self, ledger: Store, view: Store, shown: Checkpoint) -> None:
        self._ledger, self._shown = ledger, shown
        self._copies = Copies(view, shown.size)

    def spot(self, seq: int, before: Head, root: bytes | None = None) -> Spot | None:
        """Return where batch `seq` and its copy part; None where they agree or there is no copy.

        `before` is the state before the batch. The tree that convicts one of the two is the one
        that the next header states, or that with the signed `root` where one ends with this batch.
        """
        name = layout.batch(seq)
        body = self._ledger.get(name)
        if body is None:
            return None
        end, fits = self._demanded(seq, before, root)
        count = None if end is None else end - before.size
        spot = _compare(name, body, self._copies.leaves(before.size), count)
        if spot is None or fits is None or count is None:
            return spot
        return Spot(
            spot.object,
            spot.offset,
            spot.leaf,
            spot.found,
            spot.expected,
            spot.copy,
            self._convicted(spot, body, before, count, fits),
        )

    def _demanded(
        self, seq: int, before: Head, root: bytes | None
    ) -> tuple[int | None, Callable[[tuple[bytes, ...]], bool] | None]:
        """Return where the batch has to end, and what tells a frontier that fits from others."""
        following = self._ledger.get(layout.batch(seq + 1))
        if root is not None:
            held = _decoded(self._ledger.get(layout.batch(seq)) or b"")
            return before.size + len(held), lambda frontier: merkle.root(frontier) == root
        if following is None and 0 < self._shown.size - before.size <= MOST_HASHED:
            shown = self._shown
            return shown.size, lambda frontier: merkle.root(frontier) == shown.root
        try:
            header = open_batch(seq + 1, following or b"")[0]
        except LedgerCorrupt:
            return None, None
        if not 0 < header.size - before.size <= MOST_HASHED:
            return None, None
        return header.size, lambda frontier: frontier == header.frontier

    def _convicted(
        self,
        spot: Spot,
        body: bytes,
        before: Head,
        count: int,
        fits: Callable[[tuple[bytes, ...]], bool],
    ) -> str | None:
        copies = [leaf for _, leaf in islice(self._copies.leaves(before.size), count)]
        for leaves, convicted in ((copies, spot.object), (_decoded(body), spot.copy)):
            if len(leaves) == count:
                hashes = merkle.leaf_hashes(leaves)
                if fits(merkle.extend(before.frontier, before.size, hashes)):
                    return convicted
        return None


def _decoded(body: bytes) -> tuple[bytes, ...]:
    try:
        return bundle.decode(body)
    except LedgerCorrupt:
        return ()


def _compare(
    name: str, body: bytes, copies: Iterator[tuple[str, bytes]], count: int | None
) -> Spot | None:
    """Hold a batch's bytes against its copies, each behind its length as the batch has it.

    `count` is how many leaves the batch has to have, where that is known.
    """
    offset, copy, number = 0, None, 0
    for copy, leaf in islice(copies, count):
        expected = bundle.encode([leaf])
        if offset == len(body) and count is None:
            return None
        found = body[offset : offset + len(expected)]
        at = first_difference(found, expected)
        if at is not None:
            theirs = byte_at(expected, at)
            return Spot(name, offset + at, number, byte_at(found, at), theirs, copy, None)
        offset, number = offset + len(expected), number + 1
    if number == count and offset < len(body):
        return Spot(name, offset, number, byte_at(body, offset), None, copy, None)
    return None
