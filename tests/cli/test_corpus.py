"""Real records published by others, through the whole command (they stay outside the project)."""

import json

import pytest

from tests.cli.conftest import ROOT, Desk

CORPUS = ROOT.parent / "shared" / "corpus" / "events"


@pytest.fixture
def corpus() -> str:
    if not CORPUS.is_dir():
        pytest.skip("../shared is not here")
    return str(CORPUS)


def test_every_file_is_read_and_the_counts_add_up(desk: Desk, corpus: str) -> None:
    result = desk("replay", "--json", corpus)
    assert (result.exit_code, result.stderr) == (1, "")
    *found, summary = [json.loads(line) for line in result.stdout.splitlines()]
    assert summary["seen"] >= sum(1 for path in CORPUS.rglob("*") if path.is_file())
    assert summary["seen"] == sum(
        summary[name] for name in ("relevant", "irrelevant", "quarantined", "repeated")
    )
    quarantined = [line for line in found if line["kind"] == "quarantine"]
    assert len(quarantined) == summary["quarantined"]
    assert sum(line["code"] == "unified-audit-log" for line in quarantined) == 12
    assert all(line["reason"] for line in quarantined)
    assert {line["rule_id"] for line in found if line["kind"] == "finding"} >= {"ca-without-effect"}
    assert desk("verify").exit_code == 0


def test_a_second_replay_finds_nothing_new(desk: Desk, corpus: str) -> None:
    (*_, first) = desk.lines("replay", "--json", corpus)
    (again,) = desk.lines("replay", "--json", corpus)
    assert (again["seen"], again["relevant"]) == (first["seen"], 0)
