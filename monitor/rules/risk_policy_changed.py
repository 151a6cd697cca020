"""A risk policy of Identity Protection was switched off or changed."""

from collections.abc import Iterator

from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity
from monitor.rules.shown import shown

ACTIVITIES = frozenset(
    {
        "update user risk and mfa registration policy",
        "update sign-in risk policy",
        "update identityprotectionpolicy",
    }
)


@rule(
    EventCase,
    revision=1,
    title="A risk or registration policy of Identity Protection was weakened or changed",
    severity_logic="always medium; certain only where the record shows that something went off",
    controls=Controls(
        hipaa=("164.308(a)(1)(ii)(B)",),
        nist=("AC-2(12)", "SI-4"),
        cis=("5.2.2.6", "5.2.2.7"),
        scuba=("MS.AAD.2.1v1", "MS.AAD.2.3v1"),
        attack=("T1556.009",),
    ),
    blind_spots=(
        "No real record was found: one that shows nothing is told as a possible weakening.",
    ),
    respond=(
        "Read the policies: Entra admin center > Protection > Identity Protection.",
        "Ask the person who made the change for its approval",
    ),
    firing="The user risk policy goes from enabled to disabled.",
    silent="The sign-in risk policy is switched on.",
    lookalike="A user's risk is dismissed: another act.",
)
def risk_policy_changed(case: EventCase) -> Iterator[Judgement]:
    """Risky sign-ins are asked for less, or new users are no longer asked to register."""
    event = case.event
    if event.activity not in ACTIVITIES or not event.succeeded:
        return
    changed = shown(event)
    if changed and all(one.rose for one in changed):
        return
    off = any(one.fell for one in changed)
    told = (
        "switched off a risk or registration policy of Identity Protection."
        if off
        else "changed a risk or registration policy of Identity Protection: the current state has "
        "to be read."
    )
    target = event.target()
    name = (target.name if target else None) or "Identity Protection policies"
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=f"{event.initiator.label} {told}",
        about=About("identityProtectionPolicy", (target.id or "") if target else "", name),
        certainty="certain" if off else "possible",
        details={"read_pending": not off, "changed": [one.row() for one in changed]},
    )
