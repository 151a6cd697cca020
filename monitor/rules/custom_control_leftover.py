"""A policy in force still relies on a retired custom control."""

from collections.abc import Iterator
from datetime import UTC, datetime

from monitor.posture.document import DocumentKind
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change

RETIREMENT = datetime(2027, 1, 1, tzinfo=UTC)
"""Custom controls retire early in 2027 (Microsoft Learn, migrating custom controls)."""


@rule(
    ChangeCase,
    revision=1,
    title="A policy in force still relies on a custom control",
    severity_logic="info until the end of 2026, high from then on: the control is retired",
    controls=Controls(hipaa=("164.312(d)",), nist=("IA-2(1)", "CM-3"), attack=("T1556.009",)),
    blind_spots=(
        "Told when such a policy changes; one that nobody touches is not told.",
        "Microsoft has named no day in early 2027.",
    ),
    respond=(
        "Move its users to External MFA in the official steps, then delete the policy.",
        "Find it: Entra admin center > Protection > Conditional Access > Policies.",
    ),
    firing="A policy that demands RequireDuoMfa is edited and stays enabled.",
    silent="Such a policy is disabled.",
    lookalike="A policy that requires MFA through External MFA is edited.",
)
def custom_control_leftover(case: ChangeCase) -> Iterator[Judgement]:
    """Since September 2026 such a control cannot be edited; it never counted as MFA."""
    change = case.change
    after = change.after or {}
    grant = after.get("grantControls")
    customs = grant.get("customAuthenticationFactors") if isinstance(grant, dict) else None
    if change.kind is not DocumentKind.POLICY or after.get("state") != "enabled" or not customs:
        return
    names = ", ".join(str(one) for one in customs) if isinstance(customs, list) else str(customs)
    late = case.event.time >= RETIREMENT
    state = "was retired early in 2027" if late else "retires early in 2027"
    yield Judgement(
        severity=Severity.HIGH if late else Severity.INFO,
        witness=f"{change.name} still relies on the custom control {names}, which {state}.",
        about=about_change(change),
        details={"customAuthenticationFactors": customs},
    )
