"""What PIM asks for before a role is taken up was lowered."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from monitor.events.model import AuditEvent, Unreadable
from monitor.rules.accounts import POLICY_ROLE_NAMES, POLICY_ROLES, role_of
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

_ACTIVITIES = frozenset({"update role setting in pim", "pim policy removed"})
_DEMANDS: Mapping[str, re.Pattern[str]] = {
    "MFA": re.compile(r"multifactorauthentication|mfarequired:true|requiremfa:true"),
    "an authentication context": re.compile(
        r"authenticationcontext[^{}]*isenabled:true|isenabled:true[^{}]*authenticationcontext"
    ),
    "approval": re.compile(r"(is)?approvalrequired:true"),
}
_SAID = re.compile(
    r"(mfa|multi-?factor authentication|authentication context|approval)\b[^.;]*"
    r"\b(disabled|removed|turned off|not required)\b"
)


def _text(event: AuditEvent, *, new: bool) -> str:
    """Everything the record shows of one side, levelled so that JSON in JSON reads the same."""
    sides = [prop.new if new else prop.old for target in event.targets for prop in target.modified]
    plain = [side.text if isinstance(side, Unreadable) else side for side in sides]
    return re.sub(r"[\\\"'\s]", "", msgspec.json.encode(plain).decode()).casefold()


def _demands(text: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _DEMANDS.items() if pattern.search(text))


@rule(
    EventCase,
    revision=1,
    title="What PIM demands for a role was lowered, or changed in a way that cannot be read",
    severity_logic=(
        "where the record shows that MFA, an authentication context or approval was dropped: "
        "critical for a role that can change who needs MFA, high for others; medium where it does "
        "not show what changed"
    ),
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(C)", "164.308(a)(3)(ii)(A)"),
        nist=("AC-6(9)", "IA-2(1)", "CM-3"),
        cis=("5.3.4", "5.3.5"),
        scuba=("MS.AAD.7.6v1",),
        attack=("T1098.003", "T1556"),
    ),
    blind_spots=(
        (
            "No real record of a changed role setting was found: the names looked for are those of "
            "Graph's unifiedRoleManagementPolicyRule, and anything else is read pending."
        ),
    ),
    respond=(
        (
            "Read the settings: Entra admin center > Identity Governance > Privileged Identity "
            "Management > Microsoft Entra roles > Settings."
        ),
        "Ask the person who changed them for the approval or ticket.",
    ),
    firing="The enablement rule of a role no longer lists MultiFactorAuthentication.",
    silent="The enablement rule lists it before and after.",
    lookalike="A role is activated in PIM.",
)
def pim_setting_weakened(case: EventCase) -> Iterator[Judgement]:
    """Activation is where an eligible administrator proves who they are; its demands are policy."""
    event = case.event
    if event.activity not in _ACTIVITIES or not event.succeeded:
        return
    template, role = role_of(event)
    old, new = _demands(_text(event, new=False)), _demands(_text(event, new=True))
    said = _SAID.search((event.reason or "").casefold())
    lost = sorted(old - new) or ([said.group(1)] if said else [])
    if (old or new) and not lost:
        return
    top = template in POLICY_ROLES or role.casefold() in POLICY_ROLE_NAMES
    about = About("directoryRole", template, role)
    who = event.initiator.label
    if lost:
        yield Judgement(
            severity=Severity.CRITICAL if top else Severity.HIGH,
            witness=f"{who} changed what PIM demands for *{role}*: {', '.join(lost)} is no longer "
            "needed to take it up.",
            about=about,
            details={"no_longer_demanded": [*lost]},
        )
        return
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=f"{who} changed PIM's settings of *{role}*; what changed is not in the record and "
        "has to be read: MFA on activation may be off.",
        about=about,
        certainty="possible",
        details={"read_pending": True},
    )
