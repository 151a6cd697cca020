"""`run` as a process: the inbox, HTTP, a clean stop, and `--once` for cron."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import entra
from tests.cli.conftest import Desk, weakened

PATIENCE = 20.0


@dataclass
class Running:
    """A `run` process and what it has written to standard output so far."""

    process: subprocess.Popen[str]
    text: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.lock:
                self.text += line

    def until(self, pattern: str) -> str:
        """Wait until the output holds the pattern; return its first group or the match."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with self.lock:
                match = re.search(pattern, self.text)
            if match:
                return match[match.lastindex or 0]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        assert self.process.stderr is not None
        self.process.kill()
        pytest.fail(f"{pattern!r} did not come: {self.text}\n{self.process.stderr.read()}")

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code


@contextmanager
def running(desk: Desk, *words: str) -> Iterator[Running]:
    process = desk.spawn("run", "--port", "0", *words)
    try:
        yield Running(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def post(url: str, body: bytes) -> dict[str, int]:
    request = urllib.request.Request(f"{url}/events", body, method="POST")  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
        assert answer.status == 202
        counts: dict[str, int] = json.load(answer)
        return counts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_takes_posts_and_files_and_stops_clean(desk: Desk, number: int) -> None:
    with running(desk) as server:
        url = server.until(r"Listening on (http://127\.0\.0\.1:\d+)")
        counts = post(url, entra.body(weakened()))
        assert (counts["seen"], counts["relevant"]) == (1, 1)
        server.until("A change lets sign-ins in with less proof")
        Path("inbox/.b.json").write_bytes(b"{nonsense")
        Path("inbox/.b.json").rename("inbox/b.json")
        server.until(r"quarantined +entry \d+ +not-json")
        with urllib.request.urlopen(f"{url}/healthz", timeout=PATIENCE) as answer:  # noqa: S310 - loopback
            assert json.load(answer)["status"] == "ok"
        assert server.stop(number) == 0
        assert "Stopped." in server.text
    assert os.listdir("inbox/done") == ["b.json"]  # noqa: PTH208 - names, not paths
    (report,) = desk.lines("verify", "--json")
    assert (report["valid"], report["unsigned"]) == (True, 0)
    assert post_is_refused(url)


def post_is_refused(url: str) -> bool:
    try:
        post(url, b"{}")
    except urllib.error.URLError:
        return True
    return False


def test_once_takes_the_inbox_and_tells_what_it_found(desk: Desk) -> None:
    Path("inbox").mkdir()
    desk.events("inbox/a.jsonl", weakened())
    result = desk("run", "--once", "--json")
    assert result.exit_code == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[0]["rule_id"] == "ca-weakened"
    assert lines[-1]["kind"] == "summary"
    assert desk("run", "--once").exit_code == 0


def test_once_says_what_could_not_be_read(desk: Desk) -> None:
    Path("inbox").mkdir()
    Path("inbox/a.json").symlink_to(desk.events("elsewhere.json", weakened()))
    result = desk("run", "--once")
    assert result.exit_code == 2
    assert "a.json could not be read" in result.stderr
    assert os.listdir("inbox/failed") == ["a.json"]  # noqa: PTH208 - names, not paths


def test_a_foreign_host_is_refused(desk: Desk) -> None:
    Path("monitor.toml").write_text('[serve]\nhost = "0.0.0.0"\n', encoding="utf-8")
    result = desk("run")
    assert result.exit_code == 2
    assert "not a loopback address" in result.stderr


def test_an_address_in_use_is_3(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = desk("run", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 3
    assert "cannot listen on" in result.stderr


def test_the_sample_day_is_replayed_verified_and_found_once(desk: Desk) -> None:
    result = desk("run", "--sample", "--once")
    assert result.exit_code == 1
    assert "The ledger is valid" in result.stdout
    again = desk("run", "--sample", "--once")
    assert again.exit_code == 0
    assert "This day was in the ledger already" in again.stdout


def test_a_killed_replay_is_finished_by_running_it_again(desk: Desk) -> None:
    records = [
        entra.add_user(entra.at(n), f"{n:08d}-0000-4000-8000-000000000000") for n in range(2_000)
    ]
    path = desk.events("a.jsonl", *records)
    process = desk.spawn("replay", "--json", path)
    ledger = Path("mfa-monitor-data/ledger/b")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not any(ledger.rglob("*")):
        time.sleep(0.01)
    process.kill()
    process.communicate(timeout=PATIENCE)
    (*_, summary) = desk.lines("replay", "--json", path)
    assert summary["seen"] == len(records)
    assert summary["seen"] == sum(
        summary[name] for name in ("relevant", "irrelevant", "quarantined", "repeated")
    )
    (report,) = desk.lines("verify", "--json")
    assert report["valid"] is True
    entries = desk.lines("history", "--json", "--kind", "enrolment", "--limit", "100000")
    keys = [line["leaf"]["src"]["key"] for line in entries if "key" in line["leaf"]["src"]]
    assert len(keys) == len(set(keys)) == len(records)
