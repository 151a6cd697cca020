"""The delivery timer: alerts still owed, whoever found what they tell of."""

import azure.functions as func

from monitor.functions.app import shared
from monitor.functions.invocation import invocation

DELIVERY_SECONDS = 30.0
"""How long one round may take, seconds: over well before the next."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


@blueprint.function_name("deliver")
@blueprint.timer_trigger(
    arg_name="timer", schedule="20 * * * * *", run_on_startup=False, use_monitor=False
)
def deliver(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - by this name
    """Send what is undelivered.

    Raises:
        MonitorError: an attempt could not be recorded; it is recorded first a minute later.
    """
    with invocation("deliver", context):
        shared.get().deliver(DELIVERY_SECONDS, digests=False)
