"""The directory's list of an account's methods was emptied."""

from collections.abc import Iterator

from monitor.enrolment.clock import leaves_none
from monitor.enrolment.methods import empties_list
from monitor.rules.accounts import about_account, by_itself, doer, is_emergency, is_privileged
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="An account lost its last method",
    severity_logic=(
        "medium when the account did it itself; high when somebody else did, or the account is "
        "known to hold a privileged role"
    ),
    controls=Controls(
        hipaa=("164.308(a)(5)(ii)(C)", "164.312(d)"),
        nist=("IA-2", "IA-5", "SI-4"),
        cis=("5.2.3.4",),
        scuba=("MS.AAD.3.2v2",),
        attack=("T1556.006", "T1098.005"),
    ),
    blind_spots=(
        (
            "Passkeys, Windows Hello and External MFA do not stand in this list: "
            "the account may have "
            "one of them."
        ),
    ),
    respond=(
        "Ask the person whether they did it, or asked for it, by a channel other than e-mail.",
        (
            "Read the methods left, and have the person register: Entra admin center > Users > the "
            "user > Authentication methods."
        ),
    ),
    firing="StrongAuthenticationMethod goes from one method to an empty list.",
    silent="It goes from two methods to one.",
    lookalike="The list comes in another order.",
)
def last_method_gone(case: EventCase) -> Iterator[Judgement]:
    """With the list empty, the next one to sign in with the password may register a method.

    The enrolment clock starts again with its deadline. Where security-info-deleted said so a moment
    before, this is silent.
    """
    event, clock = case.event, case.clock
    if not event.succeeded or not empties_list(event) or is_emergency(case):
        return
    told = clock is not None and (clock.repeats(event) or clock.just_lost(event))
    if told or not leaves_none(clock, event):
        return
    about = about_account(event)
    grave = not by_itself(event) or is_privileged(case.posture, about.id)
    yield Judgement(
        severity=Severity.HIGH if grave else Severity.MEDIUM,
        witness=f"The methods of {about.name} were emptied by {doer(event)}: whoever knows the "
        "password may register the next one.",
        about=about,
        certainty="possible",
        details={"read_pending": True, "by_itself": by_itself(event)},
    )
