"""A look into the records of activities that matter or not by what they changed.

Only bytes are searched here, never decoded: this runs for ordinary traffic. What is found is looked
at properly by the rooms behind; a chunk of a split record is kept, because what it holds is not
shown.
"""

from collections.abc import Mapping

from monitor.events.activity import normalise
from monitor.events.user_update import Inside, bears_on_mfa

_POLICY_PERMISSIONS = (
    b"policy.readwrite.conditionalaccess",
    b"policy.readwrite.authenticationmethod",
    b"policy.readwrite.securitydefaults",
    b"policy.readwrite.crosstenantaccess",
    b"userauthenticationmethod.readwrite.all",
    b"rolemanagement.readwrite.directory",
)
_CREDENTIALS = (
    b"keydescription",
    b"federatedidentitycredentials",
    b"keycredentials",
    b"passwordcredentials",
    b"accountenabled",
)
MARKS: Mapping[str, tuple[bytes, ...]] = {
    "update group": (b"membershiprule",),
    "update application": _CREDENTIALS,
    "update service principal": _CREDENTIALS,
    "consent to application": _POLICY_PERMISSIONS,
    "add delegated permission grant": _POLICY_PERMISSIONS,
}
"""What the changed properties of a record must hold to matter, in lower case."""

LOOKED_INTO = frozenset({"update user", *MARKS})
"""The activities that matter or not by what they changed."""


def matters_inside(operation: str, inside: Inside) -> bool:
    """Return whether a record of one of these activities matters, by what it changed.

    `operation` is `operationName`, for a record without a display name.
    """
    activity = normalise(inside.activity_display_name or operation)
    marks = MARKS.get(activity)
    if marks is None:
        return bears_on_mfa(inside)
    changed = bytes(inside.target_resources).lower()
    return any(mark in changed for mark in marks) or _is_chunk(inside)


def _is_chunk(inside: Inside) -> bool:
    details = bytes(inside.additional_details)
    return b'"seq"' in details and b'"id"' in details
