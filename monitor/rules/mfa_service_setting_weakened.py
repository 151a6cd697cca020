"""A tenant-wide setting of the MFA service lets people skip MFA."""

import re
from collections.abc import Iterator

from monitor.events.activity import Concern
from monitor.posture.document import DocumentKind
from monitor.posture.parts import MfaServiceSettings, merged, parse_part
from monitor.rules.ca_weakened import WEAKER
from monitor.rules.case import ChangeCase, EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity
from monitor.rules.shown import Shown, shown
from monitor.rules.wording import (
    about_change,
    comparison_details,
    sentences,
    weakening_severity,
)

BYPASSED = frozenset({"add bypass user", "post tenant.createbypasseduser"})
UNBLOCKED = frozenset({"clear block on user", "post tenant.removeblockeduser"})
CACHED = "post tenant.createcacheconfig"
SETTINGS = frozenset({"mfa service policy update", "patch tenant.patch"})
_TRUSTED = re.compile(r"trustedip|ipwhitelist|ipallow|skipmfa|intranet|insidecorporate")
_APP_PASSWORD = re.compile(r"app(lication)?password")
_FORBIDS = re.compile(r"block|disallow|disable|prevent|deny")
_REMEMBERED = re.compile(r"remember|trusteddevice")
_FRAUD = re.compile(r"fraud|suspicious")
_BYPASS = re.compile(r"bypass")
ABOUT = About("mfaServiceSettings", "mfaService", "MFA service settings")


@rule(
    ChangeCase | EventCase,  # type: ignore[arg-type]  # a union is not a type to mypy
    revision=1,
    title="A setting of the MFA service was weakened",
    severity_logic=(
        "high when addresses are trusted to skip MFA (critical where that opens everything or a "
        "privileged role) and when somebody is let past once; medium for remembered devices, app "
        "passwords, fraud reports switched off, an unblocked user, cached results, and for a "
        "change that cannot be read"
    ),
    controls=Controls(
        hipaa=("164.312(d)", "164.312(a)(1)"),
        nist=("IA-2(1)", "IA-2(2)", "AC-3", "CM-6"),
        cis=("5.2.2.2",),
        attack=("T1556.006",),
    ),
    blind_spots=(
        "Only the trusted IPs were seen in real records, the other settings never.",
        '"Set Company Information" often does not show what changed; then nothing is told.',
        "These settings count for per-user MFA and policies that exclude MFA trusted IPs.",
    ),
    respond=(
        "Ask the person who made the change for its approval.",
        (
            "Set it back: Entra admin center > Protection > Multifactor authentication > "
            "Additional cloud-based multifactor authentication settings, or One-time bypass."
        ),
    ),
    firing="An address range is added to the trusted IPs.",
    silent="A range is taken out of the trusted IPs.",
    lookalike="Remembered devices are revoked (RememberDevicesNotIssuedBefore).",
)
def mfa_service_setting_weakened(case: ChangeCase | EventCase) -> Iterator[Judgement]:
    """Sign-ins from some addresses, on some devices or by some people are let past MFA."""
    if isinstance(case, ChangeCase):
        yield from _trusted(case)
    elif case.concern is Concern.MFA_SERVICE and case.event.succeeded:
        yield from _act(case)


def _trusted(case: ChangeCase) -> Iterator[Judgement]:
    change, comparison = case.change, case.comparison
    if change.kind is not DocumentKind.MFA_SERVICE:
        return
    old, new = (
        parse_part(MfaServiceSettings, body or {}) for body in (change.before, change.after)
    )
    grew = merged([*old.intervals, *new.intervals]) != old.intervals
    intranet = new.skip_from_intranet and not old.skip_from_intranet
    if not grew and not intranet:
        return
    added = [ip for ip in new.trusted_ips if ip not in old.trusted_ips]
    what = f"sign-ins from {', '.join(added)}" if grew else "sign-ins from the intranet"
    severity, effect = Severity.HIGH, ""
    if comparison.verdict in WEAKER:
        severity = max(severity, weakening_severity(comparison), key=lambda s: s.rank)
        effect = f" {sentences(comparison.witnesses)}"
    yield Judgement(
        severity=severity,
        witness=f"{case.event.initiator.label} let {what} skip MFA (MFA service).{effect}",
        about=about_change(change),
        details=comparison_details(change, comparison),
    )


def _act(case: EventCase) -> Iterator[Judgement]:
    event, label = case.event, case.event.initiator.label
    target = event.target("User") or event.target()
    name = (target.upn or target.name or target.id or "a user") if target else "a user"
    user = About("user", (target.id or "") if target else "", name)
    if event.activity in BYPASSED:
        told = f"{label} let {name} past MFA with a one-time bypass."
        yield Judgement(severity=Severity.HIGH, witness=told, about=user)
    elif event.activity in UNBLOCKED:
        told = f"{label} lifted the MFA block of {name}."
        yield Judgement(severity=Severity.MEDIUM, witness=told, about=user)
    elif event.activity == CACHED:
        told = f"{label} let a passed MFA count for later sign-ins (cache)."
        yield Judgement(severity=Severity.MEDIUM, witness=told, about=ABOUT)
    elif not any(target.property("StrongAuthenticationPolicy") for target in event.targets):
        yield from _settings(case)


def _settings(case: EventCase) -> Iterator[Judgement]:
    event, changed = case.event, shown(case.event)
    told = [(severity, text) for one in changed for severity, text in _weaker(one)]
    rows = [one.row() for one in changed]
    if told:
        yield Judgement(
            severity=max((severity for severity, _ in told), key=lambda s: s.rank),
            witness=f"{event.initiator.label} changed the MFA service: "
            f"{'; '.join(text for _, text in told)}.",
            about=ABOUT,
            details={"changed": rows},
        )
    elif event.activity in SETTINGS and not _harmless(changed):
        yield Judgement(
            severity=Severity.MEDIUM,
            witness=(
                f"{event.initiator.label} changed the settings of the MFA service in a way that "
                "cannot be read, so it may be a weakening: the current state has to be read."
            ),
            about=ABOUT,
            certainty="possible",
            details={"read_pending": True, "changed": rows},
        )


def _weaker(one: Shown) -> Iterator[tuple[Severity, str]]:
    if _TRUSTED.search(one.key) and (one.rose or one.grew):
        yield Severity.HIGH, "more sign-ins skip MFA by their address"
    elif _APP_PASSWORD.search(one.key):
        if one.fell if _FORBIDS.search(one.key) else one.rose:
            yield Severity.MEDIUM, "app passwords are allowed"
    elif _REMEMBERED.search(one.key) and (one.rose or one.grew):
        yield Severity.MEDIUM, "devices are remembered, or for longer"
    elif _FRAUD.search(one.key) and one.fell:
        yield Severity.MEDIUM, "people can no longer report prompts that are not theirs"
    elif _BYPASS.search(one.key) and (one.rose or one.grew):
        yield Severity.HIGH, "people can be let past MFA, or for longer"


_KNOWN = (_TRUSTED, _APP_PASSWORD, _REMEMBERED, _FRAUD, _BYPASS)


def _harmless(changed: list[Shown]) -> bool:
    """Whether everything shown is a setting we know and moved to the safer side."""
    return bool(changed) and all(any(known.search(one.key) for known in _KNOWN) for one in changed)
