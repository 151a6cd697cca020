"""`ack`: an entry with a name and a reason, seen by `show` and `history`."""

import pytest

from tests.cli.conftest import Desk, weakened


@pytest.fixture
def finding(desk: Desk) -> str:
    lines = desk.lines("replay", "--json", desk.events("a.jsonl", weakened()))
    (entry,) = [line["entry"] for line in lines if line["kind"] == "finding"]
    return str(entry)


def test_an_acknowledgement_is_shown_with_the_finding_and_in_history(
    desk: Desk, finding: str
) -> None:
    words = ("--by", "R. Roe", "--reason", "reverted at once", "--ticket", "CHG-7")
    result = desk("ack", finding, *words)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Acknowledged by R. Roe: #{finding}.")
    shown = " ".join(desk("show", finding).stdout.split())
    assert "acknowledged by R. Roe (CHG-7): reverted at once" in shown
    (line,) = desk.lines("history", "--kind", "ack", "--actor", "roe", "--json")
    assert line["leaf"]["src"] == {"of": int(finding)}
    assert f"acknowledged entry {finding}" in " ".join(desk("history").stdout.split())
    assert desk("verify").exit_code == 0


def test_the_new_entry_is_printed_as_json(desk: Desk, finding: str) -> None:
    (line,) = desk.lines("ack", "--json", "--by", "R", "--reason", "why", finding)
    assert (line["kind"], line["leaf"]["reason"], line["leaf"]["ticket"]) == ("ack", "why", None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("0", "--by", "R", "--reason", "x"), "is no finding"),
        (("FINDING", "--by", " ", "--reason", "x"), "cannot be empty"),
        (("FINDING", "--by", "R"), "Missing option '--reason'"),
    ],
)
def test_what_is_no_evidence_is_refused(
    desk: Desk, finding: str, words: tuple[str, ...], said: str
) -> None:
    result = desk("ack", *(finding if word == "FINDING" else word for word in words))
    assert result.exit_code == 2
    assert said in result.stderr
    assert desk.lines("history", "--kind", "ack", "--json") == []
