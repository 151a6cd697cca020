"""Somebody changed an emergency-access account."""

from collections.abc import Iterator

from monitor.enrolment.methods import is_echo
from monitor.events.activity import Concern
from monitor.events.model import AuditEvent
from monitor.rules.accounts import OUTSIDE_PIM, by_method_service, by_pim
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

_TOUCHES = frozenset(
    {
        Concern.FIRST_FACTOR,
        Concern.SECURITY_INFO,
        Concern.PER_USER_MFA,
        Concern.ACCOUNT,
        Concern.GROUP,
        Concern.ROLE,
        Concern.PIM,
    }
)
_SECOND_RECORDS = frozenset({"reset password (by admin)", OUTSIDE_PIM})
"""Written beside the directory's own record of the same act."""


def _is_second(event: AuditEvent) -> bool:
    """Whether another record tells the same act: the password service's, a platform service's."""
    names = {prop.name.casefold() for target in event.targets for prop in target.modified}
    shown = {name for name in names if not name.startswith(("included updated", "targetid."))}
    switched = event.activity == "update user" and shown == {"accountenabled"}
    service = by_method_service(event) or by_pim(event) or is_echo(event)
    return event.activity in _SECOND_RECORDS or switched or service


@rule(
    EventCase,
    revision=1,
    title="An emergency-access account was changed",
    severity_logic="critical; info inside a declared drill, and for the second record of one act",
    controls=Controls(
        hipaa=("164.312(a)(2)(ii)", "164.308(a)(7)"),
        nist=("AC-2(12)", "IR-4", "IR-6"),
        cis=("1.1.2",),
        attack=("T1078.004", "T1098"),
    ),
    blind_spots=(
        "Only accounts confirmed in monitor.toml ([emergency] accounts) are watched.",
        (
            "Its sign-ins stand in the sign-in logs, and attributes such as the "
            "end of its sessions "
            "are not judged."
        ),
    ),
    respond=(
        "Call the person who did it. If it was a drill, declare the next one in monitor.toml.",
        (
            "Otherwise treat it as an attack: reset its password and methods from another account, "
            "Entra admin center > Users."
        ),
        "Check that it still gets in, and that every policy leaves it out.",
    ),
    firing="The password of a confirmed emergency-access account is reset.",
    silent="The same inside a drill declared for the account.",
    lookalike="The password of an account nobody confirmed is reset.",
)
def emergency_account_touched(case: EventCase) -> Iterator[Judgement]:
    """These accounts get in when nothing else does: their credentials change in drills only.

    Password, method, role, group, per-user MFA, disabled, enabled, deleted, restored.
    """
    event = case.event
    if case.concern not in _TOUCHES or not event.succeeded:
        return
    for target in event.targets:
        identity = (target.id or "").lower()
        if identity not in case.context.emergency:
            continue
        drill = case.context.drill(identity, event.time)
        second = _is_second(event)
        name = target.upn or target.name or identity
        told = f" in the drill declared by {drill.owner}" if drill else ""
        yield Judgement(
            severity=Severity.INFO if drill or second else Severity.CRITICAL,
            witness=f"{event.activity_name} on the emergency-access account {name} by "
            f"{event.initiator.label}{told}.",
            about=About("user", target.id or "", name),
            details={"drill": bool(drill), "second_record": second},
        )
        return
