"""Another organisation's MFA is accepted here."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from monitor.events.activity import Concern
from monitor.events.model import AuditEvent, ModifiedProperty, Unreadable
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

SETTINGS = ("cross-tenant access", "partner configuration template")
"""What an activity about trust has in its name; identity synchronisation and groups do not."""
CARRIES = frozenset({"inboundtrust", "ismfaaccepted"})
OTHERS = frozenset(
    {
        "automaticuserconsentsettings",
        "b2bcollaborationinbound",
        "b2bcollaborationoutbound",
        "b2bdirectconnectinbound",
        "b2bdirectconnectoutbound",
        "displayname",
        "included updated properties",
        "invitationredemptionidentityproviderconfiguration",
        "isinmultitenantorganization",
        "isserviceprovider",
        "tenantid",
        "tenantrestrictions",
    }
)
"""Members of Graph's crossTenantAccessPolicyConfiguration that say nothing of MFA."""


def _accepted(value: JsonValue | Unreadable, *, named: bool = False) -> bool | None:
    """Find `isMfaAccepted` anywhere in a value; None where it is not there."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            found = _accepted(inner, named=name.casefold().endswith("ismfaaccepted"))
            if found is not None:
                return found
    elif isinstance(value, list):
        inside = (_accepted(item, named=named) for item in value)
        return next((one for one in inside if one is not None), None)
    elif named and isinstance(value, bool):
        return value
    elif named and isinstance(value, str) and value.casefold() in ("true", "false"):
        return value.casefold() == "true"
    return None


def _readable(prop: ModifiedProperty) -> bool:
    """Say whether a property can be told to carry the trust or not."""
    name = prop.name.casefold()
    last = name.rsplit(".", 1)[-1]
    if isinstance(prop.new, Unreadable) or isinstance(prop.old, Unreadable):
        return name in OTHERS
    held = _accepted(prop.new, named=last == "ismfaaccepted")
    return (
        held is not None or bool({name, last, name.split(".", 1)[0]} & OTHERS) or prop.new is None
    )


def trust(event: AuditEvent) -> tuple[bool | None, bool | None]:
    """Return whether their MFA is accepted, before and after; None where no property tells."""
    for target in event.targets:
        for prop in target.modified:
            named = prop.name.casefold().endswith("ismfaaccepted")
            after, before = _accepted(prop.new, named=named), _accepted(prop.old, named=named)
            if after is not None or before is not None:
                return before, after
    return None, None


def _unreadable(event: AuditEvent) -> bool:
    """Say whether the record may hide a change of trust."""
    if event.fragment:
        return True
    shown = [prop for target in event.targets for prop in target.modified]
    if not shown:
        return event.activity.startswith("update")
    named = {prop.name.casefold() for prop in shown}
    if any(part in name for name in named for part in CARRIES):
        return True
    return not all(map(_readable, shown))


@rule(
    EventCase,
    revision=1,
    title="MFA of other organisations is trusted",
    severity_logic=(
        "high for the default settings (every organisation), medium for one partner, and medium"
        " where the record cannot be read"
    ),
    controls=Controls(
        hipaa=("164.308(a)(4)", "164.308(a)(3)(ii)(A)"),
        nist=("AC-3", "IA-8"),
        cis=("5.1.6.1",),
        attack=("T1199", "T1098"),
    ),
    blind_spots=(
        "No real record of this change was found: shapes are those of Graph's resource.",
        "Trust in other organisations' devices is not judged.",
        "A partner's own settings removed: the default then holds for it, and has to be read.",
    ),
    respond=(
        "Ask who agreed that the other organisation's MFA counts here.",
        (
            "Read and correct it: Entra admin center > External Identities > Cross-tenant access"
            " settings > Inbound access > Trust settings."
        ),
    ),
    firing="inboundTrust.isMfaAccepted of the default settings goes from false to true.",
    silent="B2B collaboration settings of a partner are edited.",
    lookalike="isMfaAccepted goes from true to false.",
)
def cross_tenant_mfa_trust(case: EventCase) -> Iterator[Judgement]:
    """External users then satisfy a demand for MFA with whatever their own organisation accepts."""
    event = case.event
    is_setting = any(part in event.activity for part in SETTINGS)
    if case.concern is not Concern.CROSS_TENANT or not event.succeeded or not is_setting:
        return
    default = "default" in event.activity
    target = event.target()
    identity = "default" if default else ((target.id or target.name or "") if target else "")
    whose = "every other organisation" if default else f"the partner {identity or 'of the record'}"
    about = About("crossTenantAccessPolicy", identity, "default settings" if default else identity)
    before, after = trust(event)
    if after and not before:
        yield Judgement(
            severity=Severity.HIGH if default else Severity.MEDIUM,
            witness=f"MFA done at {whose} counts here now: its users are not asked for ours.",
            about=about,
            details={"accepted": {"before": before, "after": after}},
        )
    elif after is None and before is None and _unreadable(event):
        yield Judgement(
            severity=Severity.MEDIUM,
            witness=(
                f"{event.activity_name} by {event.initiator.label}: what changed cannot be read,"
                f" so MFA of {whose} may count here now. The state now has to be read."
            ),
            about=about,
            certainty="possible",
            details={"read_pending": True},
        )
