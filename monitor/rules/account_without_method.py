"""A new account reached its deadline without an MFA method."""

from collections.abc import Iterator

from monitor.rules.case import AccountCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity


@rule(
    AccountCase,
    revision=1,
    title="An account has no MFA method at its deadline",
    severity_logic="medium at the deadline",
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(3)(ii)(A)"),
        nist=("IA-2", "IA-5", "AC-2(1)"),
        cis=("5.2.3.4",),
        scuba=("MS.AAD.3.2v2",),
        attack=("T1078.004",),
    ),
    blind_spots=(
        (
            "Methods registered without an audit record of it (some phone registrations) are not"
            " seen."
        ),
        "Accounts created before the stream began have no clock.",
    ),
    respond=(
        (
            "Help the person register, or disable the account: Entra admin center > Users > "
            "Authentication methods."
        ),
        "If the account is not for a person, record an exemption with an owner and an expiry.",
    ),
    firing="A member account is created and no registration is seen by its deadline.",
    silent="The person registers an authenticator an hour later.",
    lookalike="A guest account, or one created disabled.",
)
def account_without_method(case: AccountCase) -> Iterator[Judgement]:
    """Whoever holds the password can register the second factor.

    The account is open until somebody does: since it was created, or since its last method went.
    """
    clock = case.clock
    started = clock.lost or clock.created or clock.since
    how = "lost its last MFA method" if clock.lost else "was created"
    deadline = clock.deadline or clock.since
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=(
            f"{clock.upn} {how} {started:%Y-%m-%d %H:%M} UTC and no MFA registration was "
            "seen by its"
            f" deadline {deadline:%Y-%m-%d %H:%M} UTC."
        ),
        about=About("user", clock.user, clock.upn),
        details={
            "created": clock.created.isoformat() if clock.created else None,
            "lost": clock.lost.isoformat() if clock.lost else None,
            "deadline": deadline.isoformat(),
            "stage": clock.stage.value,
        },
    )
