"""Findings leave the ledger once per channel, and every attempt is an entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.alerts.message import Message
from monitor.alerts.ports import Result, Sent
from monitor.errors import StorageUnavailable
from monitor.view.cells import Cell, Table
from monitor.wiring import Monitor, delivery, open_monitor
from tests import entra
from tests.corridor import ingest, leaves

WEAKENED = entra.ca_change(entra.policy(), entra.policy(entra.excluding()), entra.at())


@dataclass
class Line:
    """A channel that remembers what it carried, and fails while it is told to."""

    name: str = "line"
    failing: bool = False
    carried: list[int] = field(default_factory=list)

    def send(self, message: Message, seconds: float) -> Sent:
        assert seconds > 0
        if self.failing:
            return Sent(Result.FAILED, "out of order")
        self.carried.append(message.alert.entry)
        return Sent(Result.DELIVERED)


@contextmanager
def running(data: Path, line: Line) -> Iterator[Monitor]:
    with open_monitor(data, None, console=line) as monitor:
        yield monitor


def test_a_finding_is_sent_once_and_recorded(tmp_path: Path) -> None:
    line = Line()
    with running(tmp_path, line) as monitor:
        ingest(monitor, WEAKENED)
        (leaf,) = leaves(monitor.deliver(5), "delivery")
        assert (leaf["channel"], leaf["outcome"], leaf["done"]) == ("line", "delivered", True)
        assert leaves(monitor.deliver(5), "delivery") == []
        assert monitor.health()["undelivered"] == 0
    assert len(line.carried) == 1


def test_a_failed_attempt_is_recorded_and_tried_again_later(tmp_path: Path) -> None:
    line = Line(failing=True)
    with running(tmp_path, line) as monitor:
        ingest(monitor, WEAKENED)
        (leaf,) = leaves(monitor.deliver(5), "delivery")
        assert (leaf["outcome"], leaf["done"]) == ("failed", False)
        assert monitor.health()["undelivered"] == 1
    assert line.carried == []


def test_another_instance_leaves_a_fresh_finding_alone(tmp_path: Path) -> None:
    one, other = Line(), Line()
    with running(tmp_path, one) as first, running(tmp_path, other) as second:
        ingest(first, WEAKENED)
        second.sweep()
        second.deliver(5)
        first.deliver(5)
        second.deliver(5)
    assert (len(one.carried), len(other.carried)) == (1, 0)


def test_a_process_that_only_delivers_sends_what_another_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a view of its own, as two instances have; nothing else moves the second one's on."""
    monkeypatch.setattr(delivery, "FOREIGN_AGE", timedelta(0))
    line = Line()
    with running(tmp_path / "one", Line()) as first:
        (tmp_path / "two").mkdir()
        for name in ("ledger", "raw", "keys"):
            (tmp_path / "one" / name).mkdir(exist_ok=True)
            (tmp_path / "two" / name).symlink_to(tmp_path / "one" / name)
        with running(tmp_path / "two", line) as second:
            ingest(first, WEAKENED)
            second.deliver(5)
    assert len(line.carried) == 1


def test_a_ledger_out_of_reach_does_not_keep_alerts_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line()

    def unreachable(patience: float) -> None:
        raise StorageUnavailable("not now")

    with running(tmp_path, line) as monitor:
        ingest(monitor, WEAKENED)
        monkeypatch.setattr(monitor._pipeline, "refresh", unreachable)
        monitor.deliver(5)
    assert len(line.carried) == 1


def test_information_is_never_sent(tmp_path: Path) -> None:
    line = Line()
    report_only = entra.policy(state="enabledForReportingButNotEnforced")
    with running(tmp_path, line) as monitor:
        ingest(monitor, entra.ca_change(report_only, entra.policy(), entra.at()))
        monitor.deliver(5)
    assert line.carried == []


def test_a_rebuilt_view_sends_nothing_twice(tmp_path: Path) -> None:
    line = Line()
    with running(tmp_path, line) as monitor:
        ingest(monitor, WEAKENED)
        monitor.deliver(5)
        monitor.rebuild()
        monitor.deliver(5)
    assert len(line.carried) == 1


def test_what_is_committed_while_another_thread_looks_is_still_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line()
    with running(tmp_path, line) as monitor:
        desk, rows = monitor._desk, monitor._view.rows

        def meanwhile(table: Table) -> list[Cell]:
            found = rows(table)
            monkeypatch.undo()
            ingest(monitor, WEAKENED)
            return found

        monkeypatch.setattr(monitor._view, "rows", meanwhile)
        assert desk.pending() == []
        assert len(desk.pending()) == 1
