"""Which audit records are worth building: decided by the concerns that are judged."""

from enum import Enum
from functools import lru_cache

from monitor.events.activity import Concern, concern_of, normalise
from monitor.events.look import LOOKED_INTO

JUDGED: frozenset[Concern] = frozenset(
    {
        Concern.POLICY,
        Concern.POLICY_TWIN,
        Concern.LOCATION,
        Concern.STRENGTH,
        Concern.SECURITY_DEFAULTS,
        Concern.METHODS_POLICY,
        Concern.MFA_SERVICE,
        Concern.PER_USER_MFA,
        Concern.ACCOUNT,
        Concern.SECURITY_INFO,
        Concern.GROUP,
        Concern.GROUP_SETTINGS,
        Concern.FIRST_FACTOR,
        Concern.ROLE,
        Concern.PIM,
        Concern.ELEVATE,
        Concern.APP,
        Concern.CONTEXT,
        Concern.RISK,
        Concern.DEVICE,
        Concern.SELF_SERVICE_RESET,
        Concern.FEDERATION,
        Concern.CERTIFICATE,
        Concern.CROSS_TENANT,
        Concern.AUTHORIZATION,
        Concern.LICENCE,
        Concern.DELEGATION,
    }
)
"""The concerns some rule or clock looks at; records of the others are counted, not built."""

UNJUDGED: frozenset[str] = frozenset(
    map(
        normalise,
        """
        Access approved
        Access removed
        Add app role assignment grant to user
        Add app role assignment to group
        Add application
        Add group
        Add member to administrative unit
        Add member to restricted management administrative unit
        Add owner to group
        Add owner to policy
        Add partner to company
        Add permission grant policy
        Add user sponsor
        Add user to feature rollout
        Adding allowed assignable roles
        Approve request - direct role assignment
        Blocked from self-service password reset
        Cancel request
        Cancel request for role removal
        Cancel request for role update
        Change user license
        ConfirmAccountCompromised
        ConfirmAccountSafe
        ConfirmCompromised
        ConfirmSafe
        Delete administrative unit
        Delete permission grant policy
        Demote partner
        Disable password writeback for directory
        DismissRisk
        DismissUser
        Enable password writeback for directory
        Finish applying group based license to user
        PIM activation request expired
        Process request
        Process role removal request
        Process role update request
        Promote company to partner
        Register device
        Remove app role assignment from group
        Remove app role assignment from user
        Remove member from administrative unit
        Remove owner from group
        Remove owner from policy
        Remove partner from company
        Remove policy credentials
        Remove request
        Remove user from feature rollout
        Remove user sponsor
        Request approved
        Resource updated
        Self-service password reset flow activity progress
        Set group license
        Set group to be managed by user
        Set Partnership
        Set user manager
        Start applying group based license to users
        Trigger group license recalculation
        Unlock user account (self-service)
        Unregister device
        Update administrative unit
        Update attribute
        Update NotificationSettings
        Update permission grant policy
        Update StsRefreshTokenValidFrom Timestamp
        Updating allowed assignable roles
        User started password change
        User started password reset
        """.strip().splitlines(),
    )
)
"""Activities of judged concerns that no rule looks at: steps, grants to people, licences, units."""

UNJUDGED_WORDS = (" requested (", " canceled (")
"""Steps of a PIM request: what becomes of it has its own record."""

AUDIT_CATEGORY = "auditlogs"
"""The log category of directory audit records, case folded; a shared hub carries others too."""


class Verdict(Enum):
    """What to do with a record, by its names alone."""

    BUILD = "build"
    LOOK_INSIDE = "look inside"
    COUNT = "count"
    PUZZLE = "not an Event Hub record, or one without a name"


@lru_cache(maxsize=8192)
def verdict_on(category: str, operation: str, activity: str) -> Verdict:
    """Return what to do with a record of these names: `category`, `operationName`, display name.

    Records of other logs on a shared hub are counted. Graph's and Log Analytics' records carry
    the directory's category and none of these names.
    """
    is_audit = category.casefold() == AUDIT_CATEGORY or (activity != "" and category == "")
    if not is_audit:
        return Verdict.COUNT if category and operation else Verdict.PUZZLE
    if not (activity or operation):
        return Verdict.PUZZLE
    return verdict_on_activity(operation, activity)


def verdict_on_activity(operation: str, activity: str) -> Verdict:
    """Return what to do with an audit record of these names (`operationName`, display name).

    The display name is the one that counts; where the two disagree, the record is kept if either
    is judged, so that a relabelled record is not lost.
    """
    judged = [name for name in (activity, operation) if name and _is_judged(name)]
    if not judged:
        return Verdict.COUNT
    looked_into = all(normalise(name) in LOOKED_INTO for name in judged)
    return Verdict.LOOK_INSIDE if looked_into else Verdict.BUILD


def _is_judged(name: str) -> bool:
    level = normalise(name)
    step = level in UNJUDGED or any(word in level for word in UNJUDGED_WORDS)
    return concern_of(name) in JUDGED and not step
