"""What people have declared, laid over a finding: it may be softened, it is never dropped.

- An unexpired exemption lowers every finding about its object to low at most.
- A change window lowers what somebody did in it by one step, never below low. It approves changes,
  not what nobody understood, not a lock-out, and no use of an emergency-access account.
- Business hours and who acted are said in the details and change no severity.
"""

from monitor.clock import moment, stamp
from monitor.events.model import AuditEvent, Initiator
from monitor.pipeline.leaves import Leaf
from monitor.rules.case import Case, ChangeCase, EventCase, ExemptionCase, FaultCase
from monitor.rules.context import Context
from monitor.rules.model import Finding, Severity

NOT_APPROVED = frozenset({"lock-out", "emergency-account-touched", "change-not-understood"})
"""Rules about acts that no change window is meant to cover."""


def approve(
    leaf: Leaf, case: Case, finding: Finding, event: AuditEvent | None, context: Context
) -> Severity:
    """Write severity and approvals into the leaf of a finding; return the severity it now has."""
    severity = finding.judgement.severity
    said: Leaf = {}
    if event is not None:
        said |= _modifiers(event, context)
        if isinstance(case, ChangeCase | EventCase) and finding.rule.id not in NOT_APPROVED:
            severity = _windowed(severity, event, context, said)
    if not isinstance(case, ExemptionCase | FaultCase):
        at, about = moment(str(leaf["at"])), finding.judgement.about.id
        exemption = context.exemption(about, at) if about else None
        if exemption:
            said["exemption"] = {
                "object": exemption.object,
                "ticket": exemption.ticket,
                "owner": exemption.owner,
                "reason": exemption.reason,
                "expires": stamp(exemption.expires),
                "lowered_from": severity.value,
            }
            severity = min(severity, Severity.LOW, key=lambda one: one.rank)
    leaf["severity"] = severity.value
    details = leaf["details"]
    leaf["details"] = {**(details if isinstance(details, dict) else {}), **said}
    return severity


def actor_names(initiator: Initiator) -> frozenset[str]:
    """The names (lower case) a window may know an actor by: ids, and a person's sign-in name.

    Display names are left out, because whoever makes an app chooses its name; so is the app a
    person used, because everybody uses the same portal.
    """
    person = (initiator.user_id, initiator.upn)
    app = (initiator.service_principal_id, initiator.app_id)
    names = person if any(person) else app
    return frozenset(name.lower() for name in names if name)


def _windowed(severity: Severity, event: AuditEvent, context: Context, said: Leaf) -> Severity:
    window = context.window(actor_names(event.initiator), event.time)
    if window is None:
        return severity
    said["approved_window"] = {
        "from": stamp(window.start),
        "to": stamp(window.end),
        "ticket": window.ticket,
        "owner": window.owner,
        "lowered_from": severity.value,
    }
    steps = list(Severity)
    return steps[severity.rank - 1] if severity.rank > Severity.LOW.rank else severity


def _modifiers(event: AuditEvent, context: Context) -> Leaf:
    """Words that tell more of an act: when it was done, and whether a person did it."""
    words = []
    if context.hours and not context.hours.holds(event.time):
        words.append("outside business hours")
    by = event.initiator
    if not (by.user_id or by.upn) and (by.app_id or by.service_principal_id or by.app_name):
        words.append("by an application")
    return {"modifiers": [*words]} if words else {}
