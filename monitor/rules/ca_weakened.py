"""A change lets in sign-ins that used to need MFA, or stronger MFA."""

from collections.abc import Iterator

from monitor.coverage.model import Verdict
from monitor.posture.document import DocumentKind
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement
from monitor.rules.wording import (
    about_change,
    comparison_details,
    sentences,
    weakening_severity,
)

WEAKER = frozenset({Verdict.WEAKENED, Verdict.MIXED, Verdict.UNDECIDED})

OWN_WORDS = frozenset(
    {
        DocumentKind.PER_USER_MFA,
        DocumentKind.GROUP,
        DocumentKind.ROLE,
        DocumentKind.USER,
        DocumentKind.SECURITY_DEFAULTS,
        DocumentKind.STRENGTH,
        DocumentKind.MFA_SERVICE,
    }
)
"""Kinds of documents whose weakening another rule tells."""


@rule(
    ChangeCase,
    revision=1,
    title="A change lets sign-ins in with less proof than before",
    severity_logic=(
        "critical when everyone reaches any resource, or a privileged role or portal is reached,"
        " with a single factor; high for any other single factor and when the comparison ran out of"
        " budget; medium when a weaker second factor is let in; low when only a block was lost, or"
        " when it hangs on a point of Entra's semantics that no document settles"
    ),
    controls=Controls(
        hipaa=("164.312(d)", "164.312(a)(1)", "164.308(a)(8)", "164.308(a)(1)(ii)(B)"),
        nist=("IA-2(1)", "IA-2(2)", "CM-3", "CM-6"),
        cis=("5.2.2.1", "5.2.2.2"),
        scuba=("MS.AAD.3.1v1", "MS.AAD.3.2v2", "MS.AAD.3.6v1"),
        attack=("T1556.009",),
    ),
    blind_spots=(
        "Without a baseline only the policies seen in the stream count as the whole set.",
        (
            "Membership of groups and matches of device filters that were not seen are possible, "
            "not certain."
        ),
    ),
    respond=(
        "Ask the person who made the change for its approval or ticket.",
        "Without one, revert it: Entra admin center > Protection > Conditional Access > Policies.",
        (
            "Review sign-ins of the class named since the change: Entra admin center > Monitoring"
            " > Sign-in logs."
        ),
    ),
    firing="A group is excluded from the only policy that requires MFA of all users.",
    silent="The excluded group is covered by another enabled policy that requires MFA.",
    lookalike="A policy in report-only is disabled: it enforced nothing.",
)
def ca_weakened(case: ChangeCase) -> Iterator[Judgement]:
    """Some sign-in is let in after the change and was refused before it.

    Over all enabled policies together.
    """
    comparison = case.comparison
    if case.change.kind in OWN_WORDS:
        return
    if comparison.verdict not in WEAKER and not comparison.lost_blocks:
        return
    text = sentences((*comparison.witnesses, *comparison.lost_blocks))
    if comparison.verdict is Verdict.UNDECIDED and not text:
        text = "The effect could not be decided within the solver's budget: treat it as weakened."
    yield Judgement(
        severity=weakening_severity(comparison),
        witness=text,
        about=about_change(case.change),
        certainty=comparison.certainty.value,
        details=comparison_details(case.change, comparison),
    )
