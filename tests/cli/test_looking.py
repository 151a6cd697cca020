"""`history`, `show`, `verify`, `rebuild`, `rules`: looking at a ledger without changing it."""

import errno
import json
from pathlib import Path

import pytest

from monitor.cli.door import Door
from tests import entra
from tests.cli.conftest import Desk, weakened


@pytest.fixture
def filled(desk: Desk) -> Desk:
    Path("bad.json").write_bytes(b"{nonsense")
    path = desk.events("a.jsonl", weakened(), entra.add_user(entra.at(5)))
    assert desk("replay", path, "bad.json").exit_code == 1
    return desk


def kinds(lines: list[dict[str, str]]) -> list[str]:
    return [line["kind"] for line in lines]


def test_history_is_newest_first_with_leaves_whole(filled: Desk) -> None:
    lines = filled.lines("history", "--json")
    entries = [line["entry"] for line in lines]
    assert entries == sorted(entries, reverse=True)
    assert {"change", "finding", "enrolment", "quarantine"} <= set(kinds(lines))
    assert all(line["leaf"]["t"] == line["kind"] for line in lines)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--kind", "quarantine"], {"quarantine"}),
        (["--kind", "quarantine", "--kind", "enrolment"], {"quarantine", "enrolment"}),
        (["--rule", "ca-weakened"], {"finding"}),
        (["--severity", "low"], {"finding"}),
        (["--actor", "KIM.admin", "--kind", "change"], {"change"}),
        (["--object", entra.POLICY], {"change", "finding"}),
        (["--object", "require mfa"], {"change", "finding"}),
        (["--since", "2026-09-15T08:03Z", "--until", "2026-09-15T08:06Z"], {"enrolment"}),
        (["--until", "2020-01-01"], set()),
        (["--actor", "nobody"], set()),
    ],
)
def test_filters(filled: Desk, words: list[str], expected: set[str]) -> None:
    assert expected <= set(kinds(filled.lines("history", "--json", *words)))
    if "--since" not in words:
        assert set(kinds(filled.lines("history", "--json", *words))) == expected


def test_severity_means_that_grave_or_graver(filled: Desk) -> None:
    severities = {
        floor: len(filled.lines("history", "--json", "--severity", floor))
        for floor in ("info", "high")
    }
    assert severities["info"] >= severities["high"] >= 1


def test_the_limit_is_said(filled: Desk) -> None:
    assert len(filled.lines("history", "--json", "--limit", "1")) == 1
    assert "The newest 1 are shown" in filled("history", "--limit", "1").stdout
    assert filled("history", "--until", "2020-01-01").stdout == "No entry matches.\n"


def test_history_for_a_person(filled: Desk) -> None:
    text = filled("history").stdout
    for part in ("A change lets sign-ins in", "Require MFA for everyone", "kim.admin@", "not-json"):
        assert part in text


def test_show_a_finding_says_what_to_do(filled: Desk) -> None:
    (line, *_) = filled.lines("history", "--json", "--rule", "ca-weakened")
    text = filled("show", str(line["entry"])).stdout
    for part in ("HIGH", "1.  Ask the person", "45 CFR", "the record it judges", "rules show"):
        assert part in text
    assert filled.lines("show", "--json", str(line["entry"])) == [line]


def test_show_any_other_entry_prints_its_leaf(filled: Desk) -> None:
    (line, *_) = filled.lines("history", "--json", "--kind", "change")
    result = filled("show", str(line["entry"]))
    assert result.exit_code == 0
    assert '"t": "change"' in result.stdout


@pytest.mark.parametrize(("entry", "code"), [("999999", 2), ("0", 2), ("-1", 2), ("one", 2)])
def test_show_what_is_not_there(filled: Desk, entry: str, code: int) -> None:
    result = filled("show", "--", entry)
    assert (result.exit_code, result.stdout) == (code, "")


def test_verify_a_whole_ledger(filled: Desk) -> None:
    (report,) = filled.lines("verify", "--json")
    assert report["valid"] is True
    assert report["problems"] == []
    assert report["checkpoint"]["size"] == report["size"]
    assert report["unsigned"] == 0
    result = filled("verify")
    assert result.exit_code == 0
    assert "is valid" in result.stdout
    assert report["root"] in result.stdout


def test_verify_a_changed_ledger(filled: Desk) -> None:
    newest = max(path for path in Path("mfa-monitor-data/ledger/b").rglob("*") if path.is_file())
    content = bytearray(newest.read_bytes())
    content[-20] ^= 1
    newest.chmod(0o600)
    newest.write_bytes(content)
    result = filled("verify", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["valid"] is False
    assert report["problems"]
    assert filled("verify").exit_code == 1
    assert "NOT VALID" in filled("verify").stdout


def test_looking_changes_nothing(filled: Desk) -> None:
    (before,) = filled.lines("verify", "--json")
    for words in (["history"], ["show", "2"], ["verify"], ["rebuild"], ["doctor"], ["rules"]):
        filled(*words)
    assert filled.lines("verify", "--json") == [before]


@pytest.mark.parametrize("words", [["history"], ["show", "1"], ["verify"], ["rebuild"]])
def test_no_ledger_is_made_by_looking_for_one(desk: Desk, words: list[str]) -> None:
    result = desk(*words)
    assert result.exit_code == 2
    assert "there is no ledger here" in result.stderr
    assert not Path("mfa-monitor-data").exists()


def test_rebuild_gives_the_same_history(filled: Desk) -> None:
    before = filled.lines("history", "--json")
    (report,) = filled.lines("rebuild", "--json")
    assert report["kind"] == "rebuild"
    assert report["batches"] >= 1
    assert filled.lines("history", "--json") == before
    assert "built again" in filled("rebuild").stdout


def test_rules_are_listed_and_shown(desk: Desk) -> None:
    lines = desk.lines("rules", "--json")
    assert "ca-weakened" in desk("rules").stdout
    for line in lines:
        text = desk("rules", "show", line["rule_id"]).stdout
        assert line["title"] in " ".join(text.split())
    assert desk.lines("rules", "show", "--json", "ca-weakened")[0]["kind"] == "rule"
    result = desk("rules", "show", "ca-weekend")
    assert result.exit_code == 2
    assert "the rules are: ca-weakened" in result.stderr


def test_a_bug_is_3_with_its_traceback_only_on_request(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Door, "get_command", broken)
    result = filled("history")
    assert result.exit_code == 3
    assert "unexpected RuntimeError: a bug" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in filled("--debug", "history").stderr


def test_a_reader_that_leaves_is_no_finding(filled: Desk) -> None:
    process = filled.spawn("history", "--limit", "5")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert (process.wait(20), complaint) == (3, "")


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["history", "--json"], ["verify"], ["rules"], ["--help"]])
def test_an_output_that_takes_no_more_is_said_and_is_no_bug(filled: Desk, words: list[str]) -> None:
    with FULL.open("wb") as full:
        process = filled.spawn(*words, stdout=full)
    assert process.stderr is not None
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait(20) == 3
    assert "standard output cannot be written: No space left on device" in complaint
    assert "bug" not in complaint
    assert len(complaint.splitlines()) == 2


def test_a_fault_of_a_file_is_not_laid_to_the_output(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "some.file")

    monkeypatch.setattr(Door, "get_command", broken)
    result = filled("history")
    assert result.exit_code == 3
    assert "standard output" not in result.stderr
