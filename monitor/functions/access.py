"""Who may call what: app roles from App Service Authentication.

The platform checks the token and hands its claims on in `X-MS-CLIENT-PRINCIPAL`, unsigned; it takes
the header away from whoever sends it from outside. Where it is not in front, anybody could write
that header: `WEBSITE_AUTH_ENABLED`, which the platform sets and nobody should, says whether it is.
(learn.microsoft.com: app-service/configure-authentication-user-identities and
app-service/reference-app-settings.)
"""

import base64
import binascii
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitor.sources.bodies import Refusal

IN_FRONT = "WEBSITE_AUTH_ENABLED"
HEADER = "X-MS-CLIENT-PRINCIPAL"
LONGEST = 64 * 1024
"""Characters of the header; the host takes no request with more than 32 KiB of headers anyway."""
PROVIDER = "aad"
ROLE_CLAIMS = frozenset({"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})
"""How Entra's `roles` claim is called, as it is and as .NET maps it."""

Text = Annotated[str, Field(max_length=8192)]


class Role(StrEnum):
    """The app roles of the app registration, by value (infra/)."""

    AUDITOR = "Auditor"
    SECURITY = "Security"
    ADMIN = "Admin"


class Claim(BaseModel):
    """One claim of the token."""

    model_config = ConfigDict(strict=True)

    typ: Text
    val: Text


class Principal(BaseModel):
    """What the platform says of the caller; other fields are not looked at."""

    model_config = ConfigDict(strict=True)

    auth_typ: Text
    claims: Annotated[list[Claim], Field(max_length=1000)]

    def roles(self) -> frozenset[Role]:
        """Return the app roles of ours that the caller has; others are not looked at."""
        known = {role.value: role for role in Role}
        told = (claim.val for claim in self.claims if claim.typ in ROLE_CLAIMS)
        return frozenset(known[value] for value in told if value in known)


def require(
    header: str | None, allowed: frozenset[Role], environment: Mapping[str, str]
) -> frozenset[Role]:
    """Return the caller's roles, one of which is allowed.

    Raises:
        Refusal: 503 without App Service Authentication, 401 without a caller, 403 without a role.
    """
    if environment.get(IN_FRONT, "").strip().lower() != "true":
        raise Refusal(503, "App Service Authentication is off: this address answers nobody")
    if not header:
        raise Refusal(401, "sign in first")
    principal = read(header)
    if principal.auth_typ != PROVIDER:
        raise Refusal(401, "sign in with Microsoft Entra ID")
    roles = principal.roles()
    if not roles & allowed:
        wanted = ", ".join(sorted(role.value for role in allowed))
        raise Refusal(403, f"one of these app roles is needed: {wanted}")
    return roles


def read(header: str) -> Principal:
    """Read the header: base64 of a JSON object.

    Raises:
        Refusal: 401, it is not that.
    """
    unreadable = Refusal(401, f"{HEADER} cannot be read")
    if len(header) > LONGEST:
        raise unreadable
    try:
        return Principal.model_validate_json(base64.b64decode(header, validate=True))
    except (ValueError, binascii.Error, ValidationError) as error:
        raise unreadable from error
