"""A directory role was given to an account that has no MFA method."""

from collections.abc import Iterator

from monitor.rules.accounts import about_account, is_emergency, role_given
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="A role was given to an account without an MFA method",
    severity_logic="always critical: whoever signs in first with the password owns the role",
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(3)(ii)(A)"),
        nist=("IA-2", "IA-2(1)", "AC-2(1)"),
        cis=("5.2.2.1", "5.2.3.4"),
        scuba=("MS.AAD.3.6v1",),
        attack=("T1078.004", "T1098.003"),
    ),
    blind_spots=(
        (
            "Accounts created before the stream began, of which no method was "
            "deleted since, have no "
            "clock and are not judged."
        ),
        "Roles held through a group are not seen.",
    ),
    respond=(
        "Take the role back until a method is registered: Entra admin center > Roles & admins.",
        "Have the person register with a Temporary Access Pass handed over in person.",
    ),
    firing="An account created yesterday, with no registration since, becomes Helpdesk "
    "Administrator.",
    silent="The account registered an authenticator an hour before.",
    lookalike="A role is requested in PIM, or taken away.",
)
def role_without_method(case: EventCase) -> Iterator[Judgement]:
    """The enrolment clock of the account says that nobody has registered a second factor yet.

    Given directly, made eligible, or activated; the records of one giving are one finding. Of an
    emergency-access account, emergency-account-touched tells it.
    """
    given = role_given(case.event, case.concern)
    if given is None or case.clock is None or not case.clock.without_method:
        return
    if is_emergency(case):
        return
    how = "made eligible for" if given.eligible else "given"
    yield Judgement(
        severity=Severity.CRITICAL,
        witness=f"{case.clock.upn} was {how} the role *{given.role}* by "
        f"{case.event.initiator.label} and has no MFA method: whoever first signs in with the "
        "password can register one.",
        about=about_account(case.event),
        details={"role": given.role, "template": given.template, "eligible": given.eligible},
    )
