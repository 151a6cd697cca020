"""One object of the tenant that decides about MFA, as a whole document with its own time.

A document's body is in Microsoft Graph v1.0 shape (camelCase names, enum members as written);
absent and null are the same thing. The fold replaces whole documents and never patches them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

Body = Mapping[str, JsonValue]
"""A document in Graph v1.0 shape."""


class DocumentKind(StrEnum):
    """What a document describes; the value is Graph's resource name in the singular."""

    POLICY = "conditionalAccessPolicy"
    LOCATION = "namedLocation"
    STRENGTH = "authenticationStrengthPolicy"
    SECURITY_DEFAULTS = "identitySecurityDefaultsEnforcementPolicy"
    METHODS_POLICY = "authenticationMethodsPolicy"
    PER_USER_MFA = "perUserMfaState"
    GROUP = "group"
    USER = "user"
    ROLE = "directoryRole"
    MFA_SERVICE = "mfaServiceSettings"
    APP = "servicePrincipal"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one object. `at` is the object's own time (UTC) that orders its versions."""

    kind: DocumentKind
    id: str
    at: datetime
    body: Mapping[str, JsonValue]

    @property
    def name(self) -> str:
        """The display name, or the id where there is none."""
        name = self.body.get("displayName")
        return name if isinstance(name, str) and name else self.id
