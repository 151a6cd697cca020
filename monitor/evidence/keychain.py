"""How an auditor who knows an early key of the log comes to trust a later one.

Each link is a note that a key known so far signed, and a proof that the tree it signs holds the
entry that announces the next key. That the checkpoint of the pack grew out of that tree ties the
link to it.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from monitor.evidence.tree import Tree, consistency_json, proof_json
from monitor.ledger import layout
from monitor.ledger.checkpoint import Checkpoint, parse_checkpoint
from monitor.ledger.keyring import Keyring, LogKey
from monitor.ledger.log import Log
from monitor.ledger.note import VerifierKey, split_note
from monitor.ledger.store import Listing, Store


def links(
    ledger: Store, log: Log, tree: Tree, ring: Keyring, checkpoint: Checkpoint
) -> Iterator[dict[str, JsonValue]]:
    """Yield the links up to a checkpoint, in the order of the keys' announcements.

    A key whose announcement no earlier key ever signed has none: it has to be learned elsewhere.
    """
    known: list[LogKey] = [one.key for one in ring.keys if one.since == 0]
    for one in ring.keys:
        if not 0 < one.since < checkpoint.size or not isinstance(one.key, VerifierKey):
            continue
        for size, note in _notes(ledger, one.since, checkpoint.size):
            if any(key in known for key in ring.signers_of(note)):
                yield _link(log, tree, one.since, size, note)
                known.append(one.key)
                break


def _link(log: Log, tree: Tree, index: int, size: int, note: bytes) -> dict[str, JsonValue]:
    then = Tree(log, size, tree.tiles)
    batch = log.containing(index)
    leaf = batch.leaves[index - batch.first_index - 1] if batch else b""
    proof = tree.consistency(size)
    return {
        "note": note.decode(),
        "leaf": leaf.decode(),
        **proof_json(then.proof(index, index + 1)),
        "consistency": consistency_json(size, tree.size, proof)["proof"],
    }


def _notes(ledger: Store, after: int, most: int) -> Iterator[tuple[int, bytes]]:
    """Yield the signed notes over more than `after` and at most `most` entries, smallest first."""
    if not isinstance(ledger, Listing):
        return
    sizes = map(layout.tree_size, ledger.names(layout.TREE_HEADS))
    for size in sorted(one for one in sizes if one is not None and after < one <= most):
        note = ledger.get(layout.tree_head(size))
        if note is not None and parse_checkpoint(split_note(note)[0]).size == size:
            yield size, note
