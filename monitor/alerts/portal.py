"""Links to the Entra admin center, built from an object's kind and a checked id, nothing else.

The addresses are those that Microsoft's zerotrustassessment and the Maester project link to
(`Get-MtGraphObjectMarkdown`, `Get-ObjectPortalLink`); Microsoft documents none of them.
"""

import re
from collections.abc import Mapping

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_VIEW = "https://entra.microsoft.com/#view/"

_PLACES: Mapping[str, str] = {
    "conditionalAccessPolicy": "Microsoft_AAD_ConditionalAccess/PolicyBlade/policyId/",
    "user": "Microsoft_AAD_UsersAndTenants/UserProfileMenuBlade/~/overview/userId/",
    "perUserMfaState": "Microsoft_AAD_UsersAndTenants/UserProfileMenuBlade/~/overview/userId/",
    "group": "Microsoft_AAD_IAM/GroupDetailsMenuBlade/~/Overview/groupId/",
    "servicePrincipal": "Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Overview/objectId/",
}


def portal_link(kind: str, identity: str) -> str | None:
    """Return the admin center's page of the object; None for a kind without one or an odd id.

    `identity` is used only where it is a GUID, so that no text of a record reaches the address.
    """
    place = _PLACES.get(kind)
    guid = identity.lower()
    return f"{_VIEW}{place}{guid}" if place and _GUID.fullmatch(guid) else None
