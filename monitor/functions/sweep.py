"""The sweep timer: each minute, what time alone decides, and alerts about it."""

import azure.functions as func

from monitor.functions.app import shared
from monitor.functions.ingest import found_something
from monitor.functions.invocation import invocation

DELIVERY_SECONDS = 15.0
"""How long one sweep may spend on alerts, seconds: well within the minute until the next."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


@blueprint.function_name("sweep")
@blueprint.timer_trigger(
    arg_name="timer", schedule="0 * * * * *", run_on_startup=False, use_monitor=False
)
def sweep(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - by this name
    """Sweep, and send what was found: nobody else sends it in the next two minutes.

    Raises:
        MonitorError: a step failed; what it left undone is done a minute later.
    """
    with invocation("sweep", context):
        monitor = shared.get()
        if found_something(monitor.sweep()):
            monitor.deliver(DELIVERY_SECONDS, digests=False)
