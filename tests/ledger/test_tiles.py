"""Tiles against a second implementation of the specification, and what a crash or damage does."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.ledger import bundle, layout, merkle, tiles
from monitor.ledger.log import Log
from monitor.ledger.tiles import Edge, Tiler, tile_nodes
from monitor.storage.memory import MemoryStore
from tests.ledger import reference
from tests.ledger.faulty import Crash, Fault, FaultyStore, Plan
from tests.ledger.writing import draft

SIZES = (1, 2, 255, 256, 257, 511, 512, 513, 700)


def fill(log: Log, size: int, per: int = 100) -> Log:
    """Append batches of `per` entries until the log has `size`."""
    while (head := log.head()).size < size:
        count = min(per, size - head.size) - 1
        leaves = [b'{"t":"change","v":1,"n":%d}' % (head.size + i) for i in range(1, count + 1)]
        log.append(draft(leaves, head), head)
    return log


def entries(log: Log) -> list[bytes]:
    return [leaf for batch in log.batches() for leaf in (batch.header_leaf, *batch.leaves)]


def specified(leaves: Sequence[bytes]) -> dict[str, bytes]:
    """Every tile and bundle of the tree, as tlog-tiles defines them, by MTH of each range."""

    def path(number: int, width: int) -> str:
        text = f"{number:03d}" if number < 1000 else f"x{number // 1000:03d}/{number % 1000:03d}"
        return text if width == 256 else f"{text}.p/{width}"

    found, level, row = dict[str, bytes](), 0, [reference.tree_hash([leaf]) for leaf in leaves]
    while row:
        for first in range(0, len(row), 256):
            hashes = row[first : first + 256]
            found[f"tile/{level}/{path(first // 256, len(hashes))}"] = b"".join(hashes)
        full = [row[i : i + 256] for i in range(0, len(row) - 255, 256)]
        row, level = [over(hashes) for hashes in full], level + 1
    for first in range(0, len(leaves), 256):
        part = leaves[first : first + 256]
        content = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in part)
        found[f"tile/entries/{path(first // 256, len(part))}"] = content
    return found


def over(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes that are already leaf hashes: RFC 6962's MTH one level up."""
    if len(hashes) == 1:
        return hashes[0]
    k = reference.largest_power_below(len(hashes))
    return merkle.node_hash(over(hashes[:k]), over(hashes[k:]))


@pytest.fixture
def view() -> MemoryStore:
    return MemoryStore()


@pytest.mark.parametrize("size", SIZES)
def test_every_tile_is_what_the_specification_says(view: MemoryStore, size: int) -> None:
    log = fill(Log(MemoryStore()), size)
    Tiler(view, log).write(log.head())
    assert view.objects == specified(entries(log))
    assert sorted(tiles.names(size)) == sorted(view.objects)


def test_a_tree_of_three_levels(view: MemoryStore) -> None:
    """65,836 entries: 257 full tiles of leaf hashes, one full tile above, one hash above that."""
    size = 65_836
    log = fill(Log(MemoryStore()), size, per=1000)
    tiler = Tiler(view, log)
    tiler.write(log.head())
    assert view.objects == specified(entries(log))
    assert {"tile/2/000.p/1", "tile/1/000", "tile/1/001.p/1", "tile/0/257.p/44"} <= set(
        view.objects
    )
    nodes = tile_nodes(view, size)
    assert merkle.subtree_root(nodes, 0, size) == log.head().root
    for index in (0, 255, 256, 65_535, 65_536, size - 1):
        proof = merkle.inclusion_proof(nodes, index, size)
        leaf = merkle.leaf_hash(entries(log)[index])
        assert merkle.includes(leaf, index, size, proof, log.head().root)


def test_the_names_of_the_public_vectors(vectors: Path) -> None:
    rows = json.loads((vectors / "tile_paths.json").read_text())
    for number, path in rows["tile_path"]:
        assert layout.tile(3, number) == f"tile/3/{path}"
        assert layout.entry_bundle(number, 7) == f"tile/entries/{path}.p/7"
    named = [name for name in tiles.names(70_000) if "entries" not in name]
    assert len(named) == 273 + 1 + 1 + 1 + 1
    assert {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} <= set(named)
    assert [name for name in tiles.names(256) if "entries" not in name] == [
        "tile/0/000",
        "tile/1/000.p/1",
    ]


@settings(max_examples=15)
@given(steps=st.lists(st.integers(1, 300), min_size=1, max_size=6), anew=st.booleans())
def test_step_by_step_or_at_once(steps: list[int], anew: bool) -> None:
    """However often and by how many processes: each size shown has all tiles of its tree."""
    view, log = MemoryStore(), Log(MemoryStore())
    tiler, shown = Tiler(view, log), 0
    for step in steps:
        fill(log, log.head().size + step, per=37)
        head = log.head()
        if anew:
            tiler = Tiler(view, Log(log._store))
        tiler.write(head, shown=shown, hint=head.seq)
        wanted = specified(entries(log))
        assert {name: view.objects[name] for name in wanted} == wanted
        shown = head.size


def test_going_on_reads_what_is_new_and_the_open_tiles(view: MemoryStore) -> None:
    plan, ledger = Plan(), MemoryStore()
    log = fill(Log(ledger), 3000)
    Tiler(view, log).write(log.head())
    shown = log.head()
    fill(log, 3100)
    again = Log(FaultyStore(ledger, plan), hint=shown.seq)
    head = again.head()
    before, seen = plan.calls, Plan()
    Tiler(FaultyStore(view, seen), again).write(head, shown=shown.size, hint=shown.seq)
    assert plan.calls - before <= 4
    # gets: the open bundle and level 1's tile; puts: bundle and tile filled, and the new open ones
    assert seen.calls <= 10


def test_a_crash_anywhere_is_repaired_by_the_next_one() -> None:
    ledger = MemoryStore()
    fill(Log(ledger), 900)
    first = Log(ledger).head()
    plan = Plan()
    Tiler(FaultyStore(MemoryStore(), plan), Log(ledger)).write(first)
    wanted = specified(entries(Log(ledger)))
    for at in range(plan.calls):
        for fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.REFUSED, Fault.LOST_REPLY):
            view = MemoryStore()
            broken = Tiler(FaultyStore(view, Plan({at: fault})), Log(ledger))
            with pytest.raises((Crash, StorageUnavailable)):
                broken.write(first)
            broken.write(first) if at % 2 else Tiler(view, Log(ledger)).write(first)
            assert view.objects == wanted


def test_going_on_after_a_crash_keeps_the_full_tiles(view: MemoryStore) -> None:
    ledger = MemoryStore()
    head = fill(Log(ledger), 66_000, per=2000).head()
    plan = Plan({517: Fault.CRASH_BEFORE})
    with pytest.raises(Crash):
        Tiler(FaultyStore(view, plan), Log(ledger)).write(head)
    seen = Plan()
    Tiler(FaultyStore(view, seen), Log(ledger)).write(head)
    assert seen.calls < 300, "it began again"
    assert view.objects == specified(entries(Log(ledger)))


def test_a_crash_between_a_full_tile_and_the_one_above_it(view: MemoryStore) -> None:
    """256 full tiles stand, and the tile of their roots does not: it is written all the same."""
    ledger = MemoryStore()
    head = fill(Log(ledger), 66_000, per=2000).head()

    class Dying(FaultyStore):
        def put(self, name: str, content: bytes) -> None:
            if name == "tile/1/000":
                raise Crash(name)
            super().put(name, content)

    with pytest.raises(Crash):
        Tiler(Dying(view, Plan()), Log(ledger)).write(head)
    assert "tile/0/255" in view.objects
    Tiler(view, Log(ledger)).write(head)
    assert view.objects == specified(entries(Log(ledger)))


@pytest.mark.parametrize("kind", ["gone", "short", "other"])
@pytest.mark.parametrize("name", ["tile/entries/003.p/32", "tile/1/000.p/3", "tile/0/002"])
def test_damage_at_the_edge_is_written_anew(view: MemoryStore, name: str, kind: str) -> None:
    ledger = MemoryStore()
    log = fill(Log(ledger), 800)
    Tiler(view, log).write(log.head())
    body = view.objects.pop(name)
    if kind != "gone":
        view.objects[name] = body[:-1] if kind == "short" else bytes([body[0] ^ 1]) + body[1:]
    shown = log.head()
    fill(log, 860)
    Tiler(view, log).write(log.head(), shown=shown.size, hint=shown.seq)
    wanted = {n: b for n, b in specified(entries(log)).items() if n != "tile/0/002"}
    assert {n: view.objects[n] for n in wanted} == wanted
    Tiler(view, log).write(log.head(), anew=True)
    assert view.objects["tile/0/002"] == specified(entries(log))["tile/0/002"]


def test_a_log_that_is_not_its_head_gets_no_partial_tile(view: MemoryStore) -> None:
    ledger = MemoryStore()
    log = fill(Log(ledger), 300)
    head = log.head()
    body = ledger.objects["b/001"]
    ledger.objects["b/001"] = body.replace(b'"n":150}', b'"n":151}')
    assert ledger.objects["b/001"] != body
    with pytest.raises(LedgerCorrupt, match="b/002: does not stand on the batch before it"):
        Tiler(view, Log(ledger)).write(head)
    ledger.objects["b/001"] = body
    ledger.objects["b/002"] = ledger.objects["b/002"].replace(b'"n":250}', b'"n":251}')
    with pytest.raises(LedgerCorrupt, match="b/002: the entries up to it are not the tree"):
        Tiler(view, Log(ledger)).write(head)
    del ledger.objects["b/001"]
    with pytest.raises(LedgerCorrupt, match="b/001: missing"):
        Tiler(view, Log(ledger)).write(head)
    assert not [name for name in view.objects if ".p/" in name]


def test_a_lookup_falls_back_to_the_full_tile_and_names_what_is_missing(view: MemoryStore) -> None:
    log = fill(Log(MemoryStore()), 600)
    Tiler(view, log).write(log.head())
    all_leaves = entries(log)
    nodes = tile_nodes(view, 300)
    assert merkle.subtree_root(nodes, 0, 300) == reference.tree_hash(all_leaves[:300])
    with pytest.raises(ValueError, match="node 300 of level 0 is outside a tree of 300"):
        nodes(0, 300)
    with pytest.raises(ValueError, match="outside"):
        nodes(9, 0)
    view.objects["tile/0/001"] += b"x"
    with pytest.raises(LedgerCorrupt, match=r"tile/0/001.p/44: it has 8193 bytes"):
        tile_nodes(view, 300)(0, 299)
    del view.objects["tile/0/001"]
    with pytest.raises(LedgerCorrupt, match=r"tile/0/001.p/44: missing"):
        tile_nodes(view, 300)(0, 299)
    Tiler(view, log).write(log.head(), anew=True)
    del view.objects["tile/1/000.p/2"]
    assert tile_nodes(view, 600)(8, 0) == reference.tree_hash(all_leaves[:256])


def test_an_edge_holds_no_more_than_its_open_tiles(view: MemoryStore) -> None:
    edge = Edge()
    for number in range(20):
        edge.add(view, tuple(b"%d-%d" % (number, i) for i in range(100)))
    assert edge.size == 2000
    assert [len(row) for row in edge._open] == [2000 % 256, 2000 // 256]
    assert len(edge._leaves) == 2000 % 256
    assert len(bundle.decode(view.objects["tile/entries/006"])) == 256


def test_a_width_that_no_tile_has() -> None:
    for width in (0, 257):
        with pytest.raises(ValueError, match="a tile has 1 to 256 hashes"):
            layout.tile(0, 0, width)
