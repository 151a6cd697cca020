"""Range proofs: of every range of small trees, of random ones of larger, read from a real log."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import LedgerCorrupt
from monitor.evidence import standalone
from monitor.evidence.tree import RangeProof, Tree, blocks, end_of, proof_json
from monitor.ledger import merkle
from monitor.ledger.publisher import publish
from monitor.ledger.tiles import tile_nodes
from monitor.storage.memory import MemoryStore
from tests.evidence import packs

HASHES = [merkle.leaf_hash(b"%d" % number) for number in range(3000)]


def root_of(size: int) -> bytes:
    return merkle.root(merkle.extend((), 0, HASHES[:size]))


def proof_of(first: int, end: int, size: int) -> RangeProof:
    nodes = merkle.stored(HASHES[:size])
    left = tuple(nodes(*place) for place in blocks(0, first))
    right = tuple(nodes(*place) for place in blocks(end, size))
    return RangeProof(first, end, size, left, right)


def auditors_root(proof: RangeProof, hashes: list[bytes]) -> bytes:
    """The root as verify.py folds it."""
    said = proof_json(proof)
    fold = standalone.Fold()
    fold.add_all(0, proof.first, said["left"])  # type: ignore[arg-type] # a list of text
    for index, hashed in enumerate(hashes, proof.first):
        fold.add(0, index, hashed)
    fold.add_all(proof.end, proof.size, said["right"])  # type: ignore[arg-type] # likewise
    return fold.root()


@pytest.mark.parametrize("size", [*range(1, 34), 64, 65, 70])
def test_every_range_of_a_small_tree_folds_to_its_root(size: int) -> None:
    root, nodes = root_of(size), merkle.stored(HASHES[:size])
    for first in range(size + 1):
        left = tuple(nodes(*place) for place in blocks(0, first))
        assert left == merkle.extend((), 0, HASHES[:first])
        for end in range(first, size + 1):
            right = tuple(nodes(*place) for place in blocks(end, size))
            proof = RangeProof(first, end, size, left, right)
            assert proof.root(HASHES[first:end]) == root


@given(st.data())
def test_random_ranges_of_larger_trees_fold_to_the_root_both_ways(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(HASHES)))
    first = data.draw(st.integers(0, size))
    end = data.draw(st.integers(first, size))
    proof, held = proof_of(first, end, size), HASHES[first:end]
    assert proof.root(held) == auditors_root(proof, held) == root_of(size)
    assert len(proof.left) + len(proof.right) <= 2 * size.bit_length()


@given(st.data())
def test_a_range_with_anything_else_in_it_has_another_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 200))
    first = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(first + 1, size))
    proof, held = proof_of(first, end, size), HASHES[first:end]
    place = data.draw(st.integers(0, len(held) - 1))
    changed = [*held[:place], HASHES[-1], *held[place + 1 :]]
    assert proof.root(changed) != root_of(size)
    assert auditors_root(proof, changed) != root_of(size)
    for wrong in ([*held[:place], *held[place + 1 :]], [*held, HASHES[-1]]):
        with pytest.raises(ValueError, match="zip"):
            proof.root(wrong)


@given(st.integers(1, 300), st.data())
def test_proofs_of_another_length_are_refused(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, size))
    proof = proof_of(first, size, size)
    longer = RangeProof(first, size, size, (*proof.left, HASHES[0]), proof.right)
    with pytest.raises(standalone.Wrong, match="too many"):
        auditors_root(longer, HASHES[first:size])
    if proof.left:
        shorter = RangeProof(first, size, size, proof.left[:-1], proof.right)
        with pytest.raises(standalone.Wrong, match="too few"):
            auditors_root(shorter, HASHES[first:size])


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_blocks_cover_a_range_once_with_the_fewest_subtrees(start: int, width: int) -> None:
    end, at = start + width, start
    for level, index in blocks(start, end):
        assert index << level == at
        at += 1 << level
    assert at == end
    held = list(blocks(start, end))
    for one, two in pairwise(held):
        siblings = one[0] == two[0] and one[1] ^ 1 == two[1] and not one[1] & 1
        assert not siblings, "they would be one"


@given(st.integers(1, 400), st.data())
def test_the_auditors_program_takes_the_consistency_proofs_of_rfc_6962(
    size: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, size))
    proof = list(merkle.consistency_proof(merkle.stored(HASHES[:size]), old, size))
    assert standalone.grew(old, size, proof, root_of(old), root_of(size))
    assert not standalone.grew(old, size, [*proof, HASHES[0]], root_of(old), root_of(size))
    assert not standalone.grew(old, size, proof, bytes(32), root_of(size))
    if proof:
        assert not standalone.grew(old, size, proof[:-1], root_of(old), root_of(size))
    assert not standalone.grew(0, size, proof, root_of(0), root_of(size))
    assert not standalone.grew(size + 1, size, proof, root_of(size), root_of(size))


@pytest.mark.parametrize("tiled", [False, True])
def test_a_log_gives_the_proofs_of_its_ranges(tiled: bool) -> None:
    scene, view = packs.scene(), MemoryStore()
    publish(scene.ledger, view, packs.KEY, scene.log)
    size = scene.log.head().size
    tree = Tree(scene.log, size, tile_nodes(view, size) if tiled else None)
    leaves = [leaf for batch in scene.log.batches() for leaf in (batch.header_leaf, *batch.leaves)]
    hashes = merkle.leaf_hashes(leaves)
    for first in range(size + 1):
        tree.learn(first)
        for end in range(first, size + 1):
            assert tree.proof(first, end).root(hashes[first:end]) == scene.log.head().root
    for old in range(1, size + 1):
        old_root = merkle.root(merkle.extend((), 0, hashes[:old]))
        proof = tree.consistency(old)
        assert merkle.extends(old, size, proof, old_root, scene.log.head().root)


def test_a_size_at_which_no_batch_ends_is_refused() -> None:
    scene = packs.scene()
    assert end_of(scene.log, 0) == -1
    assert end_of(scene.log, 23) == 8
    assert end_of(scene.log, 11) == 3
    with pytest.raises(LedgerCorrupt, match="ends at 12"):
        end_of(scene.log, 12)


def test_entries_that_are_missing_are_told() -> None:
    scene = packs.scene()
    head = scene.log.head()
    tree = Tree(scene.log, head.size)
    del scene.ledger.objects["b/003"]
    with pytest.raises(LedgerCorrupt, match=r"missing|does not hold"):
        tree.node(4, 0)
