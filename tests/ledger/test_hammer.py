"""Kill -9 a writing process again and again: the log is valid, each event in it once."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from monitor.ledger.log import Log
from monitor.ledger.publisher import publish
from monitor.ledger.verify import verify
from monitor.storage.directory import DirectoryStore
from tests.ledger.hammer import KEY, PARTITION
from tests.ledger.writing import entered

KILLS = 8
ROOT = Path(__file__).parents[2]


def test_a_killed_writer_leaves_a_valid_log_and_loses_nothing(tmp_path: Path) -> None:
    draw = random.Random(7)  # noqa: S311 - to be repeated, not to be secret
    for kill in range(KILLS):
        command = [sys.executable, str(ROOT / "tests/ledger/hammer.py"), str(tmp_path), str(kill)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"started\n"
            time.sleep(draw.uniform(0.01, 0.12))
            assert writer.poll() is None, "the writer died of itself"
            writer.kill()
    ledger, view = DirectoryStore(tmp_path / "ledger"), DirectoryStore(tmp_path / "view")
    log = Log(ledger)
    found = entered(ledger)
    assert found == [(PARTITION, position) for position in range(len(found))]
    assert len(found) > KILLS
    publish(ledger, view, KEY, log)
    report = verify(ledger, view, KEY.vkey)
    assert report.valid, report.problems
    assert report.unsigned == 0
    leftovers = list((tmp_path / "ledger" / ".tmp").iterdir())
    assert len(leftovers) <= KILLS
