"""Security defaults were switched off."""

from collections.abc import Iterator

from monitor.coverage.model import Verdict
from monitor.posture.document import DocumentKind
from monitor.rules.ca_weakened import WEAKER
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, comparison_details, sentences


@rule(
    ChangeCase,
    revision=1,
    title="Security defaults were disabled",
    severity_logic=(
        "critical when sign-ins that needed MFA are let in without; high when that cannot be "
        "decided; info when Conditional Access covers all of it (defaults have to be off for that)"
    ),
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-2(1)", "IA-2(2)"),
        cis=("5.2.2.2",),
        scuba=("MS.AAD.3.2v2",),
        attack=("T1556.006",),
    ),
    blind_spots=(
        "Without a baseline only the policies seen in the stream count as the whole set.",
        "A record without a readable value is told by change-not-understood.",
    ),
    respond=(
        "Ask the person who did it which policies replace them.",
        (
            "Switch them on again: Entra admin center > Overview > Properties > Manage security "
            "defaults, or enable policies that require MFA."
        ),
    ),
    firing="Security defaults are switched off, and no enabled policy requires MFA.",
    silent="Security defaults are switched on.",
    lookalike="They are switched off while enabled policies ask for as much: information only.",
)
def security_defaults_disabled(case: ChangeCase) -> Iterator[Judgement]:
    """Microsoft's own demand for MFA, and its block of legacy clients, are gone."""
    change, comparison = case.change, case.comparison
    if change.kind is not DocumentKind.SECURITY_DEFAULTS:
        return
    states = [(body or {}).get("isEnabled") for body in (change.before, change.after)]
    if states[1] is not False or states[0] is False:
        return
    severity, effect = Severity.INFO, "Conditional Access asks for as much as they did."
    if comparison.verdict in WEAKER or comparison.lost_blocks:
        severity = Severity.CRITICAL
        effect = sentences((*comparison.witnesses, *comparison.lost_blocks))
    if comparison.verdict is Verdict.UNDECIDED:
        severity, effect = Severity.HIGH, "What that opens could not be decided."
    yield Judgement(
        severity=severity,
        witness=f"{case.event.initiator.label} switched off security defaults. {effect}",
        about=about_change(change),
        certainty=comparison.certainty.value,
        details=comparison_details(change, comparison),
    )
