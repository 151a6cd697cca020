"""This program failed on a record; the record is kept and nobody may believe it was judged."""

from collections.abc import Iterator

from monitor.rules.case import FaultCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity


@rule(
    FaultCase,
    revision=1,
    title="The monitor failed on a record",
    severity_logic="always critical: an unjudged record may be the one that matters",
    controls=Controls(
        hipaa=("164.312(b)",), nist=("AU-5", "AU-5(1)", "SI-4"), attack=("T1562.008",)
    ),
    blind_spots=("What the record did is not known; it stands in quarantine with its bytes.",),
    respond=(
        "Read the record: mfa-monitor show ENTRY, and judge by hand what it changed.",
        "Report the error with the entry's activity and place; no personal data is needed.",
    ),
    firing="A rule raises an exception.",
    silent="A record that cannot be read is quarantined; that is no fault of the program.",
    lookalike="The store is out of reach: the batch is tried again instead.",
)
def internal_error(case: FaultCase) -> Iterator[Judgement]:
    """An exception of our own was caught at the record's door; the batch went on."""
    yield Judgement(
        severity=Severity.CRITICAL,
        witness=(
            f"Judging a record of {case.activity!r} failed with {case.problem}: the record is in "
            "quarantine"
            " and was not judged."
        ),
        about=About("record", "", case.activity),
    )
