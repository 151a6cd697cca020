"""Which application a service principal stands for, from the stream.

A record about a permission names the service principal by its object id alone; External MFA is
configured by application id. "Add service principal" gives both (seen in public captures).
"""

import re
from dataclasses import dataclass

from pydantic import JsonValue

from monitor.events.model import AuditEvent, TargetResource, Unreadable
from monitor.posture.document import Body

TELLING = frozenset({"add service principal", "restore service principal"})
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_PROPERTIES = ("AppPrincipalId", "AppId", "ServicePrincipalName", "TargetId.ServicePrincipalNames")


@dataclass(frozen=True, slots=True)
class Principal:
    """A service principal by its object id, and the application (lower case) it stands for."""

    id: str
    name: str
    app_id: str

    def applied(self, body: Body | None) -> Body:
        """The application's document with its application id."""
        held = dict(body or {})
        return {**held, "displayName": self.name or held.get("displayName"), "appId": self.app_id}


def read_principal(event: AuditEvent) -> Principal | None:
    """Return the new service principal, or None where the record does not tell of one."""
    if event.activity not in TELLING:
        return None
    target = event.target("ServicePrincipal")
    app_id = next(iter(app_ids(target)), "") if target else ""
    if target is None or not target.id or not app_id:
        return None
    return Principal(target.id, target.name or "", app_id)


def app_ids(target: TargetResource) -> list[str]:
    """Return the application ids (lower case) a target's properties name, the surest first."""
    found: dict[str, None] = {}
    for name in _PROPERTIES:
        prop = target.property(name)
        for value in (prop.new, prop.old) if prop else ():
            found |= dict.fromkeys(match.lower() for match in _GUID.findall(_text(value)))
    return list(found)


def _text(value: JsonValue | Unreadable) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) else ""
