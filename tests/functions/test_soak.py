"""bench/soak.py, shortened: hub, worker library, Azurite, kills; nothing lost, nothing twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import azurite

ROOT = Path(__file__).parents[2]

if os.environ.get("MFA_MONITOR_NEEDS_RUNTIME") != "1":
    pytest.importorskip(
        "azure_functions_runtime", reason="azure-functions-runtime needs Python 3.13"
    )


def test_under_kills_everything_sent_is_in_the_ledger_once(tmp_path: Path) -> None:
    if not azurite.is_here():
        pytest.skip(azurite.MISSING)
    command = [sys.executable, "-m", "bench.soak", "--keep", str(tmp_path)]

    ended = subprocess.run(
        [*command, "--seconds", "20", "--rate", "100", "--kills", "2", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    logs = {log.name: log.read_text() for log in tmp_path.glob("*.log")}
    assert ended.returncode == 0, (ended.stdout, ended.stderr, logs)
