"""A method of an account was deleted."""

from collections.abc import Iterator

from monitor.enrolment.clock import leaves_none
from monitor.enrolment.methods import deletes_method, method_named
from monitor.rules.accounts import about_account, by_itself, doer, is_emergency, is_privileged
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="A method of an account was deleted",
    severity_logic=(
        "by the account itself: low, medium if it was the last method known; by an administrator: "
        "medium, high if it was the last one or the account is known to hold a privileged role; "
        "info when the emptied list of methods was reported a moment before"
    ),
    controls=Controls(
        hipaa=("164.308(a)(5)(ii)(C)", "164.312(d)"),
        nist=("IA-5", "AU-12", "SI-4"),
        scuba=("MS.AAD.3.8v1",),
        attack=("T1098.005", "T1556.006"),
    ),
    blind_spots=(
        "Which methods are left is known only of accounts seen created since the stream began.",
        "Keys that only the device registration service reports as deleted are not judged.",
    ),
    respond=(
        "Ask the person whether they did it, or asked for it, by a channel other than e-mail.",
        "Look at the methods left: Entra admin center > Users > the user > Authentication methods.",
    ),
    firing="An administrator deletes the phone of somebody else.",
    silent="A Temporary Access Pass is deleted: it was no lasting method.",
    lookalike="The authenticator app's entry is refreshed by being used.",
)
def security_info_deleted(case: EventCase) -> Iterator[Judgement]:
    """With a method gone, whoever knows the password is a step nearer to registering the next.

    Of an emergency-access account, emergency-account-touched tells it.
    """
    event, clock = case.event, case.clock
    if not event.succeeded or not deletes_method(event) or is_emergency(case):
        return
    if clock and clock.repeats(event):
        return
    own = by_itself(event) or (event.activity.startswith("user ") and not event.initiator.user_id)
    last = leaves_none(clock, event)
    about = about_account(event)
    grave = last or (not own and is_privileged(case.posture, about.id))
    severity = Severity.LOW if own else Severity.MEDIUM
    if grave:
        severity = Severity.MEDIUM if own else Severity.HIGH
    if clock and clock.just_lost(event):
        severity = Severity.INFO
    what = method_named(event) or "a method"
    rest = "; it was the last one known" if last else ""
    yield Judgement(
        severity=severity,
        witness=f"{doer(event)[:1].upper()}{doer(event)[1:]} deleted {what} of {about.name}{rest}.",
        about=about,
        details={"method": what, "last": last, "by_itself": own},
    )
