"""Something changed and the record that would say what never came."""

from collections.abc import Iterator

from monitor.coverage.model import Verdict
from monitor.posture.change import Pending, Reason
from monitor.posture.document import DocumentKind
from monitor.rules.ca_weakened import WEAKER
from monitor.rules.case import UnseenCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import ANCHOR, between, changed_methods
from monitor.rules.model import About, Controls, Judgement, Severity
from monitor.rules.wording import comparison_details, sentences, weakening_severity


@rule(
    UnseenCase,
    revision=1,
    title="A policy changed and the record of it never arrived",
    severity_logic=(
        "as ca-weakened where both versions are known and the unseen step weakened, at least "
        "medium; medium where"
        " only the Core Directory record came, and for the authentication methods policy; critical"
        " where a provider was repointed; low where the step is known and weakened nothing"
    ),
    controls=Controls(
        hipaa=("164.312(b)", "164.312(c)(1)", "164.312(c)(2)"),
        nist=("AU-5", "AU-12", "SI-4"),
        scuba=("MS.AAD.4.1v1",),
        attack=("T1562.008",),
    ),
    blind_spots=("A change made and undone between two records leaves no trace in the stream.",),
    respond=(
        "Open the policy and compare it with what is recorded here.",
        (
            "Check that the AuditLogs category still flows: Entra admin center > Monitoring > "
            "Diagnostic settings."
        ),
    ),
    firing="A record's old value is not what was last recorded, and no late record explains it "
    "in 15 minutes.",
    silent="The missing record arrives late, within 15 minutes.",
    lookalike="The Core Directory twin of a change whose Conditional Access record came.",
)
def unseen_change(case: UnseenCase) -> Iterator[Judgement]:
    """The stream has a hole: a version of a policy existed that no record brought."""
    matter, comparison = case.matter, case.comparison
    about = About(matter.kind.value, matter.id, matter.name or matter.id)
    if matter.reason is Reason.TWIN or comparison is None:
        yield Judgement(
            severity=Severity.MEDIUM,
            witness=(
                f"The directory recorded a change of {about.name} at "
                f"{matter.mark:%Y-%m-%d %H:%M:%S} UTC, but its"
                " Conditional Access record never came: what changed is not known."
            ),
            about=about,
            certainty="possible",
        )
        return
    severity = Severity.LOW
    if comparison.verdict in WEAKER:
        severity = max(weakening_severity(comparison), Severity.MEDIUM, key=lambda s: s.rank)
    effect = sentences(comparison.witnesses) or (
        "The step did not weaken MFA."
        if comparison.verdict is not Verdict.UNDECIDED
        else "Its effect could not be decided."
    )
    if matter.kind is DocumentKind.METHODS_POLICY:
        severity, effect = _methods(matter)
    seen_in = f" The export {case.source} shows it." if case.source else ""
    yield Judgement(
        severity=severity,
        witness=f"{about.name} was changed without a record of it reaching us.{seen_in} {effect}",
        about=about,
        certainty=comparison.certainty.value,
        details=comparison_details(None, comparison)
        | {"changed": changed_methods(matter.recorded, matter.old)},
    )


def _methods(matter: Pending) -> tuple[Severity, str]:
    """The methods policy decides what counts as MFA, which no comparison of sign-ins shows."""
    repointed = [
        one.name
        for one in between(matter.recorded, matter.old)
        if one.external and any(one.moved(*path) for _, path in ANCHOR)
    ]
    if repointed:
        return (
            Severity.CRITICAL,
            f"The External MFA provider *{', '.join(repointed)}* was repointed.",
        )
    return Severity.MEDIUM, "What counts as MFA may be more than before: see what changed."
