"""An account was created and deleted within a day."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from monitor.enrolment.clock import REMOVES, Stage
from monitor.rules.accounts import about_account, is_emergency
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity

SHORT: Final = timedelta(hours=24)
"""As Microsoft's guide to security operations for user accounts advises."""
MISTAKE: Final = timedelta(minutes=10)
"""Within it, a wrong name or a double is noticed by whoever created it."""


@rule(
    EventCase,
    revision=1,
    title="An account was created and deleted within a day",
    severity_logic="medium; info when it was deleted within ten minutes and nobody had registered "
    "a method for it: a mistake made and undone",
    controls=Controls(
        hipaa=("164.308(a)(3)(ii)(A)", "164.308(a)(5)(ii)(C)"),
        nist=("AC-2", "AC-2(1)", "IA-5", "SI-4"),
        attack=("T1078.004", "T1098"),
    ),
    blind_spots=(
        "Accounts created before the stream began have no known age.",
        "What the account did is in the sign-in logs, which are not read.",
    ),
    respond=(
        "Ask the people who created and deleted it; roles and groups it had are in this ledger.",
        "Read its sign-ins: Entra admin center > Monitoring > Sign-in logs.",
        "It can be looked at for 30 days: Entra admin center > Users > Deleted users.",
    ),
    firing="An account is created at nine and deleted at eleven.",
    silent="An account is deleted that was created two days before.",
    lookalike="A wrong account is deleted three minutes after it was created.",
)
def account_short_lived(case: EventCase) -> Iterator[Judgement]:
    """An account made for one purpose, used and removed leaves little behind but its records.

    A guest who was invited counts too; the final deletion of a deleted account does not.
    """
    event, clock = case.event, case.clock
    if event.activity not in REMOVES or not event.succeeded or is_emergency(case):
        return
    if clock is None or clock.created is None or clock.stage is Stage.DELETED:
        return
    age = event.time - clock.created
    if not timedelta(0) <= age <= SHORT:
        return
    mistake = age <= MISTAKE and not clock.methods and clock.stage is not Stage.ENROLLED
    about = about_account(event)
    minutes = int(age.total_seconds() // 60)
    told = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004  # minutes of an hour
    yield Judgement(
        severity=Severity.INFO if mistake else Severity.MEDIUM,
        witness=f"{event.initiator.label} deleted {clock.upn or about.name} {told} after it was "
        "created.",
        about=about,
        details={"lived_minutes": minutes, "guest": clock.guest},
    )
