"""The loop of `run` outlasts a store that is out of reach, and stops when it is asked to."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.cli import serving
from monitor.cli.screen import JsonScreen
from monitor.cli.serving import Serving, stop_on_signals
from monitor.cli.tally import Tally
from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.events.batch import Message, NamedSource, SourceBatch
from monitor.pipeline.outcome import Outcome
from monitor.sources.files import UnreadableInput
from monitor.sources.inbox import Inbox
from monitor.view.history import Question
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


def test_a_forged_checkpoint_does_not_end_the_service(
    desk: Serving, opened: Monitor, tmp_path: Path
) -> None:
    post(desk, weakened())
    desk.turn(lambda: False)
    shown = opened.places.store("view")
    signed = shown.get("checkpoint")
    assert signed is not None
    shown.put("checkpoint", b"no note at all")
    (tmp_path / "inbox" / "a.json").write_bytes(entra.body(entra.add_user(entra.at(5))))
    with capture_logs() as logs:
        desk.serve(Turns(5))
        desk.close()
    assert [one["event"] for one in logs].count("publish.forged") == 1
    kinds = {str(one.leaf["t"]) for one in opened.history(Question(most=9))}
    assert "enrolment" in kinds
    assert opened.health()["status"] == "degraded"


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


def test_a_file_that_cannot_be_moved_is_committed_once(
    desk: Serving, opened: Monitor, tmp_path: Path
) -> None:
    (tmp_path / "inbox" / "a.json").write_bytes(entra.body(weakened()))
    (tmp_path / "inbox" / "done").rmdir()
    (tmp_path / "inbox" / "done").write_bytes(b"")
    desk.serve(Turns(60))
    once = opened.verify().batches
    desk.serve(Turns(60))
    assert opened.verify().batches == once
    assert (desk._tally.relevant, desk._tally.repeated) == (1, 0)
    desk.drain(lambda: False)
    (fault,) = desk._tally.faults
    assert isinstance(fault, StorageUnavailable)
    assert desk._tally.code == 3


def test_a_failure_after_a_commit_waits_as_long_as_any_other(
    desk: Serving, opened: Monitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome that was not shown yet must not make the loop spin."""
    desk.turn(lambda: False)
    monkeypatch.setattr(serving, "POLL_SECONDS", 30.0)
    waited: list[float] = []
    monkeypatch.setattr(desk._arrived, "wait", waited.append)
    for name in ("a.json", "b.json"):
        (tmp_path / "inbox" / name).write_bytes(entra.body(weakened()))
    real, calls = opened.ingest, iter(range(9))

    def second_fails(batch: SourceBatch) -> Outcome:
        if next(calls):
            raise StorageUnavailable("no disk")
        return real(batch)

    monkeypatch.setattr(opened, "ingest", second_fails)
    desk.serve(Turns(8))
    assert waited
    assert desk._tally.relevant == 1


def test_a_batch_over_http_ends_the_wait(desk: Serving) -> None:
    desk.turn(lambda: False)
    post(desk, weakened())
    started = time.monotonic()
    desk._wait(30, lambda: False)
    assert time.monotonic() - started < 5


def test_an_inbox_that_cannot_be_listed_keeps_no_alert_waiting(
    desk: Serving, opened: Monitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inbox" / "done").rmdir()
    (tmp_path / "inbox" / "failed").rmdir()
    (tmp_path / "inbox").rmdir()
    post(desk, weakened())
    with pytest.raises(UnreadableInput):
        desk.turn(lambda: False)
    assert '"rule_id":"ca-weakened"' in capsys.readouterr().out
    assert opened.verify().unsigned == 0
