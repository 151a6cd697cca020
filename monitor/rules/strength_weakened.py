"""The definition of an authentication strength was loosened."""

from collections.abc import Iterator

from pydantic import JsonValue

from monitor.posture.document import Body, DocumentKind
from monitor.rules.ca_weakened import WEAKER
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import (
    about_change,
    comparison_details,
    sentences,
    weakening_severity,
)


@rule(
    ChangeCase,
    revision=1,
    title="An authentication strength was weakened",
    severity_logic=(
        "when a policy in force demands it: high for a weaker method, critical where a single "
        "factor reaches everything or a privileged role; medium where combinations were added "
        "and, without a baseline, nobody can say which policies demand it; info otherwise"
    ),
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-2(1)", "IA-2(2)", "IA-5", "CM-3"),
        cis=("5.2.2.5",),
        scuba=("MS.AAD.3.1v1", "MS.AAD.3.6v1"),
        attack=("T1556.006", "T1556.009"),
    ),
    blind_spots=(
        "Restrictions of a combination (models of keys, issuers) are told as not understood.",
        "No real record of this change was found.",
    ),
    respond=(
        "Ask which policies rely on it, and whether the method added is meant for them.",
        (
            "Take the combination out: Entra admin center > Protection > Authentication methods > "
            "Authentication strengths."
        ),
    ),
    firing="SMS is added to the strength that the policy for all users demands.",
    silent="A combination is taken out.",
    lookalike="A combination is added to a strength that no enabled policy demands: information.",
)
def strength_weakened(case: ChangeCase) -> Iterator[Judgement]:
    """One edit weakens every policy that refers to the strength."""
    change, comparison = case.change, case.comparison
    if change.kind is not DocumentKind.STRENGTH:
        return
    added = _combinations(change.after) - _combinations(change.before)
    weaker = comparison.verdict in WEAKER
    if not weaker and (not added or change.before is None):
        return
    words = ", ".join(sorted(added)) or "less than before"
    severity, effect = Severity.INFO, "No policy in force is weakened by it."
    if weaker:
        severity = max(Severity.HIGH, weakening_severity(comparison), key=lambda s: s.rank)
        effect = sentences(comparison.witnesses) or "The effect could not be decided."
    elif any("no baseline" in one for one in comparison.unseen):
        severity = Severity.MEDIUM
        effect = "Which policies demand it is not known without a baseline."
    listed: list[JsonValue] = [*sorted(added)]
    yield Judgement(
        severity=severity,
        witness=(
            f"{case.event.initiator.label} let the authentication strength *{change.name}* be met "
            f"by {words}. {effect}"
        ),
        about=about_change(change),
        certainty=comparison.certainty.value if weaker else "possible",
        details=comparison_details(change, comparison) | {"added": listed},
    )


def _combinations(body: Body | None) -> frozenset[str]:
    listed = (body or {}).get("allowedCombinations")
    items = listed if isinstance(listed, list) else []
    return frozenset(",".join(sorted(str(one).replace(" ", "").split(","))) for one in items)
