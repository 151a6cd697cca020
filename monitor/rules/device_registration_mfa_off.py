"""Devices can be registered without MFA."""

from collections.abc import Iterator

from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity
from monitor.rules.shown import Shown, shown

ACTIVITY = "set device registration policies"


@rule(
    EventCase,
    revision=1,
    title="MFA for registering devices was switched off or may have been",
    severity_logic="medium when the record shows it; low where it does not show what changed",
    controls=Controls(
        hipaa=("164.312(d)", "164.312(a)(1)"),
        nist=("IA-2", "CM-6"),
        attack=("T1098.005",),
    ),
    blind_spots=(
        "No real record was found: one that shows nothing is told as a possible weakening.",
        "A policy for the user action (register or join devices) may ask for MFA instead.",
    ),
    respond=(
        "Read the setting: Entra admin center > Devices > Device settings.",
        "Require MFA there, or with a policy for the user action Register or join devices",
    ),
    firing="multiFactorAuthConfiguration goes from required to notRequired.",
    silent="It goes from notRequired to required.",
    lookalike="The number of devices per user is raised.",
)
def device_registration_mfa_off(case: EventCase) -> Iterator[Judgement]:
    """An attacker's own device, registered with a password alone, can satisfy device controls."""
    event = case.event
    if event.activity != ACTIVITY or not event.succeeded:
        return
    changed = shown(event)
    about_mfa = [one for one in changed if _is_mfa(one)]
    off = any(one.fell for one in about_mfa)
    if changed and not off:
        return
    told = (
        "let devices be registered without MFA."
        if off
        else "changed how devices are registered; whether MFA is still asked for has to be read."
    )
    yield Judgement(
        severity=Severity.MEDIUM if off else Severity.LOW,
        witness=f"{event.initiator.label} {told}",
        about=About(
            "deviceRegistrationPolicy", "deviceRegistrationPolicy", "device registration policy"
        ),
        certainty="certain" if off else "possible",
        details={"read_pending": not off, "changed": [one.row() for one in changed]},
    )


def _is_mfa(one: Shown) -> bool:
    return "multifactor" in one.key or "mfa" in one.key
