"""Somebody took root access to all Azure resources."""

from collections.abc import Iterator

from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

_ELEVATED = "user has elevated their access to user access administrator for their azure resources"


@rule(
    EventCase,
    revision=1,
    title="Somebody elevated their access to all Azure resources",
    severity_logic="always high; the end of it is recorded and no finding",
    controls=Controls(
        hipaa=("164.308(a)(1)(ii)(B)", "164.308(a)(4)(ii)(C)"),
        nist=("CM-3", "AC-6(9)"),
        attack=("T1548.005", "T1098.003"),
    ),
    blind_spots=(
        (
            "What is done with it stands in the Azure activity log, which is not "
            "read: so the role at "
            "Microsoft.PortalServices with which mandatory MFA is postponed is not seen."
        ),
    ),
    respond=(
        (
            "Ask the person for the reason, and have it ended: Entra admin center > Overview > "
            "Properties > Access management for Azure resources."
        ),
        (
            "Read whether mandatory MFA was postponed: Azure Resource Manager, "
            "Microsoft.PortalServices/settings/default, "
            "multiFactorAuthentication.portalEnforcement."
        ),
    ),
    firing="A Global Administrator elevates their access.",
    silent="The elevated access is removed again.",
    lookalike="The attempt fails.",
)
def elevate_access(case: EventCase) -> Iterator[Judgement]:
    """It gives every Azure resource, this program's own stream and store among them.

    It is also the first step of postponing Microsoft's mandatory MFA for the portals.
    """
    event = case.event
    if event.activity != _ELEVATED or not event.succeeded:
        return
    who = event.initiator
    yield Judgement(
        severity=Severity.HIGH,
        witness=f"{who.label} took root access to all Azure resources. It is the first step to "
        "postpone mandatory MFA for the portals, and reaches the Event Hub this stream comes from; "
        "what was done with it has to be read.",
        about=About("user", who.id or "", who.label),
        details={"read_pending": True},
    )
