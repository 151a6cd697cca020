"""An administrator registered a method for somebody else."""

from collections.abc import Iterator

from monitor.enrolment.clock import Stage
from monitor.enrolment.methods import (
    ADMIN_REGISTERS,
    is_app_password,
    is_echo,
    is_temporary_pass,
    method_named,
)
from monitor.rules.accounts import about_account, by_method_service, is_emergency
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="An administrator registered a method for an account",
    severity_logic="medium; info while the account's enrolment clock waits, because that is "
    "on-boarding",
    controls=Controls(
        hipaa=("164.308(a)(5)(ii)(C)", "164.312(d)"),
        nist=("IA-5", "AU-12", "SI-4"),
        scuba=("MS.AAD.3.8v1",),
        attack=("T1098.005", "T1556.006"),
    ),
    blind_spots=(
        "Whose phone or key it is cannot be told.",
        "The directory's own record of it (Update user) is not judged: it names a service.",
    ),
    respond=(
        "Ask the owner of the account and the administrator whether it was agreed.",
        (
            "Delete the method otherwise: Entra admin center > Users > the user > Authentication "
            "methods."
        ),
    ),
    firing="An administrator registers a phone for an account that is long enrolled.",
    silent="The same for an account created this morning that has no method yet.",
    lookalike="The second record of the same act, written by the directory's own service.",
)
def admin_registered_method(case: EventCase) -> Iterator[Judgement]:
    """Whoever registers a second factor for another account can sign in as that account.

    Two records of one act within seconds are one finding; passes have temporary-access-pass-issued.
    """
    event, clock = case.event, case.clock
    if event.activity != ADMIN_REGISTERS or not event.succeeded or is_emergency(case):
        return
    other = is_temporary_pass(event) or is_app_password(event)
    if other or is_echo(event) or by_method_service(event) or (clock and clock.repeats(event)):
        return
    boarding = clock is not None and clock.stage is Stage.WAITING and clock.lost is None
    about = about_account(event)
    what = method_named(event) or "a method"
    told = " The account is new and had none." if boarding else ""
    yield Judgement(
        severity=Severity.INFO if boarding else Severity.MEDIUM,
        witness=f"{event.initiator.label} registered {what} for {about.name}.{told}",
        about=about,
        details={"method": what, "on_boarding": boarding},
    )
