"""The publication timer: a checkpoint, tiles, timestamps and cosignatures, a snapshot when due."""

import azure.functions as func

from monitor.functions.app import shared
from monitor.functions.invocation import invocation

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


@blueprint.function_name("publish")
@blueprint.timer_trigger(
    arg_name="timer", schedule="40 * * * * *", run_on_startup=False, use_monitor=False
)
def publish(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - by this name
    """Publish what is committed and not yet signed.

    Raises:
        MonitorError: it was not published; the next minute does it.
    """
    with invocation("publish", context):
        shared.get().publish()
