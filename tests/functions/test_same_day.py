"""The sample day through the service's worker library gives the entries that `replay` gives.

The day arrives as it would have: the wall clock stands at the latest record of each batch. Both end
with a sweep an hour after the last record, when nothing can still be pending (15 minutes).
"""

import gzip
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.clock import WallClock
from monitor.events.read import read_message
from monitor.functions.app import shared
from tests.functions.ledger import entries
from tests.functions.wire import Wire

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "hospital-day.jsonl.gz"
BATCH = 32

if os.environ.get("MFA_MONITOR_NEEDS_RUNTIME") != "1":
    pytest.importorskip(
        "azure_functions_runtime", reason="azure-functions-runtime needs Python 3.13"
    )


class DayClock:
    """The wall clock of the day: stands where it was put."""

    def __init__(self) -> None:
        self.moment = datetime.fromtimestamp(0, UTC)

    def reach(self, bodies: list[bytes]) -> None:
        latest = [read_message(body).latest for body in bodies]
        self.moment = max([self.moment, *(time for time in latest if time is not None)])


def replay(data: Path, until: datetime) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "monitor.cli.main", "--data", data),
            *("replay", "--json", "--until", until.isoformat(), SAMPLE),
        ],
        cwd=data.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    # 1 says that there are findings above info, or quarantined records.
    assert done.returncode in (0, 1), done.stderr


def receive(data: Path, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Let the day arrive at `data`; return when its last sweep was."""
    from tests.functions.host import running  # noqa: PLC0415 - importable on 3.13 only

    clock = DayClock()
    monkeypatch.setattr(WallClock, "now", lambda _: clock.moment)
    monkeypatch.setenv("MFA_MONITOR_DATA", str(data))
    monkeypatch.delenv("MFA_MONITOR_CONFIG", raising=False)
    with gzip.open(SAMPLE) as lines:
        bodies = [line.rstrip(b"\n") for line in lines]
    shared.close()
    try:
        with running() as host:
            for first in range(0, len(bodies), BATCH):
                batch = bodies[first : first + BATCH]
                clock.reach(batch)
                answer = host.receive(Wire(batch, first=first))[-1]
                assert answer.ok, answer.error
            published = host.tick("publish")
            assert published.ok, published.error
            clock.moment += timedelta(hours=1)
            answer = host.tick()
            assert answer.ok, answer.error
    finally:
        shared.close()
    return clock.moment


def test_functions_and_replay_record_and_judge_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replayed, received = tmp_path / "replay" / "data", tmp_path / "functions" / "data"
    replayed.parent.mkdir()
    received.parent.mkdir()

    with monkeypatch.context() as patch:
        until = receive(received, patch)
    replay(replayed, until)

    expected, found = entries(replayed), entries(received)
    assert expected
    # Named one by one: a difference of two counters of thousands says nothing.
    assert sorted(map(str, (expected - found).elements())) == []
    assert sorted(map(str, (found - expected).elements())) == []
