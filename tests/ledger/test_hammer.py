"""Kill -9 a writing process again and again, under the eyes of a reader that proves all it reads.

The log is valid, each event in it once, and nothing that was ever shown was taken back.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.ledger import bundle, merkle
from monitor.ledger.checkpoint import Checkpoint, open_checkpoint
from monitor.ledger.fsck import Stores, Trusted, fsck
from monitor.ledger.layout import TILE_WIDTH, entry_bundle
from monitor.ledger.log import Log
from monitor.ledger.publisher import publish
from monitor.ledger.tiles import tile_nodes
from monitor.storage.directory import DirectoryStore
from tests.ledger.hammer import KEY, PARTITION
from tests.ledger.writing import entered

KILLS = 8
ROOT = Path(__file__).parents[2]
SEED = 7


class Reader:
    """Takes nothing on trust while others write: what is shown has to be provable, and to grow."""

    def __init__(self, view: DirectoryStore, draw: random.Random) -> None:
        self.proofs = 0
        self.last: Checkpoint | None = None
        self._view, self._draw = view, draw

    def look(self) -> None:
        """Take the checkpoint, prove it to grow out of the last one, and an entry to be in it."""
        note = self._view.get("checkpoint")
        if note is None:
            return
        shown = open_checkpoint(note, (KEY.verifier,))
        nodes = tile_nodes(self._view, shown.size)
        if self.last is not None:
            old = self.last
            assert shown.size >= old.size, "the checkpoint went backwards"
            proof = merkle.consistency_proof(nodes, old.size, shown.size)
            assert merkle.extends(old.size, shown.size, proof, old.root, shown.root)
        index = self._draw.randrange(shown.size)
        inclusion = merkle.inclusion_proof(nodes, index, shown.size)
        hashed = merkle.leaf_hash(self._entry(index, shown.size))
        assert merkle.includes(hashed, index, shown.size, inclusion, shown.root)
        self.last, self.proofs = shown, self.proofs + 1

    def _entry(self, index: int, size: int) -> bytes:
        number, place = divmod(index, TILE_WIDTH)
        width = min(TILE_WIDTH, size - number * TILE_WIDTH)
        names = (entry_bundle(number, width), entry_bundle(number))
        body = next(body for name in names if (body := self._view.get(name)) is not None)
        return bundle.decode(body)[place]


@contextmanager
def hammered(directory: Path, kill: int) -> Iterator[subprocess.Popen[bytes]]:
    """A writer at work, from when it has begun; killed in the end, whatever comes."""
    command = [sys.executable, str(ROOT / "tests/ledger/hammer.py"), str(directory), str(kill)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"started\n"
            yield writer
        finally:
            writer.kill()


def test_a_killed_writer_leaves_a_valid_log_and_loses_nothing(tmp_path: Path) -> None:
    draw = random.Random(SEED)  # noqa: S311 - to be repeated, not to be secret
    ledger, view = DirectoryStore(tmp_path / "ledger"), DirectoryStore(tmp_path / "view")
    reader = Reader(view, draw)
    for kill in range(KILLS):
        with hammered(tmp_path, kill) as writer:
            end = time.monotonic() + draw.uniform(0.01, 0.25)
            while time.monotonic() < end:
                reader.look()
            assert writer.poll() is None, "the writer died of itself"
        reader.look()
    log = Log(ledger)
    found = entered(ledger)
    assert found == [(PARTITION, position) for position in range(len(found))]
    assert len(found) > KILLS
    assert reader.proofs > KILLS
    publish(ledger, view, KEY, log)
    reader.look()
    report = fsck(Stores(ledger, view), Trusted(KEY.vkey)).report
    assert report.valid, report.problems
    assert report.unsigned == 0
    leftovers = list((tmp_path / "ledger" / ".tmp").iterdir())
    assert len(leftovers) <= KILLS
