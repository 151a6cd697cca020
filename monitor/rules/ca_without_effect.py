"""MFA was taken out of a policy that reaches nothing."""

from collections.abc import Iterator

from monitor.posture.document import Body, DocumentKind
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, comparison_details


def _demands_mfa(policy: Body | None) -> bool:
    grant = (policy or {}).get("grantControls")
    if not isinstance(grant, dict):
        return False
    controls = grant.get("builtInControls")
    named = [str(c).casefold() for c in controls] if isinstance(controls, list) else []
    return "mfa" in named or bool(grant.get("authenticationStrength"))


def _reach(policy: Body | None) -> str:
    conditions = (policy or {}).get("conditions")
    applications = conditions.get("applications") if isinstance(conditions, dict) else None
    included = applications.get("includeApplications") if isinstance(applications, dict) else None
    if included in (["None"], []):
        return "reaches no resource (includeApplications is None)"
    return "applies to no sign-in"


@rule(
    ChangeCase,
    revision=1,
    title="MFA was removed from the grant controls of a policy that reaches nothing",
    severity_logic="always info: nobody's sign-in changes",
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(1)(ii)(D)"), nist=("CM-3",), attack=("T1556.009",)
    ),
    blind_spots=("If the policy is given a resource later, that change is judged then.",),
    respond=("Ask whether the policy is still wanted; a policy without reach protects nobody.",),
    firing="MFA is removed from the grant controls of a policy whose resources are None.",
    silent="Such a policy is renamed.",
    lookalike="MFA is removed from a policy for all resources: that is ca-weakened.",
)
def ca_without_effect(case: ChangeCase) -> Iterator[Judgement]:
    """The edit looks like a weakening and is none.

    Because the policy applies to no sign-in before or after.
    """
    change = case.change
    if change.kind is not DocumentKind.POLICY or not case.comparison.reaches_nothing:
        return
    if _demands_mfa(change.before) and not _demands_mfa(change.after) and change.after is not None:
        yield Judgement(
            severity=Severity.INFO,
            witness=(
                f"MFA was removed from the grant controls of {change.name}, but the policy"
                f" {_reach(change.after)}: nobody's sign-in changes."
            ),
            about=about_change(change),
            details=comparison_details(change, case.comparison),
        )
