"""The application behind an External MFA provider was touched."""

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from monitor.events.activity import Concern
from monitor.events.model import AuditEvent, ModifiedProperty, TargetResource, Unreadable
from monitor.posture.document import DocumentKind
from monitor.posture.extract import METHODS_POLICY_ID
from monitor.posture.method_names import CONFIGURATIONS
from monitor.posture.methods import is_external
from monitor.posture.posture import Posture
from monitor.posture.principals import app_ids
from monitor.rules.case import EventCase
from monitor.rules.context import Context
from monitor.rules.declare import rule
from monitor.rules.method_settings import Method
from monitor.rules.model import About, Controls, Judgement, Severity

REMOVED = {
    "remove service principal": "removed the service principal",
    "hard delete service principal": "removed the service principal for good",
    "delete application": "deleted the application",
    "hard delete application": "deleted the application for good",
    "revoke consent": "revoked the consent",
}
GRANT_REMOVED = "remove delegated permission grant"
CREDENTIAL = frozenset(
    {
        "add service principal credentials",
        "update application - certificates and secrets management",
    }
)
UPDATED = frozenset({"update service principal", "update application"})
_KEYS = frozenset(
    {"keydescription", "keycredentials", "passwordcredentials", "federatedidentitycredentials"}
)
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@rule(
    EventCase,
    revision=1,
    title="The application behind an External MFA provider was changed",
    severity_logic=(
        "always high: without it the second factor fails for everybody who uses the provider, "
        "and a new credential lets its holder act as the provider's application"
    ),
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(1)(ii)(B)"),
        nist=("IA-2", "IA-5", "IA-8", "CM-3"),
        attack=("T1556", "T1556.006", "T1098.001"),
    ),
    blind_spots=(
        "Providers are known from the methods policy as seen, and from [[providers]].",
        (
            "A withdrawn permission names the service principal by object id alone: it is joined "
            'where "Add service principal" was seen, else by name, which is only possible.'
        ),
        "Owners of the application are not judged.",
    ),
    respond=(
        "Ask the person who did it; nobody needs to touch this application in daily work.",
        (
            "Restore it: Entra admin center > Applications > Enterprise applications > the "
            "provider > Properties, Permissions."
        ),
        "Keep another method ready for the people who use the provider.",
    ),
    firing="The service principal with the provider's application id is removed.",
    silent="Another application's service principal is removed.",
    lookalike="A permission grant is written anew with more scopes: nothing was withdrawn.",
)
def external_mfa_app_changed(case: EventCase) -> Iterator[Judgement]:
    """External MFA works only while the provider's application is there, enabled and consented."""
    event = case.event
    if case.concern is not Concern.APP or not event.succeeded:
        return
    providers = _providers(case.posture, case.context)
    told = _told(event) if providers else ""
    found = _joined(case, providers) if told else None
    if not found:
        return
    name, app_id, target, certainty = found
    yield Judgement(
        severity=Severity.HIGH,
        witness=(
            f"{event.initiator.label} {told} of the External MFA provider *{name}*{_effect(event)}."
        ),
        about=About("servicePrincipal", target.id or "", target.name or name),
        certainty=certainty,
        details={"appId": app_id, "provider": name},
    )


def _providers(posture: Posture, context: Context) -> Mapping[str, str]:
    """Names of the providers by application id (lower case)."""
    found = {one.app_id.lower(): one.discovery_host for one in context.providers}
    document = posture.document(DocumentKind.METHODS_POLICY, METHODS_POLICY_ID)
    listed = document.body.get(CONFIGURATIONS) if document else None
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict) and is_external(item):
            method = Method(item)
            app_id = method.text("appId").lower()
            if app_id:
                found[app_id] = method.text("displayName") or found.get(app_id) or app_id
    return found


def _told(event: AuditEvent) -> str:
    """What was done, in words; empty where it takes nothing away and adds no credential."""
    if event.activity in REMOVED:
        return REMOVED[event.activity]
    properties = [prop for target in event.targets for prop in target.modified]
    if event.activity == GRANT_REMOVED:
        return "withdrew a permission" if _withdrawn(properties) else ""
    if event.activity in UPDATED and any(_disabled(prop) for prop in properties):
        return "disabled the application"
    keys = [prop for prop in properties if prop.name.casefold() in _KEYS]
    added = any(one not in _items(prop.old) for prop in keys for one in _items(prop.new))
    unseen = event.activity == "add service principal credentials" and not keys
    if event.activity in CREDENTIAL | UPDATED and (added or unseen):
        return "added a credential to the application"
    return ""


def _effect(event: AuditEvent) -> str:
    adds = event.activity in CREDENTIAL
    return "" if adds else ": whoever has no other method may not be able to sign in"


def _withdrawn(properties: list[ModifiedProperty]) -> bool:
    """Whether scopes went: a grant is written anew as a removal and an addition, seen as such."""
    scopes = [prop for prop in properties if prop.name == "DelegatedPermissionGrant.Scope"]
    for prop in scopes:
        old, new = (set(_text(side).split()) for side in (prop.old, prop.new))
        if old and new and old <= new:
            return False
    return True


def _disabled(prop: ModifiedProperty) -> bool:
    words = [str(_first(side)).casefold() for side in (prop.old, prop.new)]
    return prop.name.casefold() == "accountenabled" and words[1] == "false" != words[0]


def _joined(
    case: EventCase, providers: Mapping[str, str]
) -> tuple[str, str, TargetResource, str] | None:
    """Return provider, application id, target and certainty; None for any other application."""
    event = case.event
    for target in event.targets:
        for app_id in _ids(case, target):
            if app_id in providers:
                return providers[app_id], app_id, target, "certain"
    named = {name.casefold(): app_id for app_id, name in providers.items()}
    for target in event.targets:
        app_id = named.get((target.name or "").casefold(), "")
        if app_id:
            return providers[app_id], app_id, target, "possible"
    return None


def _ids(case: EventCase, target: TargetResource) -> Iterator[str]:
    """Application ids (lower case) that a target stands for or names."""
    yield from app_ids(target)
    detail = (case.event.detail("AppId") or "").lower()
    if target is case.event.target() and case.event.activity != GRANT_REMOVED:
        yield detail  # of the first target, as seen in public captures
    prop = target.property("ServicePrincipal.AppId")
    client = target.property("ServicePrincipal.ObjectID")
    for found in (prop, client):
        for side in (found.new, found.old) if found else ():
            yield from _known(case.posture, _text(side).lower())
    yield from _known(case.posture, (target.id or "").lower())


def _known(posture: Posture, identity: str) -> Iterator[str]:
    """The id itself, and the application id of the service principal that has it."""
    if _GUID.fullmatch(identity):
        yield identity
        document = posture.document(DocumentKind.APP, identity)
        app_id = document.body.get("appId") if document else None
        if isinstance(app_id, str) and app_id:
            yield app_id.lower()


def _first(value: JsonValue | Unreadable) -> JsonValue:
    if isinstance(value, Unreadable):
        return None
    return value[0] if isinstance(value, list) and value else value


def _text(value: JsonValue | Unreadable) -> str:
    first = _first(value)
    return first if isinstance(first, str) else ""


def _items(value: JsonValue | Unreadable) -> list[JsonValue]:
    if isinstance(value, Unreadable) or value is None:
        return []
    return value if isinstance(value, list) else [value]
