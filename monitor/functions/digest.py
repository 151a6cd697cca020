"""The digest timer: the only one that sends digests, so that no two instances send the same."""

import azure.functions as func

from monitor.functions.app import shared
from monitor.functions.invocation import invocation

DIGEST_SECONDS = 30.0
"""How long one round may take, seconds."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


@blueprint.function_name("digest")
@blueprint.timer_trigger(
    arg_name="timer", schedule="50 4-59/5 * * * *", run_on_startup=False, use_monitor=False
)
def digest(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - by this name
    """Send the daily and weekly digests that are due.

    Raises:
        MonitorError: an attempt could not be recorded.
    """
    with invocation("digest", context):
        shared.get().send_digests(DIGEST_SECONDS)
