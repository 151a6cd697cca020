"""Many records of one day could not be read, or not be understood."""

from collections.abc import Iterator

from monitor.rules.case import DriftCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

MANY = 25


@rule(
    DriftCase,
    revision=1,
    title="Many records cannot be read or understood",
    severity_logic="low from 5 records of one UTC day on, medium from 25 on; once for each",
    controls=Controls(
        hipaa=("164.312(b)", "164.308(a)(1)(ii)(D)"),
        nist=("AU-5", "AU-6", "SI-4"),
        scuba=("MS.AAD.4.1v1",),
        attack=("T1562.008",),
    ),
    blind_spots=(
        "A single unreadable record is in quarantine and in the counts, and is no finding here.",
        "Records of activities that are not watched are counted unread: their shape may drift.",
    ),
    respond=(
        "List them: mfa-monitor history --kind quarantine, and read one with mfa-monitor show.",
        (
            "If Microsoft has changed a record's shape, update this program; the records can be"
            " replayed then."
        ),
        (
            "If somebody else can write to the hub, find out who: Azure portal > Event Hubs >"
            " Access control (IAM)."
        ),
    ),
    firing="Thirty records of a day are cut off or have an unknown shape.",
    silent="Two records of a day are cut off.",
    lookalike="A record in quarantine because this program failed on it: that is internal-error.",
)
def schema_drift(case: DriftCase) -> Iterator[Judgement]:
    """The wire has changed, or somebody feeds it: what cannot be read may hide a change."""
    total = case.unreadable + case.not_understood
    yield Judgement(
        severity=Severity.MEDIUM if total >= MANY else Severity.LOW,
        witness=(
            f"On {case.day} (UTC) {case.unreadable} records could not be read and "
            f"{case.not_understood} were not understood so far."
        ),
        about=About("tenant", case.tenant, case.tenant),
        certainty="possible",
        details={
            "day": case.day,
            "unreadable": case.unreadable,
            "not_understood": case.not_understood,
        },
    )
