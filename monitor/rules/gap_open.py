"""Positions of an Event Hub partition were skipped and have not come."""

from collections.abc import Iterator

from monitor.rules.case import GapCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity


@rule(
    GapCase,
    revision=2,
    title="Records of an Event Hub partition were skipped",
    severity_logic="always medium, once for each gap: what was in them is not known",
    controls=Controls(
        hipaa=("164.312(b)", "164.312(c)(1)", "164.312(c)(2)"),
        nist=("AU-5", "AU-9", "SI-4"),
        scuba=("MS.AAD.4.1v1",),
        attack=("T1562.008",),
    ),
    blind_spots=("What came before the first position ever read is not a gap.",),
    respond=(
        (
            "Read the positions again while the hub still keeps them: mfa-monitor gaps repair. The"
            " function app does it by itself; see what keeps it from it: mfa-monitor gaps."
        ),
        "Check the trigger's errors around that time: Azure portal > Function App > Monitor.",
    ),
    firing="A partition goes from position 40 to 52, and 15 minutes later 41 to 51 have not come.",
    silent="The positions come within 15 minutes, out of order.",
    lookalike="The hub was made anew and counts from the start: that stops the service instead.",
)
def gap_open(case: GapCase) -> Iterator[Judgement]:
    """Event Hubs numbers without holes, so a hole is loss on the way to us."""
    count = f"{case.missing} position{'s' if case.missing != 1 else ''}"
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=(
            f"Of {case.partition}, {count} between {case.first} and {case.last} never came:"
            " a change recorded in them is not seen here."
        ),
        about=About("partition", case.partition, case.partition),
        details={"first": case.first, "last": case.last, "missing": case.missing},
    )
