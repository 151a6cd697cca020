import json
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ledger import merkle
from tests.ledger import reference

LEAVES = [bytes([i]) * (i % 5) for i in range(70)]
HASHES = merkle.leaf_hashes(LEAVES)
NODES = merkle.stored(HASHES)
SIZES = range(len(LEAVES) + 1)


def grown(size: int) -> tuple[bytes, ...]:
    frontier: tuple[bytes, ...] = ()
    for done in range(size):
        frontier = merkle.extend(frontier, done, HASHES[done : done + 1])
    return frontier


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_rfc_6962(size: int) -> None:
    expected = reference.tree_hash(LEAVES[:size])
    assert merkle.root(merkle.extend((), 0, HASHES[:size])) == expected
    assert merkle.root(grown(size)) == expected
    assert merkle.subtree_root(NODES, 0, size) == expected


@settings(deadline=None)
@given(st.lists(st.integers(0, 20), max_size=8))
def test_a_frontier_grows_alike_in_any_steps(steps: list[int]) -> None:
    frontier: tuple[bytes, ...] = ()
    size = 0
    for step in steps:
        size_after = min(size + step, len(HASHES))
        frontier = merkle.extend(frontier, size, HASHES[size:size_after])
        size = size_after
    assert frontier == grown(size)
    assert len(frontier) == size.bit_count()


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="a frontier of 3 leaves has 2 hashes"):
        merkle.extend(grown(2), 3, HASHES[3:4])


def test_leaves_and_nodes_hash_apart() -> None:
    left, right = HASHES[0], HASHES[1]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
    assert merkle.leaf_hash(b"") == sha256(b"\x00").digest()


@pytest.mark.parametrize("size", range(1, 35))
def test_every_inclusion_proof_is_the_reference_s_and_verifies(size: int) -> None:
    root = reference.tree_hash(LEAVES[:size])
    for index in range(size):
        proof = merkle.inclusion_proof(NODES, index, size)
        assert list(proof) == reference.path(index, LEAVES[:size])
        assert merkle.includes(HASHES[index], index, size, proof, root)


@pytest.mark.parametrize("size", range(1, 35))
def test_every_consistency_proof_is_the_reference_s_and_verifies(size: int) -> None:
    root = reference.tree_hash(LEAVES[:size])
    for old in range(1, size + 1):
        old_root = reference.tree_hash(LEAVES[:old])
        proof = merkle.consistency_proof(NODES, old, size)
        assert list(proof) == reference.proof(old, LEAVES[:size])
        assert merkle.extends(old, size, proof, old_root, root)


def spoiled(proof: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    yield (*proof, HASHES[0])
    yield (HASHES[0], *proof)
    for i, item in enumerate(proof):
        yield (*proof[:i], *proof[i + 1 :])
        yield (*proof[:i], bytes([item[0] ^ 1]) + item[1:], *proof[i + 1 :])
        yield (*proof[:i], item + b"\x00", *proof[i + 1 :])


@settings(deadline=None)
@given(st.data())
def test_no_spoiled_proof_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    root = merkle.subtree_root(NODES, 0, size)
    proof = merkle.inclusion_proof(NODES, index, size)
    for wrong in spoiled(proof):
        assert not merkle.includes(HASHES[index], index, size, wrong, root)
    assert not merkle.includes(HASHES[(index + 1) % 70], index, size, proof, root)
    old = index + 1
    old_root = merkle.subtree_root(NODES, 0, old)
    proof = merkle.consistency_proof(NODES, old, size)
    for wrong in spoiled(proof):
        assert not merkle.extends(old, size, wrong, old_root, root)
    assert not merkle.extends(old, size, proof, root, old_root) or old == size


def test_a_proof_for_nothing_is_refused() -> None:
    assert not merkle.includes(HASHES[0], 0, 0, (), merkle.EMPTY_ROOT)
    assert not merkle.includes(HASHES[0], -1, 1, (), HASHES[0])
    assert not merkle.extends(0, 1, (), merkle.EMPTY_ROOT, HASHES[0])
    with pytest.raises(ValueError, match="outside"):
        merkle.inclusion_proof(NODES, 3, 3)
    with pytest.raises(ValueError, match="outside"):
        merkle.consistency_proof(NODES, 5, 3)


def test_a_proof_in_a_smaller_tree_does_not_hold_in_a_larger_one() -> None:
    """The hashes come out right; only the shape of the tree tells."""
    root = merkle.subtree_root(NODES, 0, 2)
    inclusion = merkle.inclusion_proof(NODES, 0, 2)
    assert merkle.includes(HASHES[0], 0, 2, inclusion, root)
    assert not merkle.includes(HASHES[0], 0, 3, inclusion, root)
    consistency = merkle.consistency_proof(NODES, 1, 2)
    assert merkle.extends(1, 2, consistency, HASHES[0], root)
    assert not merkle.extends(1, 3, consistency, HASHES[0], root)


# Public vectors


def probe(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def test_the_rfc_6962_reference_vectors(vectors: Path) -> None:
    rows = probe(vectors / "rfc6962_reference.json")
    leaves = [bytes.fromhex(text) for text in rows["leaf_inputs_hex"]]
    nodes = merkle.stored(merkle.leaf_hashes(leaves))
    for level, row in enumerate(rows["node_hashes_by_level"]):
        assert [nodes(level, i).hex() for i in range(len(row))] == row
    roots = [merkle.subtree_root(nodes, 0, size).hex() for size in range(len(leaves) + 1)]
    assert roots == rows["root_by_size"]


def test_all_98_inclusion_probes(vectors: Path) -> None:
    paths = sorted((vectors / "transparency-dev-merkle/testdata/inclusion").rglob("*.json"))
    assert len(paths) == 98
    for path in paths:
        row = probe(path)
        accepted = merkle.includes(
            b64decode(row["leafHash"] or ""),
            row["leafIdx"],
            row["treeSize"],
            [b64decode(item) for item in row["proof"] or ()],
            b64decode(row["root"] or ""),
        )
        assert accepted is not row["wantErr"], path


def test_all_98_consistency_probes(vectors: Path) -> None:
    paths = sorted((vectors / "transparency-dev-merkle/testdata/consistency").rglob("*.json"))
    assert len(paths) == 98
    for path in paths:
        row = probe(path)
        accepted = merkle.extends(
            row["size1"],
            row["size2"],
            [b64decode(item) for item in row["proof"] or ()],
            b64decode(row["root1"] or ""),
            b64decode(row["root2"] or ""),
        )
        assert accepted is not row["wantErr"], path


ACCUMULATED = merkle.stored(merkle.leaf_hashes(bytes([i]) for i in range(130)))


def subtrees(end: int) -> Iterator[int]:
    """Every start for which [start, end) is a valid subtree."""
    for start in range(end + 1):
        width = end - start
        if start == 0 or width == 0 or start % (1 << (width - 1).bit_length()) == 0:
            yield start


def accumulated(lines: Iterator[str]) -> str:
    total = sha256()
    for line in lines:
        total.update(line.encode())
    return total.hexdigest()


def hexes(proof: tuple[bytes, ...]) -> str:
    return "".join(f" {item.hex()}" for item in proof)


def test_the_accumulated_subtree_hashes(vectors: Path) -> None:
    lines = (
        f"[{start}, {end}) {merkle.subtree_root(ACCUMULATED, start, end).hex()}\n"
        for end in range(131)
        for start in subtrees(end)
    )
    want = probe(vectors / "mtc_accumulated.json")["subtree_hash"]["want"]
    assert accumulated(lines) == want


def test_the_accumulated_inclusion_proofs(vectors: Path) -> None:
    lines = (
        f"{index} [{start}, {end}){hexes(merkle.inclusion_proof(ACCUMULATED, index, end, start))}\n"
        for end in range(131)
        for start in subtrees(end)
        for index in range(start, end)
    )
    want = probe(vectors / "mtc_accumulated.json")["subtree_inclusion"]["want"]
    assert accumulated(lines) == want


def test_the_accumulated_consistency_proofs(vectors: Path) -> None:
    lines = (
        f"[{start}, {end}) {size}{hexes(merkle.consistency_proof(ACCUMULATED, end, size, start))}\n"
        for size in range(131)
        for end in range(size + 1)
        for start in subtrees(end)
    )
    want = probe(vectors / "mtc_accumulated.json")["subtree_consistency"]["want"]
    assert accumulated(lines) == want
