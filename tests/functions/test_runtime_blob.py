"""The worker library over Blob storage: batches, kills at every step of a commit, and a replay."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.clock import WallClock
from monitor.functions.app import shared
from monitor.ledger.note import create_key
from monitor.settings import Settings
from monitor.storage.blob import CLIENT_OPTIONS
from tests import entra
from tests.azurite import fresh_name
from tests.functions.day import DAY, batch
from tests.functions.ledger import Entry, entries, filed
from tests.functions.principals import header

if os.environ.get("MFA_MONITOR_NEEDS_RUNTIME") != "1":
    pytest.importorskip(
        "azure_functions_runtime", reason="azure-functions-runtime needs Python 3.13"
    )
if TYPE_CHECKING:
    from tests.azurite import Azurite
    from tests.functions.host import Host

ROOT = Path(__file__).parents[2]
NOW = entra.at(5)
"""Shortly after the day's last record: nothing of it is late."""


@pytest.fixture(scope="module")
def host() -> "Iterator[Host]":
    from tests.functions.host import running  # noqa: PLC0415 - importable on 3.13 only

    with running() as started:
        yield started


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment whose ledger stands in containers of its own."""

    data: Path
    config: Path

    def entries(self) -> Counter[Entry]:
        shared.close()
        return entries(self.data, self.config)


@pytest.fixture
def deployment(
    azurite: "Azurite", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployment]:
    config = tmp_path / "monitor.toml"
    lines = [f'{one}_container = "{fresh_name()}"' for one in ("ledger", "raw", "view")]
    config.write_text("\n".join(["[storage]", 'connection_env = "AZURITE"', *lines]))
    for line in lines:
        azurite.store(line.split('"')[1])
    monkeypatch.setenv("AZURITE", azurite.connection_string)
    create_key(tmp_path / "key", Settings().ledger.origin)
    monkeypatch.setenv("MFA_MONITOR_SIGNING_KEY", (tmp_path / "key").read_text())
    monkeypatch.setenv("MFA_MONITOR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MFA_MONITOR_CONFIG", str(config))
    monkeypatch.setattr(WallClock, "now", lambda _: NOW)
    shared.close()
    yield Deployment(tmp_path / "data", config)
    shared.close()


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Counter[Entry]:
    """What `replay` makes of the same day on a directory."""
    place = tmp_path_factory.mktemp("replay")
    # A file of bodies is cut at its line ends.
    (place / "day.jsonl").write_bytes(b"\n".join(DAY) + b"\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "monitor.cli.main", "--data", place / "data"),
            *("replay", "--json", "day.jsonl"),
        ],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return entries(place / "data")


def test_a_day_in_batches_stands_in_blob_storage_as_replay_records_it(
    host: "Host", deployment: Deployment, replayed: Counter[Entry]
) -> None:
    for first, last in [(0, 2), (2, 5), (1, 4), (5, 6), (0, 6)]:
        answer = host.receive(batch(first, last))[-1]
        assert answer.ok, answer.error
    for name in ("publish", "sweep", "deliver", "digest"):
        answer = host.tick(name)
        assert answer.ok, (name, answer.error)

    assert deployment.entries() == replayed


@pytest.mark.parametrize(
    ("folder", "number", "stored"),
    [
        ("b/", 1, False),
        ("b/", 2, False),
        ("b/", 2, True),
        ("b/", 3, True),
        ("sth/", 1, True),
    ],
)
def test_a_worker_that_is_killed_loses_nothing_and_repeats_nothing(
    folder: str,
    number: int,
    stored: bool,
    host: "Host",
    deployment: Deployment,
    replayed: Counter[Entry],
) -> None:
    plan = {
        "now": NOW.isoformat(),
        "batches": [(0, 2), (2, 4), (4, 6)],
        "folder": folder,
        "number": number,
        "stored": stored,
    }
    killed = subprocess.run(
        [sys.executable, "-m", "tests.functions.worker", json.dumps(plan)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]

    # The host had no checkpoint: everything is delivered once more, cut otherwise.
    for first, last in [(0, 3), (3, 6)]:
        answer = host.receive(batch(first, last))[-1]
        assert answer.ok, answer.error

    assert deployment.entries() == replayed


def test_an_instance_that_has_nothing_of_its_own_goes_on(
    host: "Host", deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert host.receive(batch(0, 3))[-1].ok
    assert host.tick("publish").ok
    before = filed(deployment.data, deployment.config)
    shared.close()
    monkeypatch.setenv("MFA_MONITOR_DATA", str(tmp_path / "another"))

    assert host.receive(batch(0, 6))[-1].ok
    shared.close()

    found = filed(tmp_path / "another", deployment.config)
    assert found[: len(before)] == before
    assert len(found) > len(before)


def test_what_another_instance_committed_is_seen_by_the_one_that_answers(
    host: "Host", deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "true")
    assert host.receive(batch(0, 3))[-1].ok
    told = host.request("status", "GET", "/api/status", header("Auditor"))[1]
    # Another process, with files of its own.
    plan = {
        "now": (NOW + timedelta(seconds=1)).isoformat(),
        "batches": [(3, 6)],
        "folder": "b/",
        "number": 1,
        "stored": True,
    }
    subprocess.run(
        [sys.executable, "-m", "tests.functions.worker", json.dumps(plan)],
        cwd=ROOT,
        env={**os.environ, "MFA_MONITOR_DATA": str(deployment.data.with_name("other"))},
        capture_output=True,
        check=False,
    )

    later = host.request("status", "GET", "/api/status", header("Auditor"))[1]
    assert later["batches"] == told["batches"] + 1
    assert later["partitions"][0]["last"] == 5


def test_the_store_being_away_is_no_reason_to_let_a_batch_go(
    host: "Host",
    deployment: Deployment,
    azurite: "Azurite",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "AZURITE",
        "DefaultEndpointsProtocol=http;AccountName=x;AccountKey=eA==;"
        "BlobEndpoint=http://127.0.0.1:9/x;",
    )
    monkeypatch.setitem(CLIENT_OPTIONS, "retry_total", 0)
    answers = host.receive(batch(0, 2), patience=2)
    assert [answer.ok for answer in answers] == [False, False]
    assert "StorageUnavailable" in (answers[0].error or "")
    assert host.get_health()[0] == 503

    monkeypatch.setenv("AZURITE", azurite.connection_string)
    assert host.receive(batch(0, 2))[-1].ok
    assert deployment.entries()
