"""The authentication methods policy was reset as a whole."""

from collections.abc import Iterator

from monitor.posture.extract import METHODS_POLICY_ID
from monitor.posture.fold import METHODS_RESET
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="The authentication methods policy was reset",
    severity_logic="always medium: which methods are open now has to be read",
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        scuba=("MS.AAD.3.4v1", "MS.AAD.3.5v2"),
        attack=("T1556.006",),
    ),
    blind_spots=(
        "The record was never seen: what the policy says after it is not known until it is read.",
        "The next record of a change shows only what it changed; the rest stays unknown.",
    ),
    respond=(
        "Read the policy: Entra admin center > Protection > Authentication methods > Policies.",
        "Import it as a baseline, so that later changes are compared with it.",
    ),
    firing="Somebody resets the policy.",
    silent="Somebody changes one method of it.",
    lookalike="The attempt to reset it fails.",
)
def methods_policy_reset(case: EventCase) -> Iterator[Judgement]:
    """All methods went back to Microsoft's defaults; weaker ones may be open again."""
    event = case.event
    if event.activity == METHODS_RESET and event.succeeded:
        yield Judgement(
            severity=Severity.MEDIUM,
            witness=(
                f"{event.initiator.label} reset the authentication methods policy: which methods "
                "are open now has to be read."
            ),
            about=About(
                "authenticationMethodsPolicy", METHODS_POLICY_ID, "authentication methods policy"
            ),
            details={"read_pending": True},
        )
