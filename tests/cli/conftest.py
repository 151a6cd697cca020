"""The command line on a directory of its own, called in this process or as one of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
import structlog
from click.testing import CliRunner, Result

from monitor.cli.main import cli
from tests import entra

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Desk:
    """A working directory; `events` writes an input file of records there."""

    root: Path

    def __call__(self, *words: str, stdin: bytes | None = None) -> Result:
        """Run the command in this process."""
        return CliRunner().invoke(cli, list(words), input=stdin, catch_exceptions=False)

    def lines(self, *words: str, stdin: bytes | None = None) -> list[dict[str, Any]]:
        """Run the command and return the JSON objects it printed, one per line."""
        return [json.loads(line) for line in self(*words, stdin=stdin).stdout.splitlines()]

    def spawn(
        self, *words: str, stdout: IO[bytes] | int = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Start the command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "monitor.cli.main", *words],
            cwd=self.root,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )

    def events(self, name: str, *records: entra.Json) -> str:
        """Write the records as JSON lines and return the path."""
        path = self.root / name
        path.write_bytes(b"".join(json.dumps(record).encode() + b"\n" for record in records))
        return str(path)


def weakened(when: float = 0, **more: Any) -> entra.Json:
    """A group is excluded from the only policy that asks for MFA: a high finding."""
    before, after = entra.policy(), entra.policy(entra.excluding())
    return entra.ca_change(before, after, entra.at(when), **more)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    yield Desk(tmp_path)
    structlog.reset_defaults()  # the command's log goes to a stream that is closed by now
