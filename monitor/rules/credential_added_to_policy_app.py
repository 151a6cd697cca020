"""A credential was added to an application that can change who needs MFA."""

from collections.abc import Iterator

from pydantic import JsonValue

from monitor.events.model import AuditEvent, TargetResource, Unreadable
from monitor.rules.accounts import holder_documents, holds_policy_role
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

_SECRETS = frozenset(
    {
        "add service principal credentials",
        "update application - certificates and secrets management",
    }
)
_UPDATES = frozenset({"update application", "update service principal"})
_CREDENTIALS = frozenset({"keydescription", "keycredentials", "passwordcredentials"})
_FEDERATED = "federatedidentitycredentials"


def _items(value: JsonValue | Unreadable) -> list[JsonValue]:
    return value if isinstance(value, list) else [] if value is None else [str(value)]


def _gains(event: AuditEvent) -> bool:
    """Whether a credential came, as far as the record shows; one that shows none counts."""
    names = _CREDENTIALS if event.activity in _SECRETS else frozenset({_FEDERATED})
    shown = [
        prop
        for target in event.targets
        for prop in target.modified
        if prop.name.casefold() in names | {_FEDERATED}
    ]
    if not shown:
        return event.activity == "add service principal credentials"
    return any(item not in _items(prop.old) for prop in shown for item in _items(prop.new))


def _texts(event: AuditEvent, target: TargetResource) -> str:
    """Where a record may name the application's own id."""
    properties = [str(side) for prop in target.modified for side in (prop.old, prop.new)]
    return " ".join([*properties, event.detail("AppId") or ""]).casefold()


def _holder(case: EventCase, target: TargetResource) -> tuple[str, str] | None:
    """Return what the application holds, and how certain that is; None for any other."""
    identity = (target.id or "").lower()
    if identity and holds_policy_role(case.posture, identity):
        return "a role that can change policies", "certain"
    texts = _texts(case.event, target)
    for known, body in holder_documents(case.posture).items():
        app_id, name = str(body.get("appId") or "").lower(), str(body.get("displayName") or "")
        held = body.get("permissions")
        listed = ", ".join(str(one) for one in held) if isinstance(held, list) else ""
        if identity == known or (app_id and app_id in texts):
            return listed, "certain"
        if name and name == target.name:
            return listed, "possible"
    return None


@rule(
    EventCase,
    revision=1,
    title="A credential was added to an application that can change who needs MFA",
    severity_logic="always high",
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(B)",),
        nist=("AC-3", "CM-5(1)", "IA-5"),
        cis=("5.1.5.1", "5.1.5.2"),
        attack=("T1098.001",),
    ),
    blind_spots=(
        "Only permissions and roles granted since the stream began are known.",
        (
            "An application's own record carries no service principal's id: it is "
            "joined by app id, or "
            "by name, which is only possible."
        ),
        "A new owner of the application, who could add a credential, is not judged.",
    ),
    respond=(
        "Ask the person who added it what uses it.",
        (
            "Delete it otherwise: Entra admin center > App registrations > the application > "
            "Certificates & secrets."
        ),
    ),
    firing="A secret is added to an application that was granted "
    "Policy.ReadWrite.ConditionalAccess.",
    silent="A secret is added to an application that holds no such permission.",
    lookalike="A secret of such an application is removed.",
)
def credential_added_to_policy_app(case: EventCase) -> Iterator[Judgement]:
    """Whoever knows the new secret, key or trusted issuer can use what the application may do."""
    event = case.event
    if event.activity not in _SECRETS | _UPDATES or not event.succeeded or not _gains(event):
        return
    for target in event.targets:
        holder = _holder(case, target)
        if holder:
            held, certainty = holder
            name = target.name or target.id or ""
            yield Judgement(
                severity=Severity.HIGH,
                witness=f"{event.initiator.label} added a credential to the application *{name}*, "
                f"which holds {held}.",
                about=About("servicePrincipal", target.id or "", name),
                certainty=certainty,
                details={"holds": held},
            )
            return
