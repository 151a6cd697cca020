"""A record reached the stream long after what it tells."""

from collections.abc import Iterator
from datetime import timedelta

from monitor.rules.case import LateCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity
from monitor.rules.stream_silent import in_hours

DAYS = timedelta(days=1)


@rule(
    LateCase,
    revision=1,
    title="Records reach the stream hours after what they tell",
    severity_logic="info from 6 hours on, low from a day on",
    controls=Controls(
        hipaa=("164.312(b)",), nist=("AU-5", "AU-12"), scuba=("MS.AAD.4.1v1",), attack=()
    ),
    blind_spots=(
        (
            "Measured where Event Hubs took the record in: how long this service took afterwards"
            " does not count, and of records from files and HTTP nothing is known."
        ),
        "Said once a day for each tenant.",
    ),
    respond=(
        (
            "Nothing to do for a single one: Entra may deliver late. If it goes on, look at Entra"
            " admin center > Monitoring & health > Diagnostic settings, and at Microsoft's service"
            " health."
        ),
    ),
    firing="A policy change of 02:00 enters the hub at 09:00.",
    silent="It enters the hub at 02:10.",
    lookalike="The service was down for a day and reads the backlog: the records were in time.",
)
def records_late(case: LateCase) -> Iterator[Judgement]:
    """Until a record comes, its change stands unjudged: lateness is exposure."""
    event, delay = case.event, case.arrived - case.event.time
    yield Judgement(
        severity=Severity.LOW if delay >= DAYS else Severity.INFO,
        witness=(
            f"{event.activity_name} of {event.time:%Y-%m-%d %H:%M} UTC entered the hub at "
            f"{case.arrived:%Y-%m-%d %H:%M} UTC, {in_hours(delay)} later. Others of that day are"
            " not listed one by one."
        ),
        about=About("tenant", event.tenant, event.tenant),
        details={"delay_seconds": int(delay.total_seconds()), "arrived": case.arrived.isoformat()},
    )
