"""Kill -9 during a replay, run it again: each record has its one entry and the ledger verifies."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from monitor.ledger.log import Log
from monitor.pipeline.leaves import decode
from monitor.wiring import Places
from tests import entra

LINES = 3000
COMMAND = (sys.executable, "-m", "monitor.cli.main")


def stream(path: Path) -> int:
    """Write a file of noise, accounts and broken lines; return how many must have an entry."""
    lines: list[bytes] = []
    wanted = 0
    noise = entra.body(entra.record("Update device", entra.at(), target={"type": "Device"}))
    for number in range(LINES):
        if number % 3 == 0:
            lines.append(entra.body(entra.add_user(entra.at(), f"user-{number:06d}")))
            wanted += 1
        elif number % 100 == 1:
            lines.append(f"{{ broken {number}".encode())
            wanted += 1
        else:
            lines.append(noise)
    path.write_bytes(b"\n".join(lines) + b"\n")
    return wanted


def test_a_killed_replay_is_finished_by_the_next(tmp_path: Path) -> None:
    file, data = tmp_path / "stream.jsonl", tmp_path / "data"
    wanted = stream(file)
    command = [*COMMAND, "--data", str(data), "replay", "--json", str(file)]
    draw = random.Random(11)  # noqa: S311 - to be repeated, not to be secret
    killed = 0
    for _ in range(6):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            _wait_for_batches(data, killed)
            time.sleep(draw.uniform(0, 0.05))
            process.kill()
            killed += process.wait() < 0
    done = subprocess.run(command, capture_output=True, check=False)
    summary = json.loads(done.stdout.splitlines()[-1])
    fates = ("relevant", "irrelevant", "quarantined", "repeated")
    assert summary["seen"] == LINES == sum(summary[name] for name in fates)
    verified = subprocess.run(
        [*COMMAND, "--data", str(data), "verify"], capture_output=True, check=False
    )
    assert verified.returncode == 0, verified.stdout
    assert killed > 0
    assert _entries(data) == {1: wanted}


def _wait_for_batches(data: Path, least: int) -> None:
    """Wait until the process has committed something, so that the kill falls into its work."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = sum(len(files) for _, _, files in os.walk(data / "ledger" / "b"))
        if found > least:
            return
        time.sleep(0.005)


def _entries(data: Path) -> dict[int, int]:
    """How many records have how many entries."""
    keys: Counter[str] = Counter()
    for batch in Log(Places(data).store("ledger")).batches():
        for leaf in map(decode, batch.leaves):
            src = leaf["src"]
            if isinstance(src, dict) and "key" in src:
                keys[str(src["key"])] += 1
    return dict(Counter(keys.values()))
