"""The timer door: each minute, what time alone decides, the alerts still owed, and a checkpoint."""

import azure.functions as func

from monitor.functions.app import shared

DELIVERY_SECONDS = 15.0
"""How long one sweep spends on alerts, seconds; a batch that arrives meanwhile waits for it."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


@blueprint.function_name("sweep")
@blueprint.timer_trigger(
    arg_name="timer", schedule="0 * * * * *", run_on_startup=False, use_monitor=False
)
def sweep(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the host passes it by this name
    """Sweep, send what is undelivered, publish; each step takes its own turn.

    Raises:
        MonitorError: a step failed; what it left undone is done a minute later.
    """
    with shared.turn() as monitor:
        monitor.sweep()
    with shared.turn() as monitor:
        monitor.deliver(DELIVERY_SECONDS)
    with shared.turn() as monitor:
        monitor.publish()
