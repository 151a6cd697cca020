"""What the identity of this process may do, as far as a token of its own tells."""

import base64
import json

from azure.core.exceptions import AzureError

from monitor.errors import StorageUnavailable
from monitor.storage.credential import credential


def application_permissions(scope: str, client_id: str | None) -> tuple[str, ...]:
    """Return the application permissions in a token for `scope` (`https://.../.default`).

    The token is read, not checked: it came from the platform, and nothing is decided by it.

    Raises:
        StorageUnavailable: no token is given, or it is not a JSON Web Token.
    """
    try:
        token = credential(client_id).get_token(scope).token
    except AzureError as error:
        raise StorageUnavailable(f"{scope}: no token ({type(error).__name__})") from error
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError) as error:
        raise StorageUnavailable(f"{scope}: the token is no JSON Web Token") from error
    roles = claims.get("roles", []) if isinstance(claims, dict) else []
    return tuple(str(role) for role in roles)
