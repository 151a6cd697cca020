"""The repair timer: positions that were skipped are read again, and how far behind we are is told.

It also looks at what the trigger could not: offsets that are no numbers (`offsets`).
"""

import azure.functions as func

from monitor.functions.app import shared
from monitor.functions.invocation import invocation

REPAIR_SECONDS = 60.0
"""How long one repair may take, seconds; the next goes on where it ended."""
DELIVERY_SECONDS = 15.0
"""How long it may spend on alerts about what it read, seconds."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


@blueprint.function_name("gap_repair")
@blueprint.timer_trigger(
    arg_name="timer", schedule="30 2-59/5 * * * *", run_on_startup=False, use_monitor=False
)
def gap_repair(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - by this name
    """Close the open gaps, send what was found in them, and measure the partitions.

    Raises:
        MonitorError: the ledger cannot be read or written; the next repair goes on.
    """
    with invocation("gap_repair", context):
        # Imported here: no other function needs the Event Hubs client.
        from monitor.sources.eventhub.repair import repair_gaps  # noqa: PLC0415 - see above
        from monitor.sources.eventhub.standing import measure  # noqa: PLC0415 - see above
        from monitor.telemetry import catalogue as names  # noqa: PLC0415 - see above
        from monitor.telemetry.signals import operation  # noqa: PLC0415 - see above

        monitor = shared.get()
        with operation(names.SpanName.GAP_REPAIR) as span:
            report = repair_gaps(monitor, seconds=REPAIR_SECONDS)
            span.tell(
                {
                    names.FOUND: report.found,
                    names.REPAIRED: report.repaired,
                    names.LOST: report.lost,
                }
            )
        if report.repaired or report.lost:
            monitor.deliver(DELIVERY_SECONDS, digests=False)
        measure(monitor)
