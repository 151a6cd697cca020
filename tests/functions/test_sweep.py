import azure.functions as func
import pytest
from azure.functions.timer import TimerRequest

from monitor.errors import StorageUnavailable
from monitor.functions.sweep import sweep
from tests.functions.recording import RecordingMonitor, lent

STEPS = ["sweep", "deliver 15", "publish"]


@pytest.fixture
def timer() -> func.TimerRequest:
    return TimerRequest(past_due=False)


def test_a_tick_sweeps_delivers_and_publishes_in_that_order(timer: func.TimerRequest) -> None:
    monitor = RecordingMonitor()
    with lent(monitor):
        sweep(timer)

    assert monitor.calls == STEPS


@pytest.mark.parametrize("step", range(3))
def test_a_fault_is_raised_and_the_next_tick_starts_over(
    timer: func.TimerRequest, step: int
) -> None:
    monitor = RecordingMonitor(faults=[*[None] * step, StorageUnavailable("container away")])
    with lent(monitor):
        with pytest.raises(StorageUnavailable):
            sweep(timer)
        sweep(timer)

    assert monitor.calls == [*STEPS[: step + 1], *STEPS]
