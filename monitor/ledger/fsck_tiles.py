"""The tiles and bundles of a view store, byte for byte against the log they are made from.

They are computed again from the batches as a walk confirms them. Only the open tile of each level
and the open bundle are held, so memory does not grow with the log.
"""

from collections.abc import Callable, Iterator

from monitor.ledger import layout, merkle
from monitor.ledger.copies import Spot, byte_at, first_difference
from monitor.ledger.layout import TILE_WIDTH
from monitor.ledger.store import Inventory, Store
from monitor.ledger.walk import Problems, Step

HEIGHT = 8
"""Levels of the tree in one tile."""
DIGEST = merkle.DIGEST_SIZE


class TileCheck:
    """Computes the tiles of a log again and holds those in a view store against them.

    Every tile of a tree of `shown` entries has to be there. Those that reach beyond are there where
    a publisher died before it signed: they are compared where they are. `compared` counts tiles.
    """

    def __init__(self, view: Store, shown: int) -> None:
        self.problems = Problems()
        self.compared = 0
        self.size = 0
        self._view, self._shown = view, shown
        self._rows: list[list[bytes]] = [[]]
        self._parts: list[bytes] = []

    @property
    def reached(self) -> bool:
        """Whether the log was taken in as far as the shown tree goes."""
        return self.size >= self._shown

    def take(self, step: Step) -> None:
        """Take in the entries of the next batch, and compare every tile they fill."""
        start, offset, count = 0, 0, len(step.hashes)
        while start < count:
            room = TILE_WIDTH - self.size % TILE_WIDTH
            if self.size < self._shown:
                room = min(room, self._shown - self.size)
            taken = min(room, count - start)
            stop = start + taken
            length = sum(map(len, step.leaves[start:stop])) + 2 * taken
            self._parts.append(step.body[offset : offset + length])
            self._rows[0] += step.hashes[start:stop]
            start, offset, self.size = stop, offset + length, self.size + taken
            if self.size % TILE_WIDTH == 0:
                self._close()
            if self.size == self._shown:
                self._compare_edge()

    def others(self, view: Inventory, grown: Callable[[], int]) -> Iterator[str]:
        """Compare the tiles of other trees: partial ones of the past, and those nobody demands.

        The name of each tile there is is yielded. `grown` returns the size of the log by now: tiles
        of what was committed since the walk are left alone.
        """
        for name in view.every(layout.TILES):
            parts = layout.tile_parts(name)
            if parts is None:
                self.problems.add(f"{name}: stray: not the name of a tile")
            elif not self._is_demanded(*parts) and not self._is_new(*parts, grown):
                self._compare_other(name, *parts)
            yield name

    def _is_demanded(self, level: int | None, index: int, width: int) -> bool:
        held = self.size >> HEIGHT * (level or 0)
        if width == TILE_WIDTH:
            return (index + 1) * TILE_WIDTH <= held
        shown = self._shown >> HEIGHT * (level or 0)
        return divmod(shown, TILE_WIDTH) == (index, width)

    def _is_new(self, level: int | None, index: int, width: int, grown: Callable[[], int]) -> bool:
        """Tell whether the tile is of a tree that the log grew to after the walk."""
        end = index * TILE_WIDTH + width
        shift = HEIGHT * (level or 0)
        return self.size >> shift < end <= grown() >> shift

    def _compare_other(self, name: str, level: int | None, index: int, width: int) -> None:
        """Compare a partial tile with the longer one it grew into, which has been compared."""
        longer = self._longer(level, index, width)
        found = self._view.get(name)
        if longer is None:
            self.problems.add(f"{name}: stray: no tree of {self.size} entries has it")
        elif found is not None:
            self._compare(name, found, longer[: _length(level, width, longer)])

    def _longer(self, level: int | None, index: int, width: int) -> bytes | None:
        held = self.size >> HEIGHT * (level or 0)
        if index * TILE_WIDTH + width > held:
            return None
        if (index + 1) * TILE_WIDTH <= held:
            return self._view.get(_name(level, index, TILE_WIDTH))
        if level is None:
            return b"".join(self._parts)
        return b"".join(self._rows[level])

    def _close(self) -> None:
        """Compare the bundle and the tiles that are full, from the leaves up."""
        index = self.size // TILE_WIDTH - 1
        self._demand(layout.entry_bundle(index), b"".join(self._parts), index, 0)
        self._parts = []
        level = 0
        while len(self._rows[level]) == TILE_WIDTH:
            row, self._rows[level] = self._rows[level], []
            number = (self.size >> HEIGHT * (level + 1)) - 1
            self._demand(layout.tile(level, number), b"".join(row), number, level)
            if level + 1 == len(self._rows):
                self._rows.append([])
            self._rows[level + 1] += merkle.extend((), 0, row)
            level += 1

    def _compare_edge(self) -> None:
        """Compare the partial tiles of the shown tree; a full one may have taken their place."""
        for level, row in enumerate(self._rows):
            number = self.size >> HEIGHT * (level + 1)
            if row:
                self._demand_partial(level, number, len(row), b"".join(row))
        if self._parts:
            number, width = divmod(self.size, TILE_WIDTH)
            self._demand_partial(None, number, width, b"".join(self._parts))

    def _demand(self, name: str, expected: bytes, index: int, level: int) -> None:
        found = self._view.get(name)
        if found is not None:
            self._compare(name, found, expected)
        elif (index + 1) << HEIGHT * (level + 1) <= self._shown:
            self._missing(name)

    def _demand_partial(self, level: int | None, index: int, width: int, expected: bytes) -> None:
        name = _name(level, index, width)
        found = self._view.get(name)
        if found is not None:
            self._compare(name, found, expected)
        elif self._view.get(_name(level, index, TILE_WIDTH)) is None:
            self._missing(name)

    def _compare(self, name: str, found: bytes, expected: bytes) -> None:
        self.compared += 1
        offset = first_difference(found, expected)
        if offset is None:
            return
        spot = Spot(
            object=name,
            offset=offset,
            leaf=None,
            found=byte_at(found, offset),
            expected=byte_at(expected, offset),
            copy=None,
            wrong=name,
        )
        self.problems.spots.append(spot)
        self.problems.add(f"{spot.told()} by the log")

    def _missing(self, name: str) -> None:
        self.problems.add(f"{name}: missing; mfa-monitor rebuild writes the tiles again")


def _name(level: int | None, index: int, width: int) -> str:
    if level is None:
        return layout.entry_bundle(index, width)
    return layout.tile(level, index, width)


def _length(level: int | None, width: int, content: bytes) -> int:
    """How many bytes the first `width` hashes or entries of a tile or bundle take."""
    if level is not None:
        return width * DIGEST
    offset = 0
    for _ in range(width):
        offset += 2 + int.from_bytes(content[offset : offset + 2], "big")
    return offset
