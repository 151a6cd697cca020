"""An auditor's copy that cannot be written is read as any other, and stays as it is."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import entra
from tests.cli.conftest import ROOT, Desk, weakened

POWERLESS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
"""Root writes where it may not; without these capabilities it is a user like any other."""
DATA = Path("mfa-monitor-data")


def reader() -> tuple[str, ...]:
    if os.geteuid():
        return ()
    if shutil.which(POWERLESS[0]) is None:
        pytest.skip("root without setpriv can write everywhere")
    return POWERLESS


@pytest.fixture
def copy(desk: Desk) -> Iterator[Desk]:
    assert desk("replay", desk.events("a.jsonl", weakened())).exit_code == 1
    shutil.copytree(DATA / "view", "old-view")
    assert desk("replay", desk.events("b.jsonl", entra.add_user(entra.at(5)))).exit_code == 0
    yield desk
    allow(DATA, writing=True)


def allow(root: Path, *, writing: bool) -> None:
    for path in (root, *root.rglob("*")):
        if writing:
            path.chmod(0o700 if path.is_dir() else 0o600)
        else:
            path.chmod(0o500 if path.is_dir() else 0o400)


def state(root: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


def read(desk: Desk, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as somebody who may not write the data directory."""
    temporary = desk.root / "temporary"
    temporary.mkdir(exist_ok=True)
    done = subprocess.run(
        [*reader(), sys.executable, "-m", "monitor.cli.main", *words],
        cwd=desk.root,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "TMPDIR": str(temporary)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert list(temporary.iterdir()) == []
    return done


def as_left(view: Path) -> None:
    """The files as they are."""


def gone(view: Path) -> None:
    shutil.rmtree(view)


def of_another_ledger(view: Path) -> None:
    with closing(sqlite3.connect(view / "state.db")) as state_file:
        state_file.execute("update watermark set digest = 'another'")
        state_file.commit()


def behind(view: Path) -> None:
    for path in Path("old-view").glob("*.db"):
        shutil.copy(path, view / path.name)


def damaged(view: Path) -> None:
    (view / "history.db").write_bytes(b"this is no database" * 500)


@pytest.mark.parametrize("spoil", [as_left, gone, of_another_ledger, behind, damaged])
def test_a_copy_is_looked_at_without_a_trace(copy: Desk, spoil: object) -> None:
    assert callable(spoil)
    expected = copy("history", "--json").stdout
    spoil(DATA / "view")
    allow(DATA, writing=False)
    before = state(DATA)
    found = read(copy, "history", "--json")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == expected
    assert state(DATA) == before


def test_show_ask_and_verify_on_a_copy_without_keys(copy: Desk) -> None:
    finding = copy.lines("history", "--json", "--kind", "finding")[0]["entry"]
    shutil.rmtree(DATA / "keys")
    allow(DATA, writing=False)
    assert read(copy, "show", str(finding)).returncode == 0
    assert '"kind":"answer"' in read(copy, "ask", "--json").stdout
    assert read(copy, "verify").returncode == 0


def test_keys_that_may_not_be_looked_at_are_said_to_be_in_the_way(copy: Desk) -> None:
    (DATA / "keys").chmod(0)
    looked = read(copy, "history")
    assert looked.returncode == 2
    assert "the signing key cannot be read" in looked.stderr


def test_doctor_says_that_keys_may_not_be_looked_at(copy: Desk) -> None:
    (DATA / "keys").chmod(0)
    looked = read(copy, "doctor", "--json")
    assert (looked.returncode, looked.stderr) == (3, "")
    states = [json.loads(line) for line in looked.stdout.splitlines()]
    (key,) = [line for line in states if line.get("name") == "key"]
    assert key["state"] == "fail"
    assert "the signing key cannot be read" in key["text"]


@pytest.mark.parametrize("keys", [True, False], ids=["with-keys", "without-keys"])
def test_a_digest_of_a_copy_is_printed_though_nothing_can_be_signed(copy: Desk, keys: bool) -> None:
    shutil.rmtree(DATA / "view")
    if not keys:
        shutil.rmtree(DATA / "keys")
    allow(DATA, writing=False)
    before = state(DATA)
    told = read(copy, "digest", "--json")
    assert told.returncode == 0
    assert json.loads(told.stdout)["findings"]["high"] == 1
    assert json.loads(told.stdout)["checkpoint"] is None
    assert ("no new checkpoint is signed: " in told.stderr) is keys
    assert state(DATA) == before


def test_a_copy_is_not_rebuilt_nor_written(copy: Desk) -> None:
    allow(DATA, writing=False)
    before = state(DATA)
    rebuilt = read(copy, "rebuild")
    assert (rebuilt.returncode, "can only be read" in rebuilt.stderr) == (3, True)
    written = read(copy, "replay", copy.events("c.jsonl", entra.add_user(entra.at(9))))
    assert written.returncode == 3
    assert "bug" not in written.stderr
    assert state(DATA) == before


def test_a_reader_sees_what_a_running_writer_committed(copy: Desk) -> None:
    """The newest rows are only in the log beside the file, as long as the writer has it open."""
    expected = copy("history", "--json").stdout
    writers = [sqlite3.connect(DATA / "view" / name) for name in ("state.db", "history.db")]
    for writer in writers:
        writer.execute("pragma wal_autocheckpoint = 0")
        writer.execute("create table left_in_the_log (only text)")
        writer.commit()
    allow(DATA, writing=False)
    found = read(copy, "history", "--json")
    allow(DATA, writing=True)
    for writer in writers:
        writer.close()
    assert (found.returncode, found.stdout) == (0, expected)
