"""Several writers at once: exactly once, in one line. Writers that are wrong are caught."""

from collections.abc import Callable

import pytest

from monitor.errors import LedgerCorrupt
from monitor.ledger import bundle, layout, merkle, tiles
from monitor.ledger.checkpoint import Checkpoint, parse_checkpoint
from monitor.ledger.log import Log
from monitor.ledger.note import split_note
from tests.ledger.faulty import WriteOnceStore
from tests.ledger.interleaving import World
from tests.ledger.writing import KEY


@pytest.mark.parametrize("seed", range(24))
def test_writers_commit_every_position_once_in_one_line(seed: int) -> None:
    """Every other time the view can swap, and the checkpoint never goes back."""
    world = World(seed, swapping=seed % 2 == 1)
    world.run(writers=3 + seed % 4)
    world.check()
    assert world.repaired > 0, "the windows of this seed skip nothing: choose another"
    shown = parse_checkpoint(split_note(world.view.objects["checkpoint"])[0])
    wanted = tiles.names(shown.size)
    assert all(name in world.view.objects for name in wanted), "a tree is shown without its tiles"


class TrustsRefusals(Log):
    """Mutant: takes `False` for success without reading back."""

    def _commit(self, name: str, body: bytes) -> None:
        self._store.create(name, body)


class SignsBeforeCommit(Log):
    """Mutant: signs the tree it is about to commit."""

    def _commit(self, name: str, body: bytes) -> None:
        hashes = merkle.leaf_hashes(bundle.decode(body))
        frontier = merkle.extend(self._head.frontier, self._head.size, hashes)
        signed = Checkpoint(KEY.name, self._head.size + len(hashes), merkle.root(frontier))
        self._store.create(layout.tree_head(signed.size), signed.signed(KEY))
        super()._commit(name, body)


class WritesOver(WriteOnceStore):
    """Mutant: a store whose create replaces what is there."""

    def create(self, name: str, content: bytes) -> bool:
        self.objects[name] = content
        return True


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(lambda seed: World(seed, log_class=TrustsRefusals), id="refusal is success"),
        pytest.param(lambda seed: World(seed, log_class=SignsBeforeCommit), id="sign first"),
        pytest.param(lambda seed: World(seed, ledger=WritesOver()), id="unconditional put"),
    ],
)
def test_the_harness_catches_wrong_writers(mutant: Callable[[int], World]) -> None:
    caught = 0
    for seed in range(8):
        world = mutant(seed)
        try:
            world.run(writers=3 + seed % 4)
            world.check()
        except (AssertionError, LedgerCorrupt, pytest.fail.Exception):
            caught += 1
    assert caught >= 6
