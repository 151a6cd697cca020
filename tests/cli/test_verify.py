"""`verify --since` and `--vkey`: what somebody kept, held against the ledger."""

import base64
import json
import shutil
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from monitor.ledger.note import SigningKey
from tests.cli.conftest import Desk, weakened

DATA = Path("mfa-monitor-data")
STRANGER = SigningKey("mfa-monitor.example/log", bytes(32))


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A ledger, the checkpoint and digest of its first day, and what came after."""
    desk("replay", desk.events("first.jsonl", weakened()))
    shutil.copy(DATA / "view" / "checkpoint", "kept.note")
    Path("mail.txt").write_text(desk("digest").stdout)
    desk("replay", desk.events("second.jsonl", weakened(60), weakened(90)))
    return desk


def since(desk: Desk, path: str = "kept.note", *, stdin: bytes | None = None) -> tuple[int, Any]:
    result = desk("verify", "--since", path, "--json", stdin=stdin)
    return result.exit_code, json.loads(result.stdout)


def kept_size() -> int:
    return int(Path("kept.note").read_text().split("\n")[1])


def test_a_ledger_that_only_grew(filled: Desk) -> None:
    code, report = since(filled)
    assert code == 0
    (kept,) = report["since"]
    assert kept["holds"] is True
    assert kept["cut"] is False
    assert kept["size"] == kept_size()
    assert kept["grown"] == report["size"] - kept["size"] > 0
    assert kept["committed"].endswith("Z")
    shown = filled("verify", "--since", "kept.note").stdout
    assert f"it begins with the {kept['size']} entries signed then" in shown
    assert f"; {kept['grown']} came since" in shown


def test_nothing_new_since(filled: Desk) -> None:
    code, report = since(filled, str(DATA / "view" / "checkpoint"))
    assert (code, report["since"][0]["grown"]) == (0, 0)


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def wrapped(text: str) -> str:
    return "\n".join(
        line if len(line) < 72 else f"{line[:72]}\n{line[72:]}" for line in text.splitlines()
    )


@pytest.mark.parametrize(
    "mangle",
    [
        str,
        quoted,
        lambda text: quoted(quoted(text)),
        wrapped,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text + "\n" + text,
    ],
)
def test_the_digest_that_was_mailed_will_do(filled: Desk, mangle: Callable[[str], str]) -> None:
    Path("pasted.txt").write_bytes(mangle(Path("mail.txt").read_text()).encode())
    code, report = since(filled, "pasted.txt")
    assert code == 0
    assert [kept["size"] for kept in report["since"]] == [kept_size()]


@pytest.mark.parametrize("subtype", ["plain", "html"])
@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_a_saved_mail_will_do(filled: Desk, encoding: str, subtype: str) -> None:
    text = Path("mail.txt").read_text()
    if subtype == "html":
        lines = "<br>".join(f"<b>{line}</b>" for line in text.splitlines())
        text = f"<html><body><p>{lines}</p></body></html>"
    mail = EmailMessage()
    mail["Subject"] = "Daily digest"
    mail["From"] = "monitor@example.org"
    mail.set_content(text, subtype=subtype, cte=encoding)
    Path("mail.eml").write_bytes(bytes(mail))
    code, report = since(filled, "mail.eml")
    assert (code, report["since"][0]["holds"]) == (0, True)


def test_from_standard_input(filled: Desk) -> None:
    code, report = since(filled, "-", stdin=Path("kept.note").read_bytes())
    assert (code, report["since"][0]["size"]) == (0, kept_size())


def test_a_ledger_that_was_cut_says_so_first(filled: Desk) -> None:
    """The tail, its notes and the checkpoint are put back: without the mail nobody could tell."""
    shutil.copy(DATA / "view" / "checkpoint", "newest.note")
    newest = int(Path("newest.note").read_text().split("\n")[1])
    shutil.copy("kept.note", DATA / "view" / "checkpoint")
    for note in sorted((DATA / "ledger" / "sth").iterdir()):
        if int(note.name) > kept_size():
            note.unlink()
    batches = sorted((DATA / "ledger" / "b").iterdir())
    size = kept_size()
    for batch in reversed(batches):
        batch.unlink()
        if filled.lines("verify", "--json")[0]["size"] == size:
            break
    assert filled("verify").exit_code == 0
    code, report = since(filled, "newest.note")
    assert code == 1
    (kept,) = report["since"]
    assert (kept["holds"], kept["cut"], kept["grown"]) == (False, True, None)
    shown = filled("verify", "--since", "newest.note").stdout
    assert "NOT VALID" in shown.splitlines()[0]
    assert shown.splitlines()[1].split()[:1] == ["CUT"]
    assert f"{newest} were signed, this ledger has {size}" in shown


def test_a_ledger_that_was_begun_anew_is_not_the_one(filled: Desk) -> None:
    shutil.rmtree(DATA)
    filled("replay", filled.events("first.jsonl", weakened()))
    code, report = since(filled)
    assert code == 1
    assert report["since"][0]["holds"] is False
    assert any("the kept checkpoint: no trusted key" in text for text in report["problems"])
    assert "REWRITTEN" in filled("verify", "--since", "kept.note").stdout


def test_a_ledger_that_was_rewritten_with_its_own_key(filled: Desk) -> None:
    shutil.copytree(DATA / "keys", "keys")
    shutil.rmtree(DATA)
    DATA.mkdir()
    shutil.copytree("keys", DATA / "keys")
    filled("replay", filled.events("first.jsonl", weakened()))
    filled("replay", filled.events("second.jsonl", weakened(60), weakened(90)))
    assert filled("verify").exit_code == 0
    code, report = since(filled)
    assert code == 1
    assert report["since"][0]["holds"] is False
    assert "REWRITTEN" in filled("verify", "--since", "kept.note").stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no checkpoint in it"),
        (b"a mail about something else\n", "no checkpoint in it"),
        (b"\xff\xfe\x00\n" * 99, "no checkpoint in it"),
        (b"log.example/x\n9\n" + base64.b64encode(bytes(32)) + b"\n", "without its signature"),
    ],
)
def test_a_file_without_a_checkpoint(filled: Desk, content: bytes, said: str) -> None:
    Path("other.txt").write_bytes(content)
    result = filled("verify", "--since", "other.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_file_that_is_not_there(filled: Desk) -> None:
    result = filled("verify", "--since", "nowhere.txt")
    assert result.exit_code == 2
    assert "nowhere.txt: cannot be read" in result.stderr


def test_the_auditor_s_own_key(filled: Desk) -> None:
    (vkey,) = json.loads(
        (DATA / "ledger" / "b" / "000").read_bytes()[2:].partition(b'"vkeys":')[2].split(b"]")[0]
        + b"]"
    )
    assert filled("verify", "--vkey", vkey).exit_code == 0
    result = filled("verify", "--vkey", STRANGER.vkey)
    assert result.exit_code == 1
    assert "does not announce the key" in result.stdout
    assert filled("verify", "--vkey", "key").exit_code == 2
