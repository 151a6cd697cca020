"""One of PIM's alerts was disabled or dismissed."""

from collections.abc import Iterator

from monitor.events.model import AuditEvent
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity
from monitor.rules.shown import Shown, shown

DISABLED = "disable pim alert"
DISMISSED = "deactivate pim alert"
SETTING = "update pim alert setting"


def _went_off(one: Shown) -> bool:
    return one.fell and "enabled" in one.key


def _told(event: AuditEvent) -> tuple[str, Severity] | None:
    """What was done in words, and how bad it is; None where it is nothing to tell."""
    if event.activity == DISABLED:
        return "disabled", Severity.MEDIUM
    if event.activity == DISMISSED:
        # an alert whose cause is gone is deactivated by PIM itself
        return ("dismissed", Severity.MEDIUM) if event.initiator.user_id else None
    if event.activity != SETTING:
        return None
    changed = shown(event)
    if any(map(_went_off, changed)):
        return "disabled", Severity.MEDIUM
    return None if changed else ("changed the settings of", Severity.LOW)


@rule(
    EventCase,
    revision=1,
    title="A PIM alert was disabled or dismissed",
    severity_logic="medium; low where only its settings changed and the record does not show how",
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(C)", "164.308(a)(3)(ii)(A)"),
        nist=("AC-2", "AC-6(9)", "IA-2(1)"),
        cis=("5.3.1",),
        scuba=("MS.AAD.7.6v1",),
        attack=("T1098.003",),
    ),
    blind_spots=(
        "No real record was found: the names are those of Microsoft's list of audit activities.",
        "A threshold of an alert that was raised is not judged.",
    ),
    respond=(
        "Ask the person who did it for the reason.",
        (
            "Enable it again: Entra admin center > Identity Governance > Privileged Identity "
            "Management > Microsoft Entra roles > Alerts > Setting."
        ),
    ),
    firing="Somebody disables the alert about roles that need no MFA for activation.",
    silent="An alert is triggered, resolved or enabled.",
    lookalike="PIM itself deactivates an alert whose cause is gone.",
)
def pim_alert_disabled(case: EventCase) -> Iterator[Judgement]:
    """PIM warns of roles without MFA and of roles given outside of it; now it no longer does."""
    event = case.event
    told = _told(event)
    if told is None or not event.succeeded:
        return
    what, severity = told
    target = event.target()
    identity = (target.id or target.name or "") if target else ""
    name = (target.name or identity) if target else ""
    unread = severity is Severity.LOW
    rest = "; whether it still warns has to be read" if unread else ": it no longer warns"
    yield Judgement(
        severity=severity,
        witness=f"{event.initiator.label} {what} the PIM alert *{name or 'not named'}*{rest}.",
        about=About("unifiedRoleManagementAlert", identity, name),
        certainty="possible" if unread else "certain",
        details={"read_pending": unread},
    )
