"""A weak second factor was opened, or opened to more people."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import Step, judgement, steps, whom
from monitor.rules.model import Controls, Judgement, Severity

WEAK = frozenset({"sms", "voice", "email", "softwareoath", "qrcodepin"})
"""Methods that can be phished, intercepted or relayed (SCuBA MS.AAD.3.5v2; QR code is a PIN)."""


@rule(
    ChangeCase,
    revision=1,
    title="A weaker authentication method was opened",
    severity_logic="always medium: MFA is still asked for, a weaker one satisfies it",
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        cis=("5.2.3.5", "5.2.3.7"),
        scuba=("MS.AAD.3.5v2",),
        attack=("T1556.006",),
    ),
    blind_spots=(
        "The legacy MFA and SSPR settings that count until migration is complete are not here.",
        "Authentication strengths may still refuse the method.",
    ),
    respond=(
        "Ask who needs the method, and for how long.",
        (
            "Disable it or take the people out: Entra admin center > Protection > Authentication "
            "methods > Policies."
        ),
    ),
    firing="SMS goes from disabled to enabled.",
    silent="Voice call is switched off.",
    lookalike="Passkeys (FIDO2) are switched on.",
)
def weaker_method_enabled(case: ChangeCase) -> Iterator[Judgement]:
    """SMS, voice, e-mail, software codes and QR codes satisfy MFA where they did not before.

    Or SMS signs somebody in by itself.
    """
    for one in steps(case):
        told = _told(one)
        if told:
            yield judgement(case, Severity.MEDIUM, f"{told}.", method=one.key)


def _told(one: Step) -> str:
    if one.key == "microsoftauthenticator":
        states = [side.get("isSoftwareOathEnabled") is True for side in (one.before, one.after)]
        return f"allowed software codes in {one.name}" if states == [False, True] else ""
    if one.key not in WEAK:
        return ""
    if one.switched_on:
        return f"switched on {one.name} for {whom(one.after.include) or 'targets not shown'}"
    if one.is_on and one.widened:
        return f"opened {one.name} to {whom(one.widened)} as well"
    return _extended(one)


def _extended(one: Step) -> str:
    """What else the method can be used for now."""
    alone = [_alone(side.get("includeTargets")) for side in (one.before, one.after)]
    if one.is_on and alone == [False, True]:
        return f"allowed {one.name} to sign people in without a password"
    outside = one.moved("allowExternalIdToUseEmailOtp")
    if outside and outside[1].casefold() == "enabled":
        return f"allowed {one.name} to external users"
    return ""


def _alone(targets: object) -> bool:
    items = targets if isinstance(targets, list) else []
    return any(isinstance(one, dict) and one.get("isUsableForSignIn") is True for one in items)
