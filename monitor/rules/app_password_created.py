"""An app password was created: a password that never asks for a second factor."""

from collections.abc import Iterator

from monitor.enrolment.methods import is_app_password
from monitor.rules.accounts import about_account, doer, is_emergency
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="An app password was created",
    severity_logic="always high: the password is a way round MFA until it is deleted",
    controls=Controls(
        hipaa=("164.308(a)(5)(ii)(C)", "164.312(d)"),
        nist=("IA-5", "IA-2(1)", "AU-12"),
        attack=("T1556.006", "T1098"),
    ),
    blind_spots=(
        (
            "Whether legacy clients, which alone use app passwords, are blocked by a policy is not "
            "weighed here."
        ),
    ),
    respond=(
        (
            "Have it deleted: the person's My Security Info page, or Entra admin center > Users > "
            "Per-user MFA > the user > Delete app passwords."
        ),
        "Forbid app passwords: Entra admin center > Users > Per-user MFA > Service settings.",
    ),
    firing="A record says: User registered App Password.",
    silent="An app password is deleted.",
    lookalike="An application gets a client secret: that is no user's password.",
)
def app_password_created(case: EventCase) -> Iterator[Judgement]:
    """A registration that is no second factor but the way round it.

    Two records of one act within seconds are one finding.
    """
    event, clock = case.event, case.clock
    if not is_app_password(event) or not event.succeeded or is_emergency(case):
        return
    if clock and clock.repeats(event):
        return
    about = about_account(event)
    yield Judgement(
        severity=Severity.HIGH,
        witness=f"An app password was created for {about.name} by {doer(event)}: clients that use "
        "it are never asked for MFA.",
        about=about,
    )
