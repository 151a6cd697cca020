"""`fsck`: clean, changed to the byte, and in a copy that is only to be read."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Desk, weakened

DATA = Path("mfa-monitor-data")


@pytest.fixture
def filled(desk: Desk) -> Desk:
    desk("replay", desk.events("day.jsonl", *(weakened(30 * n) for n in range(4))))
    return desk


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def test_a_clean_ledger(filled: Desk) -> None:
    (line,) = filled.lines("fsck", "--json")
    assert (line["kind"], line["valid"], line["problems"]) == ("inspection", True, [])
    assert line["tiles"] >= 2
    assert line["first_wrong_byte"] is None
    result = filled("fsck")
    assert result.exit_code == 0
    assert "is valid" in result.stdout
    assert f"{line['tiles']} tiles and bundles, byte for byte" in result.stdout


def test_it_counts_what_verify_counts(filled: Desk) -> None:
    (inspected,) = filled.lines("fsck", "--json")
    (verified,) = filled.lines("verify", "--json")
    del verified["since"]
    del verified["kind"]
    assert {key: inspected[key] for key in verified} == verified


def test_the_first_wrong_byte(filled: Desk) -> None:
    flip(DATA / "ledger" / "b" / "000", 700)
    result = filled("fsck", "--json")
    assert result.exit_code == 1
    first = json.loads(result.stdout)["first_wrong_byte"]
    assert (first["object"], first["offset"], first["wrong"]) == ("b/000", 700, "b/000")
    assert first["copy"].startswith("tile/entries/000")
    assert first["found"] ^ 1 == first["expected"]
    shown = filled("fsck").stdout
    assert "NOT VALID" in shown
    assert "b/000 at byte 700" in shown


def test_a_wrong_tile(filled: Desk) -> None:
    tile = max((DATA / "view" / "tile" / "0").rglob("*"), key=lambda path: path.is_file())
    flip(tile, 40)
    (line,) = filled.lines("fsck", "--json")
    name = tile.relative_to(DATA / "view").as_posix()
    assert (line["first_wrong_byte"]["object"], line["first_wrong_byte"]["offset"]) == (name, 40)
    assert filled("verify").exit_code == 0


def test_a_stray_object(filled: Desk) -> None:
    (DATA / "ledger" / "notes.txt").write_bytes(b"x")
    result = filled("fsck")
    assert result.exit_code == 1
    assert "notes.txt: stray" in result.stdout


def test_a_copy_without_keys_is_inspected(filled: Desk) -> None:
    for place in ("ledger", "view", "raw"):
        shutil.copytree(DATA / place, Path("copy") / place)
    assert filled("--data", "copy", "fsck").exit_code == 0
    assert not (Path("copy") / "keys").exists()


def test_looking_writes_nothing(filled: Desk) -> None:
    before = {path: path.read_bytes() for path in DATA.rglob("*") if path.is_file()}
    filled("fsck")
    filled("verify")
    assert before == {path: path.read_bytes() for path in DATA.rglob("*") if path.is_file()}


def test_a_ledger_whose_first_batch_is_destroyed(filled: Desk) -> None:
    shutil.rmtree(DATA / "keys")
    first = DATA / "ledger" / "b" / "000"
    first.chmod(0o600)
    first.write_bytes(b"\xff\xff")
    for words in (["fsck"], ["verify"]):
        result = filled(*words, "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["valid"] is False
        assert "NOT VALID" in filled(*words).stdout


def test_no_ledger_and_no_key(desk: Desk) -> None:
    result = desk("fsck")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no ledger here" in result.stderr


@pytest.mark.parametrize("option", ["--vkey", "--witness"])
def test_a_key_that_is_none(filled: Desk, option: str) -> None:
    assert filled("fsck", option, "key").exit_code == 2
