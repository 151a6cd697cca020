"""The timer door: each minute, what time alone decides, the alerts still owed, and a checkpoint."""

import azure.functions as func

from monitor.functions.app import shared

DELIVERY_SECONDS = 15.0
"""How long one sweep spends on alerts, seconds: well within the minute until the next."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


@blueprint.function_name("sweep")
@blueprint.timer_trigger(
    arg_name="timer", schedule="0 * * * * *", run_on_startup=False, use_monitor=False
)
def sweep(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the host passes it by this name
    """Sweep, send what is undelivered, publish.

    Raises:
        MonitorError: a step failed; what it left undone is done a minute later.
    """
    monitor = shared.get()
    monitor.sweep()
    monitor.deliver(DELIVERY_SECONDS)
    monitor.publish()
