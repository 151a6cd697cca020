"""`replay`: the contract of its lines, its exit codes, and that it reads nothing twice."""

import gzip
import json
from pathlib import Path

import pytest

from tests import entra
from tests.cli.conftest import Desk, weakened

NOISE = entra.record("Update application", entra.at(1), category="ApplicationManagement")


def test_the_lines_are_the_contract(desk: Desk) -> None:
    path = desk.events("a.jsonl", weakened(), NOISE)
    Path("bad.jsonl").write_bytes(b'{"category": nonsense\n')
    result = desk("replay", "--json", path, "bad.jsonl")
    assert result.exit_code == 1
    *found, summary = [json.loads(line) for line in result.stdout.splitlines()]
    finding = next(line for line in found if line["kind"] == "finding")
    assert set(finding) == {
        "kind",
        "rule_id",
        "severity",
        "tenant",
        "entry",
        "title",
        "witness",
    }
    assert (finding["rule_id"], finding["tenant"]) == ("ca-weakened", entra.TENANT)
    assert finding["severity"] in {"high", "critical"}
    (quarantine,) = [line for line in found if line["kind"] == "quarantine"]
    assert (quarantine["code"], quarantine["position"] is None) == ("not-json", False)
    assert summary["kind"] == "summary"
    assert (summary["seen"], summary["relevant"], summary["quarantined"]) == (3, 1, 1)
    assert summary["irrelevant"] == 1
    assert summary["findings"][finding["severity"]] == 1


def test_the_second_time_everything_is_repeated_and_clean(desk: Desk) -> None:
    path = desk.events("a.jsonl", weakened(), entra.add_user(entra.at(2)))
    assert desk("replay", path).exit_code == 1
    (summary,) = desk.lines("replay", "--json", path)
    assert (summary["seen"], summary["repeated"]) == (2, 2)
    assert desk("replay", path).exit_code == 0


def test_noise_alone_is_clean(desk: Desk) -> None:
    result = desk("replay", desk.events("a.jsonl", NOISE))
    assert result.exit_code == 0
    assert "1 irrelevant" in result.stdout
    assert "No findings." in result.stdout


def test_a_person_sees_a_panel_and_what_to_do_next(desk: Desk) -> None:
    result = desk("replay", desk.events("a.jsonl", weakened()))
    assert "A change lets sign-ins in with less proof than before" in result.stdout
    assert "kim.admin@hospital.example" in result.stdout
    assert "mfa-monitor show " in result.stdout
    assert "mfa-monitor verify" in result.stdout
    assert result.stderr == ""


def test_the_commands_to_try_next_reach_the_same_data(desk: Desk) -> None:
    result = desk("--data", "other place", "replay", desk.events("a.jsonl", NOISE))
    assert "mfa-monitor --data 'other place' verify" in result.stdout


def test_standard_input_and_a_directory(desk: Desk) -> None:
    content = json.dumps(weakened()).encode()
    (*_, summary) = desk.lines("replay", "--json", "-", stdin=content)
    assert (summary["seen"], summary["relevant"]) == (1, 1)
    Path("day").mkdir()
    Path("day/a.json.gz").write_bytes(gzip.compress(json.dumps(NOISE).encode()))
    Path("day/b.json").write_bytes(content)
    (*_, summary) = desk.lines("replay", "--json", "day")
    assert (summary["seen"], summary["irrelevant"], summary["repeated"]) == (2, 1, 1)


def test_a_damaged_file_does_not_keep_the_others_from_being_read(desk: Desk) -> None:
    Path("day").mkdir()
    Path("day/a.jsonl.gz").write_bytes(gzip.compress(json.dumps(NOISE).encode())[:-2])
    desk.events("day/b.jsonl", weakened())
    result = desk("replay", "--json", "day")
    assert result.exit_code == 2
    assert "a.jsonl.gz: gzip data is damaged or cut off after byte" in result.stderr
    summary = json.loads(result.stdout.splitlines()[-1])
    assert (summary["seen"], summary["irrelevant"], summary["relevant"]) == (2, 1, 1)


@pytest.mark.parametrize(
    "words",
    [
        ["replay"],
        ["replay", "none.json"],
        ["replay", "--until", "soon", "a.jsonl"],
        ["replay", "--until", "2999-01-01", "a.jsonl"],
        ["replay", "--sideways", "a.jsonl"],
        ["--config", "none.toml", "replay", "a.jsonl"],
        ["dance"],
    ],
)
def test_usage_errors_are_2_and_commit_nothing(desk: Desk, words: list[str]) -> None:
    desk.events("a.jsonl", NOISE)
    result = desk(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr
    assert not Path("mfa-monitor-data").exists()


def test_a_bad_configuration_is_named(desk: Desk) -> None:
    Path("monitor.toml").write_text("[serve]\nprot = 1\n", encoding="utf-8")
    result = desk("replay", desk.events("a.jsonl", NOISE))
    assert result.exit_code == 2
    assert "monitor.toml: serve.prot" in result.stderr


def test_storage_out_of_reach_is_3(desk: Desk) -> None:
    Path("mfa-monitor-data").write_text("a file in the way", encoding="utf-8")
    result = desk("--data", "mfa-monitor-data/below", "replay", desk.events("a.jsonl", NOISE))
    assert result.exit_code == 3
    assert "Traceback" not in result.stderr


def test_until_moves_time_on_to_the_deadlines(desk: Desk) -> None:
    path = desk.events("a.jsonl", entra.add_user(entra.at()))
    assert desk("replay", path).exit_code == 0
    later = entra.text(entra.at(60 * 25))[:19] + "Z"
    found = desk.lines("replay", "--json", "--until", later, path)
    assert [line.get("rule_id") for line in found[:-1]] == ["account-without-method"]


def test_replay_notifies_nobody_unless_it_is_told_to(desk: Desk) -> None:
    Path("monitor.toml").write_text(
        '[[alerts.channels]]\nname = "team"\nurl = "json://127.0.0.1:9"\n', encoding="utf-8"
    )
    quiet = desk.lines("replay", "--json", desk.events("a.jsonl", weakened()))
    assert "delivery" not in {line["kind"] for line in quiet}
    assert desk.lines("history", "--json", "--kind", "delivery") == []
    loud = desk.lines("replay", "--json", "--notify", desk.events("b.jsonl", weakened(5)))
    assert [line["channel"] for line in loud if line["kind"] == "delivery"] == ["team"]
