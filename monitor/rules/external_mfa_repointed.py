"""The trust anchor of an External MFA provider was changed."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import ANCHOR, Step, approved, judgement, steps
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    ChangeCase,
    revision=1,
    title="An External MFA provider was repointed",
    severity_logic=(
        "critical; info when the new values are those of an approved provider ([[providers]] in "
        "monitor.toml)"
    ),
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(1)(ii)(B)"),
        nist=("IA-2", "IA-5", "IA-8", "CM-3"),
        attack=("T1556", "T1556.006", "T1484.002"),
    ),
    blind_spots=(
        "A provider deleted and added anew under another id is told as two acts.",
        "What stands behind an unchanged discovery URL is not read.",
    ),
    respond=(
        "Treat it as an attack until the provider confirms the new values.",
        (
            "Disable the method, then set the values back: Entra admin center > Protection > "
            "Authentication methods > Policies > the External MFA provider."
        ),
        (
            "Review sign-ins with External MFA since the change: Entra admin center > Monitoring "
            "> Sign-in logs."
        ),
    ),
    firing="The discovery URL of an enabled provider names another host.",
    silent="The provider gets another display name.",
    lookalike="The new discovery host, client id and application id are approved.",
)
def external_mfa_repointed(case: ChangeCase) -> Iterator[Judgement]:
    """Whoever answers at the new address can say yes to every second factor asked of it."""
    for one in steps(case):
        moves = _moves(one) if one.external else []
        if not moves:
            continue
        provider = approved(case.context, one.after)
        parts = "; ".join(f"{what} {old} -> {new}" for what, old, new in moves)
        ending = "an approved provider" if provider else "nobody approved the new value"
        yield judgement(
            case,
            Severity.INFO if provider else Severity.CRITICAL,
            f"repointed the External MFA provider *{one.name}*: {parts} ({ending}).",
            provider=one.name,
            moved=[{"what": what, "before": old, "after": new} for what, old, new in moves],
        )


def _moves(one: Step) -> list[tuple[str, str, str]]:
    found = ((what, one.moved(*path)) for what, path in ANCHOR)
    return [(what, *pair) for what, pair in found if pair]
