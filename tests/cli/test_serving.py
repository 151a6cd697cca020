"""The loop of `run` outlasts a store that is out of reach, and stops when it is asked to."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.cli import serving
from monitor.cli.screen import JsonScreen
from monitor.cli.serving import Serving, stop_on_signals
from monitor.cli.tally import Tally
from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.events.batch import Message, NamedSource, SourceBatch
from monitor.pipeline.outcome import Outcome
from monitor.sources.inbox import Inbox
from monitor.wiring import Monitor, open_monitor
from tests import entra
from tests.cli.conftest import weakened


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Monitor]:
    with open_monitor(tmp_path / "data", None) as monitor:
        yield monitor


class Turns:
    """Asks to stop after so many questions."""

    def __init__(self, count: int) -> None:
        self.left = count

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture
def desk(opened: Monitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    monkeypatch.setattr(serving, "POLL_SECONDS", 0.01)
    return Serving(opened, Inbox(tmp_path / "inbox", settle=0), JsonScreen(), Tally())


def post(desk: Serving, *records: entra.Json) -> Outcome:
    return desk.ingest(SourceBatch(NamedSource("http", "events"), (Message(entra.body(*records)),)))


def test_a_store_out_of_reach_is_tried_again(
    desk: Serving, opened: Monitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inbox" / "a.json").write_bytes(entra.body(weakened()))
    real, failures = opened.ingest, iter([StorageUnavailable("no disk")] * 2)

    def flaky(batch: SourceBatch) -> Outcome:
        for failure in failures:
            raise failure
        return real(batch)

    monkeypatch.setattr(opened, "ingest", flaky)
    desk.serve((tmp_path / "inbox" / "done" / "a.json").exists)
    assert desk._tally.quarantined == 0
    desk.turn(lambda: False)
    assert desk._tally.relevant == 1


def test_a_corrupt_ledger_ends_it(
    desk: Serving, opened: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def corrupt() -> Outcome:
        raise LedgerCorrupt("two roots")

    monkeypatch.setattr(opened, "sweep", corrupt)
    with pytest.raises(LedgerCorrupt):
        desk.serve(Turns(5))


def test_what_came_over_http_is_shown_and_signed_in_the_next_turn(
    desk: Serving, opened: Monitor, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.turn(lambda: False)
    assert post(desk, weakened()).relevant == 1
    assert capsys.readouterr().out == ""
    desk.turn(lambda: False)
    assert '"rule_id":"ca-weakened"' in capsys.readouterr().out
    assert opened.verify().unsigned == 0


def test_a_turn_with_nothing_to_do_commits_nothing(desk: Serving, opened: Monitor) -> None:
    desk.turn(lambda: False)
    before = opened.verify()
    for _ in range(3):
        desk.turn(lambda: False)
    assert opened.verify() == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_request_and_the_handlers_come_back(number: int) -> None:
    before = signal.getsignal(number)
    with stop_on_signals() as stopped:
        assert not stopped()
        os.kill(os.getpid(), number)
        assert stopped()
    assert signal.getsignal(number) is before
