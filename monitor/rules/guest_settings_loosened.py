"""Guests may do more, or more people may invite them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from monitor.events.activity import Concern
from monitor.events.model import AuditEvent, ModifiedProperty, TargetResource, Unreadable
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

GUEST_ROLES = {
    "2af84b1e-32c8-42b7-82bc-daa82404023b": 0,  # Restricted Guest User
    "10dae51f-b6af-4016-8d66-8c2a99b929b3": 1,  # Guest User
    "a0b1b346-4d3e-4e8b-98f8-753987be4970": 2,  # User: as a member
}
"""How much a guest may do, by `guestUserRoleId` (Graph authorizationPolicy)."""
INVITES = {
    "none": 0,
    "adminsandguestinviters": 1,
    "adminsguestinvitersandallmembers": 2,
    "everyone": 3,
    "0": 0,
    "1": 1,
    "2": 2,
    "3": 3,
}
"""Who may invite, by `allowInvitesFrom`; Graph's enum, which a record may give as a number."""
SWITCHES = {"false": 0, "true": 1}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting about guests: its values from strict to loose, and how bad the loosest one is."""

    says: str
    order: Mapping[str, int]
    widest: Severity = Severity.LOW


SETTINGS: Mapping[str, Setting] = {
    "guestuserroleid": Setting("what guests may see and do", GUEST_ROLES, Severity.MEDIUM),
    "allowinvitesfrom": Setting("who may invite guests", INVITES, Severity.MEDIUM),
    "allowemailverifieduserstojoinorganization": Setting(
        "strangers joining with a verified address", SWITCHES
    ),
    "allowedtosignupemailbasedsubscriptions": Setting("sign-up by e-mail address", SWITCHES),
}
B2B_POLICY = "invitationsallowedandblockeddomainspolicy"
"""The part of the B2B management policy that limits whom one may invite, by domain."""


def _word(value: JsonValue | Unreadable) -> str | None:
    first = value[0] if isinstance(value, list) and len(value) == 1 else value
    if isinstance(first, bool | int | str):
        return str(first).casefold()
    return "" if first in (None, []) else None


def _shown(word: str | None) -> str:
    return word or "(not shown)"


def _loosened(setting: Setting, prop: ModifiedProperty) -> tuple[Severity, str, bool] | None:
    """Return severity, words and whether it is certain; None where the setting is no looser."""
    old, new = _word(prop.old), _word(prop.new)
    before, after = setting.order.get(old or ""), setting.order.get(new or "")
    words = f"{setting.says} ({prop.name}: {_shown(old)} -> {_shown(new)})"
    if after is None:
        return Severity.LOW, words, False
    if after > (min(setting.order.values()) if before is None else before):
        is_widest = after == max(setting.order.values())
        return (setting.widest if is_widest else Severity.LOW), words, before is not None
    return None


def _domains(value: JsonValue | Unreadable, name: str) -> set[str] | None:
    """Find a list of domains of the B2B policy in a value, by its member's name."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key.casefold() == name and isinstance(inner, list):
                return {str(item).casefold() for item in inner}
        inside: Sequence[JsonValue] = list(value.values())
    else:
        inside = value if isinstance(value, list) else []
    found = (_domains(item, name) for item in inside)
    return next((one for one in found if one is not None), None)


def _b2b_loosened(prop: ModifiedProperty) -> tuple[Severity, str, bool] | None:
    if B2B_POLICY not in repr((prop.old, prop.new)).casefold():
        return None
    allowed = [_domains(value, "alloweddomains") for value in (prop.old, prop.new)]
    blocked = [_domains(value, "blockeddomains") for value in (prop.old, prop.new)]
    wider = bool(allowed[0]) and (not allowed[1] or bool(allowed[1] - (allowed[0] or set())))
    fewer = bool((blocked[0] or set()) - (blocked[1] or set()))
    if not wider and not fewer:
        return None
    return Severity.LOW, "the domains from which guests may be invited", True


def _changes(event: AuditEvent) -> Iterator[tuple[Severity, str, bool]]:
    for target in event.targets:
        for prop in target.modified:
            setting = SETTINGS.get(prop.name.casefold())
            found = _loosened(setting, prop) if setting else _b2b_loosened(prop)
            if found:
                yield found


def _about(target: TargetResource | None) -> About:
    identity = (target.id or "") if target else ""
    return About("authorizationPolicy", identity, (target.name if target else None) or identity)


@rule(
    EventCase,
    revision=1,
    title="Settings for guests were loosened",
    severity_logic=(
        "medium when guests get the rights of members or may invite others themselves; low for"
        " other steps, and where the new value is not known"
    ),
    controls=Controls(
        hipaa=("164.308(a)(4)", "164.308(a)(3)(ii)(A)"),
        nist=("AC-3", "IA-8"),
        cis=("5.1.6.1", "5.1.6.2", "5.1.6.3"),
        scuba=("MS.AAD.8.1v1", "MS.AAD.8.2v1", "MS.AAD.8.3v1"),
        attack=("T1098",),
    ),
    blind_spots=(
        "Whether guests need MFA is decided by the policies, and judged there.",
        "What users may consent to stands in the same policy and is not judged here.",
    ),
    respond=(
        "Ask the person who did it for the reason.",
        (
            "Read and correct it: Entra admin center > External Identities > External collaboration"
            " settings."
        ),
    ),
    firing="Guests get the role of members.",
    silent="Guests are restricted to their own objects.",
    lookalike="The same policy changes in what users may consent to.",
)
def guest_settings_loosened(case: EventCase) -> Iterator[Judgement]:
    """Guests come with a proof from elsewhere; the more they may do, the more that proof opens."""
    event = case.event
    judged = case.concern in (Concern.AUTHORIZATION, Concern.TENANT, Concern.POLICY_TWIN)
    if not judged or not event.succeeded:
        return
    found = list(_changes(event))
    if not found:
        return
    certain = all(known for _, _, known in found)
    yield Judgement(
        severity=max((severity for severity, _, _ in found), key=lambda one: one.rank),
        witness=(
            f"{event.initiator.label} loosened {'; '.join(words for _, words, _ in found)}."
            + ("" if certain else " What it was or is cannot be read, so it may be looser.")
        ),
        about=_about(event.target()),
        certainty="certain" if certain else "possible",
        details={} if certain else {"read_pending": True},
    )
