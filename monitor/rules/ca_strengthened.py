"""A change asks for more proof than before and for no less anywhere."""

from collections.abc import Iterator

from monitor.coverage.model import Verdict
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, comparison_details, sentences


@rule(
    ChangeCase,
    revision=1,
    title="A change asks for more proof than before",
    severity_logic="always info",
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(1)(ii)(D)"), nist=("CM-3", "AU-12"), attack=("T1556.009",)
    ),
    blind_spots=("Whether the people now covered can enrol is not judged here.",),
    respond=("Nothing to do; check that emergency-access accounts are still excluded.",),
    firing="A policy that requires MFA goes from report-only to enabled.",
    silent="A policy is renamed.",
    lookalike="A policy is enabled and another one disabled in the same edit: mixed, not "
    "strengthened.",
)
def ca_strengthened(case: ChangeCase) -> Iterator[Judgement]:
    """Some sign-in is refused after the change that was let in before.

    And none the other way round.
    """
    comparison = case.comparison
    if comparison.verdict is Verdict.STRENGTHENED and not comparison.lost_blocks:
        closed = sentences(comparison.closed) or "More sign-ins need MFA."
        yield Judgement(
            severity=Severity.INFO,
            witness=f"No longer let in: {closed}",
            about=about_change(case.change),
            certainty=comparison.certainty.value,
            details=comparison_details(case.change, comparison),
        )
