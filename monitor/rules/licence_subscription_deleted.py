"""A subscription was deleted, and with it perhaps the licence of Conditional Access."""

from collections.abc import Iterator

from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

ACTIVITY = "delete subscription"


@rule(
    EventCase,
    revision=1,
    title="A subscription was deleted: the licence of Conditional Access may be lost",
    severity_logic="always high, and possible: which licences are left has to be read",
    controls=Controls(hipaa=("164.308(a)(8)",), nist=("CA-7",)),
    blind_spots=(
        "Which licences the subscription held is not in the record.",
        "A subscription that runs out by itself may leave no record.",
        "Licences taken from single accounts are not judged.",
    ),
    respond=(
        "Read if Entra ID P1 or P2 is left: Entra admin center > Billing > Licenses.",
        "Ask the person who deleted it for the approval or ticket.",
    ),
    firing="Somebody deletes a subscription.",
    silent="The attempt fails.",
    lookalike="The licence of one account is changed.",
)
def licence_subscription_deleted(case: EventCase) -> Iterator[Judgement]:
    """Without Entra ID P1 policies stay in force, and can only be looked at and deleted."""
    event = case.event
    if event.activity != ACTIVITY or not event.succeeded:
        return
    target = event.target()
    identity = (target.id or target.name or "") if target else ""
    name = (target.name or identity) if target else ""
    yield Judgement(
        severity=Severity.HIGH,
        witness=f"{event.initiator.label} deleted the subscription {name or '(not named)'}. If no "
        "other holds Entra ID P1 or P2, Conditional Access policies can no longer be edited: the "
        "licences left have to be read.",
        about=About("companySubscription", identity, name),
        certainty="possible",
        details={"read_pending": True},
    )
