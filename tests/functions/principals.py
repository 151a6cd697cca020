"""Callers as App Service Authentication hands them on."""

import base64
import json
from typing import Any

ROLE_URI = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"


def encoded(principal: Any) -> str:
    return base64.b64encode(json.dumps(principal).encode()).decode()


def principal(*roles: str, typ: str = "roles", **changes: object) -> dict[str, Any]:
    claims = [
        {"typ": "name", "val": "Kim Example"},
        {"typ": "preferred_username", "val": "kim@hospital.example"},
        *({"typ": typ, "val": role} for role in roles),
    ]
    return {
        "auth_typ": "aad",
        "claims": claims,
        "name_typ": "name",
        "role_typ": ROLE_URI,
        **changes,
    }


def header(*roles: str, **changes: Any) -> dict[str, str]:
    return {"X-MS-CLIENT-PRINCIPAL": encoded(principal(*roles, **changes))}
