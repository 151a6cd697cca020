"""The log as C2SP tlog-tiles in the view store, for any reader of that format.

A tile is written once its content is settled, so writing it again writes the same bytes: a crash
between any two writes is repaired by the next one. Tiles are a cache. What is read back to go on
from is compared with the frontier that a header of the log states, and written anew where it
differs.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial

from monitor.errors import LedgerCorrupt
from monitor.ledger import bundle, layout, merkle
from monitor.ledger.layout import TILE_WIDTH
from monitor.ledger.log import Batch, Head, Log
from monitor.ledger.merkle import DIGEST_SIZE, Nodes
from monitor.ledger.store import Store

HEIGHT = 8
"""Levels of the tree in one tile: log2 of TILE_WIDTH."""
CACHED = 64
"""Tiles kept by one lookup; a proof touches two or three at each of eight levels at most."""


class Edge:
    """The right edge of the tree: the open tile of each level, and the entries of the open bundle.

    All that is needed to go on writing; memory does not grow with the log.
    """

    def __init__(self) -> None:
        self.size = 0
        self.frontier: tuple[bytes, ...] = ()
        self._open: list[list[bytes]] = [[]]
        self._leaves: list[bytes] = []

    def add(self, view: Store, leaves: tuple[bytes, ...]) -> None:
        """Take entries in, and write every tile and bundle that they fill."""
        hashes = merkle.leaf_hashes(leaves)
        self.frontier = merkle.extend(self.frontier, self.size, hashes)
        start = 0
        while start < len(leaves):
            room = TILE_WIDTH - len(self._leaves)
            self._leaves += leaves[start : start + room]
            self._open[0] += hashes[start : start + room]
            self.size += min(room, len(leaves) - start)
            start += room
            if len(self._leaves) == TILE_WIDTH:
                # The bundle first: where a full tile stands, its entries stand too.
                view.put(
                    layout.entry_bundle(self.size // TILE_WIDTH - 1), bundle.encode(self._leaves)
                )
                self._leaves = []
                self._close(view, 0)

    def write_open(self, view: Store, since: int = 0) -> None:
        """Write the partial tiles of this size, save those that a tree of size `since` had too."""
        if since == self.size:
            return
        if self._leaves:
            name = layout.entry_bundle(self.size // TILE_WIDTH, len(self._leaves))
            view.put(name, bundle.encode(self._leaves))
        for level, row in enumerate(self._open):
            number = self.size >> HEIGHT * (level + 1)
            if row and since >> HEIGHT * level != self.size >> HEIGHT * level:
                view.put(layout.tile(level, number, len(row)), b"".join(row))

    def load(self, view: Store, size: int) -> bool:
        """Become the edge of a tree whose tiles were written; say whether its partial tiles stand.

        Raises:
            LedgerCorrupt: what is needed is missing or malformed. Whether the rest belongs to this
                log is for the caller to see by the frontier.
        """
        number, width = divmod(size, TILE_WIDTH)
        if width:
            name = layout.entry_bundle(number, width)
            self._leaves = list(bundle.decode(view.get(name) or b""))
            if len(self._leaves) != width:
                raise LedgerCorrupt(f"{name}: it holds {len(self._leaves)} entries")
        self._open, self.size, whole = [merkle.leaf_hashes(self._leaves)], size, True
        while size >> HEIGHT * len(self._open):
            level = len(self._open)
            number, width = divmod(size >> HEIGHT * level, TILE_WIDTH)
            row, stands = _row(view, level, number, width) if width else ((), True)
            whole = whole and stands
            self._open.append(list(row))
        rows = reversed(self._open)
        self.frontier = tuple(peak for row in rows for peak in merkle.extend((), 0, row))
        return whole

    def _close(self, view: Store, level: int) -> None:
        """Write the tile of a level that is full, and add its root to the level above."""
        row, self._open[level] = self._open[level], []
        number = (self.size >> HEIGHT * (level + 1)) - 1
        view.put(layout.tile(level, number), b"".join(row))
        if level + 1 == len(self._open):
            self._open.append([])
        self._open[level + 1].append(_root(row))
        if len(self._open[level + 1]) == TILE_WIDTH:
            self._close(view, level + 1)


class Tiler:
    """Keeps the tiles of a log up to date; goes on where it or another process stopped."""

    def __init__(self, view: Store, log: Log) -> None:
        self._view = view
        self._log = log
        self._edge: Edge | None = None
        self._seq = -1

    def write(self, head: Head, *, shown: int = 0, hint: int = -1, anew: bool = False) -> None:
        """Write what the tree of the head needs.

        `shown` is the size of a checkpoint whose tiles were written before, 0 where there is none,
        and `hint` the number of the batch at its end. Batches before `shown` are not read where its
        tiles are there; with `anew` all are, and every tile is written again.

        Raises:
            LedgerCorrupt: the log's batches are not the tree that the head states.
            StorageUnavailable: not everything was written; the next call goes on.
        """
        edge, self._edge = self._edge, None
        known = edge.size if edge else 0
        if anew:
            edge, known, self._seq = Edge(), 0, -1
        elif edge is None or not shown <= edge.size <= head.size:
            edge, known = self._resumed(head, shown, hint)
        for batch in self._following(edge, head):
            leaves = (batch.header_leaf, *batch.leaves)
            edge.add(self._view, leaves[edge.size - batch.first_index :])
            self._seq = batch.seq
        if edge.frontier != head.frontier:
            name = layout.batch(head.seq)
            raise LedgerCorrupt(f"{name}: the entries up to it are not the tree it states")
        edge.write_open(self._view, known)
        self._edge = edge

    def _resumed(self, head: Head, shown: int, hint: int) -> tuple[Edge, int]:
        """Find where to go on: an edge before which all is written, and right.

        Returned with it: the size whose partial tiles are known to stand, 0 where none are.
        """
        for size in self._places(head, shown):
            edge = Edge()
            try:
                whole = edge.load(self._view, size)
            except LedgerCorrupt:
                continue
            if edge.frontier == self._frontier(head, size, hint):
                return edge, size if whole and size == shown else 0
        self._seq = -1
        return Edge(), 0

    def _places(self, head: Head, shown: int) -> Iterator[int]:
        if 0 < shown <= head.size:
            yield shown
        # The last full tile again: a crash may have kept those above it from being written.
        full = _full_tiles(self._view, head.size) - 1
        if full > 0:
            yield full * TILE_WIDTH

    def _frontier(self, head: Head, size: int, hint: int) -> tuple[bytes, ...]:
        """Return what the log says of the tree of that size, and go on from the batch there."""
        if size == head.size:
            self._seq = head.seq
            return head.frontier
        batch = self._log.read(hint + 1) if 0 <= hint < head.seq else None
        if batch is None or batch.first_index != size:
            batch = self._log.containing(size)
        if batch is None:
            raise LedgerCorrupt(f"entry {size}: no batch holds it, though the log is longer")
        self._seq = batch.seq - 1
        leaves = (batch.header_leaf, *batch.leaves)[: size - batch.first_index]
        hashes = merkle.leaf_hashes(leaves)
        return merkle.extend(batch.stated.frontier, batch.first_index, hashes)

    def _following(self, edge: Edge, head: Head) -> Iterator[Batch]:
        for seq in range(self._seq + 1, head.seq + 1):
            batch, name = self._log.read(seq), layout.batch(seq)
            if batch is None:
                raise LedgerCorrupt(f"{name}: missing, though a later batch was there")
            if not batch.first_index <= edge.size <= batch.end:
                raise LedgerCorrupt(f"{name}: begins at {batch.first_index}, not at {edge.size}")
            if batch.first_index == edge.size and batch.stated.frontier != edge.frontier:
                raise LedgerCorrupt(f"{name}: does not stand on the batch before it")
            yield batch


def names(size: int) -> Iterator[str]:
    """Yield the name of every tile and bundle that a tree of that size consists of."""
    makers = [partial(layout.tile, level) for level in range(HEIGHT) if size >> HEIGHT * level]
    rows = [(layout.entry_bundle, size)]
    rows += [(make, size >> HEIGHT * level) for level, make in enumerate(makers)]
    for make, held in rows:
        full, width = divmod(held, TILE_WIDTH)
        yield from map(make, range(full))
        if width:
            yield make(full, width)


def tile_nodes(store: Store, size: int) -> Nodes:
    """Return a lookup of complete subtree roots over the tiles of a tree of `size` entries.

    What it returns is only as good as the store: check the proof that is made of it against a
    signed root. It raises LedgerCorrupt, naming the tile, where one is missing or malformed.
    """

    @lru_cache(maxsize=CACHED)
    def tile(level: int, number: int) -> tuple[bytes, ...]:
        held = (size >> HEIGHT * level) - number * TILE_WIDTH
        return _row(store, level, number, min(held, TILE_WIDTH))[0]

    def node(level: int, index: int) -> bytes:
        if not 0 <= index < index + 1 <= size >> level:
            raise ValueError(f"node {index} of level {level} is outside a tree of {size}")
        above, inner = divmod(level, HEIGHT)
        number, place = divmod(index << inner, TILE_WIDTH)
        return _root(tile(above, number)[place : place + (1 << inner)])

    return node


def _root(row: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of hashes."""
    return merkle.root(merkle.extend((), 0, row))


def _full_tiles(view: Store, size: int) -> int:
    """Return how many full tiles of leaf hashes stand, from the first on, by halving."""
    low, high = 0, size // TILE_WIDTH
    while low < high:
        middle = (low + high + 1) // 2
        stands = view.get(layout.tile(0, middle - 1)) is not None
        low, high = (middle, high) if stands else (low, middle - 1)
    return low


def _row(store: Store, level: int, number: int, width: int) -> tuple[tuple[bytes, ...], bool]:
    """Return the first `width` hashes of a tile, and whether they stand there.

    Where they do not, they are computed from the full tiles below.
    """
    try:
        return _tile(store, level, number, width), True
    except LedgerCorrupt:
        if level == 0:
            raise
    first = number * TILE_WIDTH
    below = (_row(store, level - 1, one, TILE_WIDTH)[0] for one in range(first, first + width))
    return tuple(map(_root, below)), False


def _tile(store: Store, level: int, number: int, width: int) -> tuple[bytes, ...]:
    """Return the first `width` hashes of a tile: of the partial one, or of the full one."""
    name, full = layout.tile(level, number, width), layout.tile(level, number)
    body = store.get(name)
    wanted = width * DIGEST_SIZE
    if body is None and name != full:
        body, wanted = store.get(full), TILE_WIDTH * DIGEST_SIZE
    if body is None or len(body) != wanted:
        found = "missing" if body is None else f"it has {len(body)} bytes, not {wanted}"
        raise LedgerCorrupt(f"{name}: {found}; mfa-monitor rebuild writes the tiles again")
    return tuple(body[at : at + DIGEST_SIZE] for at in range(0, width * DIGEST_SIZE, DIGEST_SIZE))
