"""An authentication context that asks for more proof is gone."""

from collections.abc import Iterator

from monitor.posture.posture import Posture
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity
from monitor.rules.shown import shown

DELETED = "delete authenticationcontextclassreference"
UPDATED = "update authenticationcontextclassreference"


@rule(
    EventCase,
    revision=1,
    title="An authentication context was deleted, unpublished or changed unreadably",
    severity_logic="always medium; possible only where the record does not show what changed",
    controls=Controls(
        hipaa=("164.312(d)", "164.312(a)(1)"),
        nist=("IA-2", "AC-3"),
        attack=("T1556.009",),
    ),
    blind_spots=(
        "Which files, roles or applications ask for the context is not in the audit stream.",
        "No real record was found: an update that shows nothing is told as possible.",
    ),
    respond=(
        "Ask what used it: PIM role settings, SharePoint sites, protected actions, applications.",
        (
            "Publish it again: Entra admin center > Protection > Conditional Access > "
            "Authentication contexts."
        ),
    ),
    firing="A context is deleted.",
    silent="A context gets another description.",
    lookalike="A context is added.",
)
def authentication_context_deleted(case: EventCase) -> Iterator[Judgement]:
    """Whatever asked for this context no longer gets its policy: a step-up falls away."""
    event = case.event
    if event.activity not in (DELETED, UPDATED) or not event.succeeded:
        return
    changed = shown(event)
    hidden = event.activity == UPDATED and not any(one.fell for one in changed)
    if hidden and changed:
        return  # a name or a description
    target = event.target()
    identity, name = (target.id or "", target.name or "") if target else ("", "")
    policies = _policies(case.posture, identity)
    verb = "deleted" if event.activity == DELETED else "unpublished"
    verb = "changed (it is not shown how, so it may be unpublished)" if hidden else verb
    asked = f" Policies for it: {', '.join(policies)}." if policies else ""
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=(
            f"{event.initiator.label} {verb} the authentication context "
            f"*{name or identity or 'not named'}*.{asked}"
        ),
        about=About("authenticationContextClassReference", identity, name or identity),
        certainty="possible" if hidden else "certain",
        details={"read_pending": hidden, "policies": [*policies]},
    )


def _policies(posture: Posture, identity: str) -> list[str]:
    """Names of the policies that apply to the context."""
    found = []
    for policy in posture.policies.values():
        applications = policy.conditions.applications
        named = applications.include_authentication_context_class_references
        if identity and identity.casefold() in {one.casefold() for one in named}:
            found.append(policy.name)
    return found
