"""A tenant-wide safeguard of the methods policy was switched off."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import Method, judgement, setting, whom
from monitor.rules.model import Controls, Judgement, Severity

SAFEGUARDS = {
    "systemCredentialPreferences": "system-preferred MFA, which offers the strongest method first",
    "reportSuspiciousActivitySettings": "reporting of suspicious MFA prompts by users",
}


@rule(
    ChangeCase,
    revision=1,
    title="System-preferred MFA or the reporting of suspicious prompts was switched off",
    severity_logic="always low: nobody's MFA is switched off",
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        cis=("5.2.3.6",),
        attack=("T1556.006",),
    ),
    blind_spots=("`default` is Microsoft's choice and counts as on.",),
    respond=(
        "Ask for the reason.",
        (
            "Switch it on again: Entra admin center > Protection > Authentication methods > "
            "Settings."
        ),
    ),
    firing="System-preferred MFA goes from enabled to disabled.",
    silent="System-preferred MFA is switched on.",
    lookalike="The registration campaign is switched off: see registration-campaign-weakened.",
)
def method_safeguard_off(case: ChangeCase) -> Iterator[Judgement]:
    """People are asked for a weaker method though they have a better one.

    Or they cannot report a prompt that is not theirs.
    """
    for name, words in SAFEGUARDS.items():
        sides = setting(case, name)
        lost = _lost(*sides) if sides else ""
        if lost:
            yield judgement(case, Severity.LOW, f"switched off {words} ({lost}).", setting=name)


def _lost(before: Method, after: Method) -> str:
    if after.text("state") == "disabled" and before.text("state") not in ("", "disabled"):
        return "for everybody"
    excluded = after.exclude - before.exclude if before.body else frozenset[str]()
    return f"for {whom(excluded)}" if excluded else ""
