"""A change may lock out the people who are to get in when everything else fails."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, changed_fields


@rule(
    ChangeCase,
    revision=1,
    title="A change may lock somebody out",
    severity_logic="always high: availability of emergency access",
    controls=Controls(
        hipaa=("164.312(a)(2)(ii)", "164.308(a)(7)"),
        nist=("AC-2(12)", "IR-4"),
        cis=("1.1.2",),
        attack=("T1531",),
    ),
    blind_spots=(
        "Only accounts confirmed in monitor.toml ([emergency] accounts) are watched.",
        "Users who only have External MFA are known where [external_mfa] only lists them.",
    ),
    respond=(
        "Ask the person who made the change whether the account is meant to be reached.",
        (
            "Exclude the emergency-access account again: Entra admin center > Protection >"
            " Conditional Access > Policies > Users > Exclude."
        ),
    ),
    firing="A confirmed emergency-access account is taken out of a policy's exclusions.",
    silent="An account nobody confirmed is taken out of a policy's exclusions.",
    lookalike="The policy is report-only: nobody is locked out.",
)
def lock_out(case: ChangeCase) -> Iterator[Judgement]:
    """A confirmed emergency-access account is reached now.

    Or a strength is demanded that users cannot meet.
    """
    if not case.lockouts:
        return
    parts = "; ".join(f"{one.policy}: {one.reason}" for one in case.lockouts)
    yield Judgement(
        severity=Severity.HIGH,
        witness=f"{parts}.",
        about=about_change(case.change),
        details={
            "lockouts": [
                {"subject": one.subject, "policy": one.policy, "reason": one.reason}
                for one in case.lockouts
            ],
            "changed": changed_fields(case.change.before, case.change.after),
        },
    )
