"""People are nudged less to register a strong method."""

from collections.abc import Iterator

from monitor.posture.method_names import CAMPAIGN, ENFORCEMENT
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import Method, judgement, setting, whom
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    ChangeCase,
    revision=1,
    title="The registration campaign was weakened",
    severity_logic=(
        "low; info where an approved External MFA provider is declared ([[providers]] in "
        "monitor.toml): such tenants switch it off on purpose"
    ),
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        cis=("5.2.3.4",),
        attack=("T1556.006",),
    ),
    blind_spots=("Who has registered what is not in the policy.",),
    respond=(
        "Ask for the reason; tenants that use another provider for MFA have one.",
        (
            "Set it back: Entra admin center > Protection > Authentication methods > "
            "Registration campaign."
        ),
    ),
    firing="The campaign goes from enabled to disabled.",
    silent="The campaign is enabled.",
    lookalike="A group is excluded from passkeys, not from the campaign.",
)
def registration_campaign_weakened(case: ChangeCase) -> Iterator[Judgement]:
    """Fewer people are asked to register an authenticator when they sign in, or less firmly."""
    sides = setting(case, ENFORCEMENT, CAMPAIGN)
    weaker = [*_weaker(*sides)] if sides and sides[0].body else []
    if weaker:
        severity = Severity.INFO if case.context.providers else Severity.LOW
        told = f"weakened the registration campaign: {'; '.join(weaker)}."
        yield judgement(case, severity, told, weaker=[*weaker])


def _weaker(before: Method, after: Method) -> Iterator[str]:
    old, new = before.text("state"), after.text("state")
    if new == "disabled" and old != "disabled":
        yield "switched off"
    if after.exclude - before.exclude:
        yield f"{whom(after.exclude - before.exclude)} excluded"
    if before.include - after.include and "all_users" not in after.include and after.body:
        yield f"{whom(before.include - after.include)} no longer included"
    snooze = before.number("snoozeDurationInDays"), after.number("snoozeDurationInDays")
    if None not in snooze and (snooze[1] or 0) > (snooze[0] or 0):
        yield f"days it can be put off {snooze[0]} -> {snooze[1]}"
    enforced = (side.get("enforceRegistrationAfterAllowedSnoozes") for side in (before, after))
    if tuple(enforced) == (True, False):
        yield "can be put off for ever"
