"""A strong method was switched off, or taken away from people."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import judgement, steps, whom
from monitor.rules.model import Controls, Judgement, Severity

STRONG = frozenset({"fido2", "microsoftauthenticator", "x509certificate", "hardwareoath"})


@rule(
    ChangeCase,
    revision=1,
    title="A strong authentication method was switched off",
    severity_logic="always low: people fall back to other methods, or cannot sign in",
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        attack=("T1556.006",),
    ),
    blind_spots=("Who has registered it, or nothing else, is not known from the audit stream.",),
    respond=(
        "Ask what the people who use it are to use instead.",
        (
            "Switch it on again: Entra admin center > Protection > Authentication methods > "
            "Policies."
        ),
    ),
    firing="Passkeys (FIDO2) are disabled.",
    silent="Passkeys (FIDO2) are opened to one more group.",
    lookalike="SMS is disabled.",
)
def strong_method_removed(case: ChangeCase) -> Iterator[Judgement]:
    """People who used it are left with weaker methods, or with none."""
    for one in steps(case):
        if one.key not in STRONG:
            continue
        if one.switched_off or (one.stays_on and one.narrowed):
            lost = one.before.include if one.switched_off else one.narrowed
            told = f"took {one.name} away from {whom(lost) or 'targets not shown'}."
            yield judgement(case, Severity.LOW, told, method=one.key)
