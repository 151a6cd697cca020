"""`replay --to-eventhub`, `gaps` and the options of `run`, on the stand-in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.events.batch import Message, SourceBatch
from monitor.settings import EventHubSettings, StorageSettings
from monitor.sources.eventhub import hub_in_force
from monitor.wiring import open_monitor
from tests import entra
from tests.cli.conftest import Desk, weakened
from tests.eventhub.leaks import let_the_client_leak_sockets
from tests.eventhub.server import StandIn

__all__ = ["let_the_client_leak_sockets"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with StandIn() as running:
        monkeypatch.setenv("EventHubConnection", running.connection_string)
        yield running


def test_a_file_is_sent_as_a_synthetic_run_and_read_as_one(
    desk: Desk, server: StandIn, tmp_path: Path
) -> None:
    file = desk.events("day.jsonl", weakened(), entra.add_user(entra.at()))
    (summary,) = desk.lines("replay", "--to-eventhub", "--json", file)
    assert (summary["messages"], summary["records"], summary["refused"]) == (2, 2, 0)
    assert not (tmp_path / "mfa-monitor-data").exists(), "nothing is judged here"
    hub = hub_in_force(EventHubSettings(), StorageSettings())
    messages = tuple(
        Message(body[body.index(b'{"records"') :], number)
        for number, body in enumerate(server.bodies())
    )
    with open_monitor(tmp_path / "mfa-monitor-data", None) as monitor:
        outcome = monitor.ingest(SourceBatch(hub.partition("0"), messages))
        leaves = [entry.leaf for entry in outcome.entries]
        assert {leaf["t"] for leaf in leaves} == {"change", "enrolment", "finding"}
        assert {leaf["tenant"] for leaf in leaves} == {summary["tenant"]}
        assert {leaf["synthetic"] for leaf in leaves} == {summary["run"]}
        titles = [str(leaf["title"]) for leaf in leaves if leaf["t"] == "finding"]
        assert titles
        assert all(title.startswith("[SYNTHETIC] ") for title in titles)
        assert monitor.verify().valid


def test_what_cannot_be_marked_is_said(desk: Desk, server: StandIn, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(b'{"no":"tenant"}')
    done = desk("replay", "--to-eventhub", str(bad), desk.events("a.jsonl", weakened()))
    assert done.exit_code == 2
    assert "1 message not sent" in done.stderr
    assert "Sent 1 records in 1 events" in done.stdout
    assert "[SYNTHETIC]" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("replay",), "Missing argument"),
        (("replay", "--rate", "5", "x.json"), "--rate goes with --to-eventhub"),
        (("replay", "--to-eventhub", "--notify", "x.json"), "do not go with --to-eventhub"),
        (("replay", "--to-eventhub", "x.json"), "eventhub.namespace: not set"),
        (("run", "--from-eventhub", "--once"), "a hub has no end"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    desk: Desk, words: tuple[str, ...], told: str
) -> None:
    desk.events("x.json", weakened())
    done = desk(*words)
    assert done.exit_code == 2
    assert told in done.stderr


def with_gap(desk: Desk, server: StandIn, positions: tuple[int, ...]) -> None:
    """A ledger into which only these positions of the hub came."""
    server.send(*(entra.body(entra.add_user(entra.at(), f"u{number}")) for number in range(12)))
    hub = hub_in_force(EventHubSettings(), StorageSettings())
    with open_monitor(desk.root / "mfa-monitor-data", None) as monitor:
        for position in positions:
            body = entra.body(entra.add_user(entra.at(), f"u{position}"))
            monitor.ingest(SourceBatch(hub.partition("0"), (Message(body, position),)))


def test_gaps_are_listed_and_repaired(desk: Desk, server: StandIn) -> None:
    with_gap(desk, server, (0, 5, 11))
    server.forget_before(3)
    first, second, summary = desk.lines("gaps", "--json")
    assert (first["first"], first["last"], first["count"], first["kept"]) == (1, 4, 4, 2)
    assert (second["state"], second["kept"], second["since"]) == ("open", 5, None)
    assert summary == {"kind": "summary", "open": 9, "lost": 0}
    done = desk("gaps", "--offline")
    assert done.exit_code == 1
    assert "not known whether the hub keeps it" in done.stdout
    assert "mfa-monitor gaps repair" in done.stdout
    done = desk("gaps", "repair")
    assert done.exit_code == 1, "the loss is a finding"
    assert "Of 9 open positions 7 are entered now, 2 are lost; 0 are still open." in done.stdout
    assert "Records of an Event Hub partition are lost" in done.stdout
    done = desk("gaps")
    assert done.exit_code == 0
    assert "lost" in done.stdout
    (line, _) = desk.lines("gaps", "--json")
    assert (line["state"], line["first"], line["last"], line["kept"]) == ("lost", 1, 2, 0)
    assert desk("gaps", "repair").exit_code == 0


def test_a_hub_made_anew_ends_run_and_is_said(desk: Desk, server: StandIn) -> None:
    with_gap(desk, server, (0, 11))
    server.anew()
    done = desk("run", "--from-eventhub", "--port", "0")
    assert done.exit_code == 1
    assert "Reading 127.0.0.1/insights-logs-auditlogs." in done.stdout
    assert "set a new epoch" in done.stderr


def test_gaps_are_shown_without_a_hub(desk: Desk, server: StandIn) -> None:
    assert desk("gaps").exit_code == 2, "there is no ledger"
    with_gap(desk, server, (0, 2))
    assert "the hub still keeps it" in desk("gaps").stdout
    server.stop()
    done = desk("gaps", "repair", "--json")
    assert done.exit_code == 3
    assert '"lost":0,"elsewhere":0,"left":1' in done.stdout
    assert "partition 0" in done.stderr


def test_a_whole_ledger_has_no_gap(desk: Desk, server: StandIn) -> None:
    with_gap(desk, server, (0, 1))
    assert "No position was skipped." in desk("gaps").stdout
    assert "No position is open." in desk("gaps", "repair").stdout
