"""An External MFA provider reaches fewer people than before."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import judgement, steps, whom
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    ChangeCase,
    revision=1,
    title="People were taken away from an External MFA provider",
    severity_logic="always high: whoever has no other method is locked out, or is let off MFA next",
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(1)(ii)(B)"),
        nist=("IA-2", "IA-5", "IA-8", "CM-3"),
        attack=("T1556", "T1556.006", "T1484.002"),
    ),
    blind_spots=(
        "Who has no other method is not known from the audit stream.",
        "A group that loses members is not seen here: see group-membership-weakened.",
    ),
    respond=(
        "Ask whether the people named have another method.",
        (
            "Include them again: Entra admin center > Protection > Authentication methods > "
            "Policies > the External MFA provider > Enable and target."
        ),
    ),
    firing="The included group of an enabled provider is taken out.",
    silent="A second group is included.",
    lookalike="A group is taken out of a provider that is disabled.",
)
def external_mfa_retargeted(case: ChangeCase) -> Iterator[Judgement]:
    """Some of the people who used this second factor can no longer do so."""
    for one in steps(case):
        if one.before.external and one.stays_on and one.narrowed:
            yield judgement(
                case,
                Severity.HIGH,
                f"took the External MFA provider *{one.name}* away from {whom(one.narrowed)}.",
                provider=one.name,
                lost=[*sorted(one.narrowed)],
            )
