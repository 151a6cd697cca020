"""`export`: from records to a pack that an auditor's program takes, and the entry it leaves."""

import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import Desk, weakened
from tests.evidence import packs

DAY = ("--from", "2026-09-14", "--to", "2026-09-18")
AT = ("--at", "2026-11-20T08:00Z", "--by", "N. Auditor", "--purpose", "yearly audit")


@pytest.fixture
def filled(desk: Desk) -> Desk:
    desk("replay", desk.events("a.jsonl", weakened()))
    return desk


def vkey(path: Path) -> str:
    return str(json.loads(packs.contents(path)["manifest.json"])["vkey"])


def test_a_pack_is_written_verified_and_entered(filled: Desk) -> None:
    result = filled("export", *DAY, *AT, "--out", "pack.zip")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Wrote pack.zip.\n")
    assert "python3 verify.py --vkey" in result.stdout
    said = packs.verify(Path("pack.zip"), vkey=vkey(Path("pack.zip")))
    assert (said.code, said.problems) == (0, [])
    (line,) = filled.lines("history", "--kind", "export", "--json")
    leaf = line["leaf"]
    assert (leaf["initiator"]["label"], leaf["purpose"]) == ("N. Auditor", "yearly audit")
    body = packs.contents(Path("pack.zip"))["manifest.json"]
    assert leaf["manifest"] == sha256(body).hexdigest()
    assert leaf["range"] == json.loads(body)["range"]
    assert filled("verify").exit_code == 0


def test_the_same_checkpoint_and_options_give_the_same_bytes_later(filled: Desk) -> None:
    (first,) = filled.lines("export", *DAY, *AT, "--out", "one.zip", "--json")
    size = str(first["checkpoint"]["size"])
    filled("export", *DAY, *AT, "--out", "between.zip")
    (again,) = filled.lines("export", *DAY, *AT, "--out", "two.zip", "--checkpoint", size, "--json")
    assert Path("one.zip").read_bytes() == Path("two.zip").read_bytes()
    assert Path("between.zip").read_bytes() != Path("one.zip").read_bytes()
    assert first["manifest"] == again["manifest"]
    assert len(filled.lines("history", "--kind", "export", "--json")) == 3


def test_a_later_pack_ties_to_an_earlier_one(filled: Desk) -> None:
    (one,) = filled.lines("export", *DAY, "--out", "one.zip", "--json")
    filled("replay", filled.events("b.jsonl", weakened(2)))
    assert filled("export", *DAY, "--out", "two.zip", "--previous", "one.zip").exit_code == 0
    said = packs.verify(Path("two.zip"), "--previous", "one.zip", vkey=vkey(Path("one.zip")))
    assert said.code == 0
    assert any("only grew since" in line for line in said.passed)
    size = str(one["checkpoint"]["size"])
    older = ("--previous", "two.zip", "--checkpoint", size)
    result = filled("export", *DAY, "--out", "x.zip", *older)
    assert result.exit_code == 2
    assert f"more than the checkpoint of {size}" in result.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--from", "2026-09-18", "--to", "2026-09-14", "--out", "x.zip"), "--to the first moment"),
        ((*DAY, "--out", "nowhere/x.zip"), "no directory"),
        ((*DAY, "--out", "taken.zip"), "give --force"),
        ((*DAY, "--out", "x.zip", "--checkpoint", "7777"), "no checkpoint of that size"),
        ((*DAY, "--out", "x.zip", "--checkpoint", "-1"), "no checkpoint of that size"),
        ((*DAY, "--out", "x.zip", "--previous", "a.jsonl"), "no checkpoint that this log signed"),
        ((*DAY, "--out", "x.zip", "--with-raw", "--rule", "ca-weakened"), "leave out --with-raw"),
        ((*DAY,), "--out"),
        (("--out", "x.zip"), "--from"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_nothing(
    words: tuple[str, ...], text: str, filled: Desk
) -> None:
    Path("taken.zip").write_text("mine", encoding="utf-8")
    result = filled("export", *words)
    assert result.exit_code == 2
    assert text in result.stderr
    assert not Path("x.zip").exists()
    assert Path("taken.zip").read_text(encoding="utf-8") == "mine"
    assert list(Path().glob(".mfa-monitor-export-*")) == []
    assert filled.lines("history", "--kind", "export", "--json") == []


def test_force_writes_over_a_file(filled: Desk) -> None:
    Path("pack.zip").write_text("old", encoding="utf-8")
    assert filled("export", *DAY, "--out", "pack.zip", "--force").exit_code == 0
    assert zipfile.is_zipfile("pack.zip")


def test_profile_filter_and_tenant_narrow_a_pack(filled: Desk) -> None:
    (line,) = filled.lines(
        "export", "--from", "1d", "--to", "2099-01-01", "--profile", "no-personal-data", "--out",
        "p.zip", "--tenant", packs.OTHER, "--json",
    )  # fmt: skip
    assert line["counts"]["kinds"] == {}
    assert line["counts"]["withheld"] == {"tenant": 2}
    assert packs.verify(Path("p.zip"), vkey=vkey(Path("p.zip"))).code == 0
    (line,) = filled.lines("export", *DAY, "--rule", "ca-weakened", "--out", "q.zip", "--json")
    assert line["counts"]["kinds"] == {"change": 1, "finding": 1}


def test_a_log_without_a_ledger_or_a_checkpoint_gives_none(desk: Desk) -> None:
    assert "no ledger here" in desk("export", *DAY, "--out", "x.zip").stderr
    desk("replay", desk.events("a.jsonl", weakened()))
    Path("mfa-monitor-data/view/checkpoint").unlink()
    for key in Path("mfa-monitor-data/keys").iterdir():
        key.unlink()
    result = desk("export", *DAY, "--out", "x.zip")
    assert result.exit_code == 2
    assert "no checkpoint has been signed yet" in result.stderr
    assert not Path("x.zip").exists()


def test_a_pack_that_nobody_could_sign_says_so(filled: Desk) -> None:
    (line,) = filled.lines("export", *DAY, "--out", "one.zip", "--json")
    assert line["signed"] is True
    for key in Path("mfa-monitor-data/keys").iterdir():
        key.unlink()
    result = filled("export", *DAY, "--out", "two.zip")
    assert result.exit_code == 0
    assert "not signed" in result.stdout
    assert "--unsigned two.zip" in result.stdout
    assert packs.verify(Path("two.zip"), vkey=vkey(Path("one.zip"))).code == 1
    assert packs.verify(Path("two.zip"), "--unsigned", vkey=vkey(Path("one.zip"))).code == 0


def test_tiles_that_are_wrong_or_missing_do_not_matter(filled: Desk) -> None:
    (line,) = filled.lines("export", *DAY, *AT, "--out", "one.zip", "--json")
    size = str(line["checkpoint"]["size"])
    tiles = [path for path in Path("mfa-monitor-data/view/tile").rglob("*") if path.is_file()]
    assert tiles
    for path in tiles:
        path.write_bytes(bytes(len(path.read_bytes())))
    assert filled("export", *DAY, *AT, "--out", "two.zip", "--checkpoint", size).exit_code == 0
    for path in tiles:
        path.unlink()
    assert filled("export", *DAY, *AT, "--out", "three.zip", "--checkpoint", size).exit_code == 0
    assert len({Path(name).read_bytes() for name in ("one.zip", "two.zip", "three.zip")}) == 1
