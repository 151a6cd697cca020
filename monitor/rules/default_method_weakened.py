"""The default method of an account became a call or a text message."""

from collections.abc import Iterator

from monitor.enrolment.methods import default_weakened
from monitor.rules.accounts import about_account, doer, is_emergency
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="The default method of an account became weaker",
    severity_logic="always low: a second factor is still asked for",
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "AU-12"),
        cis=("5.2.3.6",),
        scuba=("MS.AAD.3.5v2",),
        attack=("T1556.006",),
    ),
    blind_spots=(
        "Where system-preferred MFA is on, the default is not what is asked for.",
        "What the numbers of MethodType mean is community knowledge, not documented.",
    ),
    respond=(
        "Ask the person whether they changed it.",
        "See the default: Entra admin center > Users > the user > Authentication methods.",
    ),
    firing="The default goes from the authenticator app to a text message.",
    silent="The default goes from a text message to the authenticator app.",
    lookalike="A second phone number is added and the default stays.",
)
def default_method_weakened(case: EventCase) -> Iterator[Judgement]:
    """Calls and texts can be diverted and read; the authenticator app cannot so easily."""
    event, clock = case.event, case.clock
    if not event.succeeded or not default_weakened(event) or is_emergency(case):
        return
    if clock and clock.repeats(event):
        return
    about = about_account(event)
    yield Judgement(
        severity=Severity.LOW,
        witness=f"The default method of {about.name} became a call or a text message, by "
        f"{doer(event)}.",
        about=about,
    )
