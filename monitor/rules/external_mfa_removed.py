"""An External MFA provider was switched off or removed."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import judgement, steps, whom
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    ChangeCase,
    revision=1,
    title="An External MFA provider was disabled or removed",
    severity_logic="always high: whoever has no other method is locked out, or is let off MFA next",
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(1)(ii)(B)"),
        nist=("IA-2", "IA-5", "IA-8", "CM-3"),
        attack=("T1556", "T1556.006", "T1484.002"),
    ),
    blind_spots=("Who has no other method is not known from the audit stream.",),
    respond=(
        "Ask whether the people who use it have another method.",
        (
            "Switch it on again: Entra admin center > Protection > Authentication methods > "
            "Policies > the External MFA provider."
        ),
    ),
    firing="An enabled provider is set to disabled.",
    silent="A provider that was disabled is removed.",
    lookalike="SMS is switched off.",
)
def external_mfa_removed(case: ChangeCase) -> Iterator[Judgement]:
    """People who only have this second factor cannot present any.

    Panic changes that switch MFA off for them tend to follow.
    """
    for one in steps(case):
        if one.before.external and one.switched_off:
            verb = "disabled" if one.after.body else "removed"
            told = f"{verb} the External MFA provider *{one.name}*, used by "
            yield judgement(
                case,
                Severity.HIGH,
                f"{told}{whom(one.before.include) or 'targets not shown'}.",
                provider=one.name,
            )
