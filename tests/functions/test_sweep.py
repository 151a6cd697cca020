import azure.functions as func
import pytest

from monitor.errors import StorageUnavailable
from monitor.functions.sweep import sweep
from tests.functions.calling import CONTEXT
from tests.functions.recording import CHANGE, FINDING, RecordingMonitor, lent


def test_a_tick_sweeps_and_leaves_the_rest_to_the_other_timers(timer: func.TimerRequest) -> None:
    monitor = RecordingMonitor(entries=(CHANGE,))
    with lent(monitor):
        sweep(timer, CONTEXT)

    assert monitor.calls == ["sweep"]


def test_what_the_sweep_found_it_tells_at_once_without_digests(timer: func.TimerRequest) -> None:
    monitor = RecordingMonitor(entries=(CHANGE, FINDING))
    with lent(monitor):
        sweep(timer, CONTEXT)

    assert monitor.calls == ["sweep", "deliver 15"]


def test_a_fault_is_raised_and_the_next_tick_starts_over(timer: func.TimerRequest) -> None:
    monitor = RecordingMonitor(entries=(FINDING,), faults=[StorageUnavailable("container away")])
    with lent(monitor):
        with pytest.raises(StorageUnavailable):
            sweep(timer, CONTEXT)
        sweep(timer, CONTEXT)

    assert monitor.calls == ["sweep", "sweep", "deliver 15"]
