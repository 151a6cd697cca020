"""A policy asks another party for the second factor than before."""

from collections.abc import Iterator

from monitor.posture.document import Body, DocumentKind
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, changed_fields


def _controls(policy: Body | None) -> dict[str, str]:
    """The custom controls of a policy, by their ids in lower case."""
    grant = (policy or {}).get("grantControls")
    named = grant.get("customAuthenticationFactors") if isinstance(grant, dict) else None
    return {str(one).casefold(): str(one) for one in named} if isinstance(named, list) else {}


@rule(
    ChangeCase,
    revision=1,
    title="The custom control of a policy was repointed",
    severity_logic="high where the policy is enforced, info where it is not",
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(1)(ii)(B)"),
        nist=("IA-2", "IA-5", "IA-8", "CM-3"),
        attack=("T1556", "T1556.006"),
    ),
    blind_spots=(
        (
            "A policy names a custom control by its id; where that control sends people to is not"
            " in the record."
        ),
    ),
    respond=(
        (
            "Look up the control and its provider: Entra admin center > Protection > Conditional"
            " Access > Custom controls; a provider that nobody can explain vouches for everybody."
        ),
        "Without an approval, put the old control back: Conditional Access > Policies > Grant.",
    ),
    firing="A policy that asked for RequireDuoMfa asks for the control of another vendor.",
    silent="A policy's custom control is joined by a compliant device, with AND.",
    lookalike="The custom control is taken out and MFA asked for instead: the migration.",
)
def custom_control_repointed(case: ChangeCase) -> Iterator[Judgement]:
    """Whoever stands behind a custom control says who passed it; another one is another trust."""
    change = case.change
    if change.kind is not DocumentKind.POLICY:
        return
    before, after = _controls(change.before), _controls(change.after)
    new, left = after.keys() - before.keys(), before.keys() - after.keys()
    if not new or not left:
        return
    enforced = str((change.after or {}).get("state")).casefold() == "enabled"
    asked, now = (", ".join(sorted(one.values())) for one in (before, after))
    yield Judgement(
        severity=Severity.HIGH if enforced else Severity.INFO,
        witness=f"{change.name} asked {asked} for the second factor and now asks {now}.",
        about=about_change(change),
        details={"changed": changed_fields(change.before, change.after)},
    )
