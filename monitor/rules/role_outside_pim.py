"""A privileged role was given for good: directly, or as a permanent assignment of PIM."""

from collections.abc import Iterator

from monitor.events.activity import Concern
from monitor.rules.accounts import about_account, is_emergency, role_given
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity

FOR_GOOD = "add member to role in pim completed (permanent)"
"""PIM's record of an active assignment without an end."""


@rule(
    EventCase,
    revision=1,
    title="A privileged role was given outside of PIM, or for good in it",
    severity_logic=(
        "high when the person gave it to their own account; medium for a role that can change who "
        "needs MFA; low for other privileged roles; roles that are not privileged are not judged"
    ),
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(C)", "164.308(a)(3)(ii)(A)"),
        nist=("AC-2", "AC-6(9)", "IA-2(1)"),
        cis=("1.1.1", "5.3.1"),
        scuba=("MS.AAD.3.6v1", "MS.AAD.7.4v1"),
        attack=("T1098.003",),
    ),
    blind_spots=(
        "A tenant without PIM gives every role this way.",
        "Custom roles are not known as privileged.",
    ),
    respond=(
        "Ask the person who gave it for the approval or ticket.",
        (
            "Make it eligible instead: Entra admin center > Identity Governance > "
            "Privileged Identity "
            "Management > Roles."
        ),
    ),
    firing="Somebody is made Conditional Access Administrator in Roles & admins.",
    silent="A helpdesk activates its role in PIM, or is given it there until a day.",
    lookalike="MS-PIM adds the member to the role: it carries out an activation.",
)
def role_outside_pim(case: EventCase) -> Iterator[Judgement]:
    """A standing role needs no activation, so none of PIM's demands apply to it.

    Where the account has no method, role-without-method tells it; of an emergency-access account,
    emergency-account-touched; of an application, policy-permission-granted.
    """
    given = role_given(case.event, case.concern)
    direct, for_good = case.concern is Concern.ROLE, case.event.activity == FOR_GOOD
    if given is None or not (direct or for_good) or not given.privileged or given.eligible:
        return
    if (given.member.type or "").casefold() != "user" or is_emergency(case):
        return
    if case.clock is not None and case.clock.without_method:
        return
    own = case.event.initiator.user_id == given.member.id
    severity = Severity.MEDIUM if given.rules_policy else Severity.LOW
    whom = "their own account" if own else given.member.upn or given.member.id
    how = "for good in PIM: it needs no activation" if for_good else "directly, outside of PIM"
    yield Judgement(
        severity=Severity.HIGH if own else severity,
        witness=f"{case.event.initiator.label} gave {whom} the role *{given.role}* {how}.",
        about=about_account(case.event),
        details={"role": given.role, "template": given.template, "own_account": own},
    )
