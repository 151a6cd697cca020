"""Somebody issued a Temporary Access Pass for an account."""

from collections.abc import Iterator

from monitor.enrolment.clock import Stage
from monitor.enrolment.methods import REGISTERS, is_echo, is_temporary_pass
from monitor.rules.accounts import about_account, by_method_service, is_emergency, is_privileged
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="A Temporary Access Pass was issued",
    severity_logic=(
        "high for an account known to hold a privileged role; info while the account's enrolment "
        "clock waits, because that is on-boarding; medium otherwise"
    ),
    controls=Controls(
        hipaa=("164.308(a)(5)(ii)(C)", "164.312(d)"),
        nist=("IA-5", "AU-12", "SI-4"),
        scuba=("MS.AAD.3.8v1",),
        attack=("T1556.006",),
    ),
    blind_spots=(
        "Roles given before the stream began are not known without a baseline.",
        "Whether the pass was used stands in the sign-in logs.",
    ),
    respond=(
        "Ask the person whether they asked for it, by a channel other than e-mail.",
        "Delete it otherwise: Entra admin center > Users > the user > Authentication methods.",
    ),
    firing="A pass is issued for an account that is long enrolled.",
    silent="A pass is issued for an account created this morning.",
    lookalike="A pass is deleted.",
)
def temporary_access_pass_issued(case: EventCase) -> Iterator[Judgement]:
    """A pass counts as MFA and lets its bearer register methods: a second factor to hand on."""
    event, clock = case.event, case.clock
    if event.activity not in REGISTERS or not is_temporary_pass(event) or not event.succeeded:
        return
    if is_echo(event) or by_method_service(event) or is_emergency(case):
        return
    if clock and clock.repeats(event):
        return
    about = about_account(event)
    privileged = is_privileged(case.posture, about.id)
    boarding = clock is not None and clock.stage is Stage.WAITING and clock.lost is None
    severity = Severity.INFO if boarding else Severity.MEDIUM
    told = " The account is new and has no method yet." if boarding else ""
    told = " The account holds a privileged role." if privileged else told
    yield Judgement(
        severity=Severity.HIGH if privileged else severity,
        witness=f"{event.initiator.label} issued a Temporary Access Pass for {about.name}.{told}",
        about=about,
        details={"on_boarding": boarding, "privileged": privileged},
    )
