"""Kill -9 of `mfa-monitor run --from-eventhub`, started again: each record has its one entry."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.ledger.log import Log
from monitor.wiring import Places
from tests.eventhub.server import StandIn
from tests.sources.eventhub.desk import expected, record, users, wait_for

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "monitor.cli.main")
RECORDS = 600


@contextmanager
def running(home: Path, server: StandIn) -> Iterator[subprocess.Popen[str]]:
    """The command, reading the stand-in; its output is JSON lines."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
        "EventHubConnection": server.connection_string,
    }
    process = subprocess.Popen(
        [*COMMAND, "run", "--from-eventhub", "--port", "0", "--json"],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_killed_consumer_is_carried_on_by_the_next(tmp_path: Path) -> None:
    draw = random.Random(7)  # noqa: S311 - to be repeated, not to be secret
    with StandIn() as server:
        server.send(*(record(number) for number in range(RECORDS)))
        with running(tmp_path, server) as process:
            wait_for(lambda: high(tmp_path) >= 0)
            time.sleep(draw.uniform(0, 0.05))
            process.kill()
            assert process.wait() == -signal.SIGKILL
        assert high(tmp_path) < RECORDS - 1, "it was not killed at work"
        server.send(b"{ broken", *(record(number) for number in range(RECORDS, RECORDS + 5)))
        with running(tmp_path, server) as process:
            wait_for(lambda: high(tmp_path) == RECORDS + 5)
            process.terminate()
            out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["quarantined"] == 1
    assert users(tmp_path / "mfa-monitor-data") == expected(*range(RECORDS + 5))


def high(home: Path) -> int:
    """The last position entered."""
    head = Log(Places(home / "mfa-monitor-data").store("ledger")).head()
    return max((cursor.high for cursor in head.cursors.values()), default=-1)
