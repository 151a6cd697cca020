"""Per-user MFA was switched off for an account."""

from collections.abc import Iterator

from monitor.coverage.model import Verdict
from monitor.posture.document import DocumentKind
from monitor.rules.ca_weakened import WEAKER
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, comparison_details


@rule(
    ChangeCase,
    revision=1,
    title="Per-user MFA was disabled",
    severity_logic=(
        "high when the account is then let in with a single factor; info when Conditional "
        "Access still asks for MFA"
        " (CIS 5.1.2.1 wants per-user MFA off then)"
    ),
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-2(1)", "IA-2(2)"),
        cis=("5.1.2.1", "5.2.2.2"),
        scuba=("MS.AAD.3.2v2",),
        attack=("T1556.006",),
    ),
    blind_spots=("Trusted IPs of the MFA service are not in this record.",),
    respond=(
        "Ask the person who did it for the reason.",
        "Check that a Conditional Access policy requires MFA of this account.",
    ),
    firing="StrongAuthenticationRequirement goes from State 1 to an empty list.",
    silent="State goes from 1 (enabled) to 0 (enforced).",
    lookalike="Only RememberDevicesNotIssuedBefore changes: remembered devices were revoked.",
)
def per_user_mfa_disabled(case: ChangeCase) -> Iterator[Judgement]:
    """The account no longer has per-user MFA.

    Whether it still needs MFA depends on the policies.
    """
    change = case.change
    if change.kind is not DocumentKind.PER_USER_MFA:
        return
    before = (change.before or {}).get("perUserMfaState")
    after = (change.after or {}).get("perUserMfaState")
    if after != "disabled" or before == "disabled":
        return
    open_now = case.comparison.verdict in WEAKER
    effect = (
        "is let in with a password alone" if open_now else "still needs MFA by Conditional Access"
    )
    if open_now and case.comparison.verdict is Verdict.UNDECIDED:
        effect = "may be let in with a password alone"
    yield Judgement(
        severity=Severity.HIGH if open_now else Severity.INFO,
        witness=f"Per-user MFA of {change.name} went from {before} to disabled: the account "
        f"{effect}.",
        about=about_change(change),
        certainty=case.comparison.certainty.value,
        details=comparison_details(change, case.comparison),
    )
