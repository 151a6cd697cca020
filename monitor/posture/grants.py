"""Which applications hold a permission to change who needs MFA, from the stream.

Shapes: "Add app role assignment to service principal" and "Consent to application" are seen in
public captures; "Add delegated permission grant" is read as `DelegatedPermissionGrant.Scope`, the
property public detection rules parse. One consent writes several of these records: the document of
the application keeps what it holds already, so that the same permission is news only once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from monitor.events.model import AuditEvent, TargetResource, Unreadable
from monitor.posture.document import Body

APP_ROLES: Mapping[str, str] = {
    "01c0a623-fc9b-48e9-b794-0756f8e8f067": "Policy.ReadWrite.ConditionalAccess",
    "29c18626-4985-4dcd-85c0-193eef327366": "Policy.ReadWrite.AuthenticationMethod",
    "1c6e93a6-28e2-4cbb-9f64-1a46a821124d": "Policy.ReadWrite.SecurityDefaults",
    "338163d7-f101-4c92-94ba-ca46fe52447c": "Policy.ReadWrite.CrossTenantAccess",
    "50483e42-d915-4231-9639-7fdb7fd190e5": "UserAuthenticationMethod.ReadWrite.All",
    "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8": "RoleManagement.ReadWrite.Directory",
}
"""App roles of Microsoft Graph by id (Microsoft Graph permissions reference)."""

PERMISSIONS: Mapping[str, str] = {name.casefold(): name for name in APP_ROLES.values()}
"""The permissions that can change who needs MFA, as app role or delegated, by lower-case name."""

_SCOPE = re.compile(r"Scope:\s*([^,\]]*)")
_CLIENT = re.compile(r"ClientId:\s*([0-9a-fA-F-]{36})")
_GRANTS = frozenset({"add delegated permission grant", "consent to application"})
_APP_ROLE = "add app role assignment to service principal"
_REMOVES = frozenset(
    {
        "remove app role assignment from service principal",
        "remove delegated permission grant",
    }
)
GRANTS = _GRANTS | _REMOVES | {_APP_ROLE}


@dataclass(frozen=True, slots=True)
class Grant:
    """What an application gained and lost; `app` is its service principal's object id.

    Permissions are written `application NAME` or `delegated NAME`.
    """

    app: str
    name: str
    app_id: str
    gained: frozenset[str]
    lost: frozenset[str]

    def applied(self, body: Body | None) -> Body:
        """The application's document after the grant."""
        held = (held_permissions(body) | self.gained) - self.lost
        known = body or {}
        return {
            "displayName": self.name or str(known.get("displayName") or ""),
            "appId": self.app_id or str(known.get("appId") or ""),
            "permissions": [*sorted(held)],
        }


def held_permissions(body: Body | None) -> frozenset[str]:
    """Return the permissions of an application's document."""
    listed = cast("list[JsonValue]", (body or {}).get("permissions") or [])
    return frozenset(str(item) for item in listed)


def read_grant(event: AuditEvent) -> Grant | None:
    """Return which of `PERMISSIONS` an application gained or lost; None where it is none."""
    if event.activity not in GRANTS:
        return None
    for target in event.targets:
        old, new = _permissions(event.activity, target)
        app = _app(event.activity, target)
        if app and old != new:
            name = _text(target, "ServicePrincipal.DisplayName") or target.name or ""
            consent = event.activity == "consent to application"
            return Grant(
                app=app,
                name=(target.name or "") if consent else name,
                app_id=_text(target, "ServicePrincipal.AppId").lower(),
                gained=new - old,
                lost=old - new,
            )
    return None


def _app(activity: str, target: TargetResource) -> str:
    """The object id of the service principal that gains; a consent's own target is it."""
    if activity != "consent to application":
        return _text(target, "ServicePrincipal.ObjectID")
    found = _CLIENT.search(_text(target, "ConsentAction.Permissions"))
    is_principal = (target.type or "").casefold() == "serviceprincipal"
    return (target.id if is_principal else found.group(1) if found else target.id) or ""


def _permissions(activity: str, target: TargetResource) -> tuple[frozenset[str], frozenset[str]]:
    """What the record says was held before, and after."""
    if "app role assignment" in activity:
        sides = [
            frozenset(f"application {name}" for name in _app_roles(target, new=new))
            for new in (False, True)
        ]
        return sides[0], sides[1]
    if activity == "consent to application":
        before, _, after = _text(target, "ConsentAction.Permissions").partition("=>")
        scopes = (" ".join(_SCOPE.findall(side)) for side in (before, after))
    else:
        prop = target.property("DelegatedPermissionGrant.Scope")
        scopes = (_plain(value) for value in ((prop.old, prop.new) if prop else (None, None)))
    old, new = (_delegated(scope) for scope in scopes)
    # a removal that shows its scope as a new value, as some removals do
    return (new, old) if activity in _REMOVES and not old else (old, new)


def _app_roles(target: TargetResource, *, new: bool) -> set[str]:
    found = set()
    for prop in (target.property("AppRole.Value"), target.property("AppRole.Id")):
        text = _plain((prop.new if new else prop.old) if prop else None).casefold()
        found.add(PERMISSIONS.get(text) or APP_ROLES.get(text) or "")
    return found - {""}


def _delegated(scope: str) -> frozenset[str]:
    names = (PERMISSIONS.get(word.casefold()) for word in scope.split())
    return frozenset(f"delegated {name}" for name in names if name)


def _text(target: TargetResource, name: str) -> str:
    prop = target.property(name)
    return (_plain(prop.new) or _plain(prop.old)) if prop else ""


def _plain(value: JsonValue | Unreadable) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) else ""
