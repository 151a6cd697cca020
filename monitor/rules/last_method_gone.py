"""The directory's list of an account's methods was emptied, or its last app went."""

from collections.abc import Iterator

from monitor.enrolment.clock import leaves_none
from monitor.enrolment.methods import empties_apps, empties_list
from monitor.rules.accounts import about_account, by_itself, doer, is_emergency, is_privileged
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="An account lost its last method",
    severity_logic=(
        "medium when the account did it itself, or nobody knows who took its last app; high when "
        "somebody else did, or the account is known to hold a privileged role"
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
        (
            "The last authenticator app, gone without the list of methods, is told where every "
            "method was seen registered and all were apps."
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
    listed = empties_list(event)
    if not event.succeeded or not (listed or empties_apps(event)) or is_emergency(case):
        return
    told = clock is not None and (clock.repeats(event) or clock.just_lost(event))
    if told or not leaves_none(clock, event):
        return
    about = about_account(event)
    # a service that writes what became of an app tells nobody who wanted it
    by_another = not by_itself(event) and (listed or bool(event.initiator.user_id))
    grave = by_another or is_privileged(case.posture, about.id)
    went = "methods" if listed else "last authenticator app"
    verb = "were emptied" if listed else "was removed"
    yield Judgement(
        severity=Severity.HIGH if grave else Severity.MEDIUM,
        witness=f"The {went} of {about.name} {verb} by {doer(event)}: whoever knows the password "
        "may register the next one.",
        about=about,
        certainty="possible",
        details={"read_pending": True, "by_itself": by_itself(event), "list_shown": listed},
    )
