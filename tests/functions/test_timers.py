"""The timers beside the sweep: what each asks of the monitor, and that a fault is raised."""

from collections.abc import Callable, Mapping

import azure.functions as func
import pytest

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.functions.deliver import deliver
from monitor.functions.digest import digest
from monitor.functions.gap_repair import gap_repair
from monitor.functions.publish import publish
from tests.eventhub.server import StandIn
from tests.functions.calling import CONTEXT
from tests.functions.recording import RecordingMonitor, lent

Timer = Callable[[func.TimerRequest, func.Context], None]

DOORS: Mapping[Timer, str] = {
    deliver: "deliver 30",
    publish: "publish",
    digest: "send_digests 30",
}


@pytest.mark.parametrize("door", list(DOORS))
def test_each_timer_asks_for_its_own_step_and_nothing_else(
    door: Timer, timer: func.TimerRequest
) -> None:
    monitor = RecordingMonitor()
    with lent(monitor):
        door(timer, CONTEXT)

    assert monitor.calls == [DOORS[door]]


@pytest.mark.parametrize("door", list(DOORS))
def test_a_fault_is_raised_and_the_next_tick_tries_again(
    door: Timer, timer: func.TimerRequest
) -> None:
    monitor = RecordingMonitor(faults=[StorageUnavailable("container away")])
    with lent(monitor):
        with pytest.raises(StorageUnavailable):
            door(timer, CONTEXT)
        door(timer, CONTEXT)

    assert monitor.calls == [DOORS[door]] * 2


def at(hub: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EventHubConnection", hub.connection_string)
    monkeypatch.setenv("EVENTHUB_NAME", hub.hub)
    monkeypatch.setenv("EVENTHUB_CONSUMER_GROUP", "mfa-monitor")


def test_without_gaps_the_repair_reads_nothing_and_measures(
    timer: func.TimerRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = RecordingMonitor()
    with StandIn() as hub, lent(monitor):
        at(hub, monkeypatch)
        gap_repair(timer, CONTEXT)

    assert monitor.calls == ["gaps", "cursors"]


def test_a_repair_without_a_hub_says_what_is_missing(
    timer: func.TimerRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EventHubConnection", "EVENTHUB_NAME"):
        monkeypatch.delenv(name, raising=False)
    with lent(RecordingMonitor()), pytest.raises(InvalidInput, match="EventHubConnection__"):
        gap_repair(timer, CONTEXT)
