"""Emergency-access accounts and lock-outs: the changes that keep the right people out.

Accounts are never guessed by name. Candidates are what every broad policy excludes; only accounts
the operator has confirmed lead to a lock-out finding (Microsoft, "Manage emergency access
accounts in Microsoft Entra ID").
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import reduce

from monitor.coverage.evaluate import Judge
from monitor.coverage.signin import SignIn
from monitor.posture.policy import USER_WORDS, ConditionalAccessPolicy
from monitor.posture.posture import Posture


@dataclass(frozen=True, slots=True)
class Candidates:
    """Accounts and groups that every enforced policy for all users leaves out; ids, sorted."""

    users: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LockOut:
    """Somebody who may no longer get in: `subject` is a name, `subject_id` an id or empty."""

    subject: str
    subject_id: str
    policy: str
    policy_id: str
    reason: str


class Reach(Enum):
    """Whether a policy reaches an account, as far as memberships are known."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"


def candidates(posture: Posture) -> Candidates:
    """Return the intersection of the exclusions of all enforced policies for all users."""
    broad = [
        policy
        for policy in posture.policies.values()
        if policy.enforced
        and policy.grant_controls
        and "All" in policy.conditions.users.include_users
    ]
    if not broad:
        return Candidates((), ())
    users = reduce(frozenset.intersection, (_spared(policy, posture) for policy in broad))
    groups = reduce(
        frozenset.intersection,
        (frozenset(policy.conditions.users.exclude_groups) for policy in broad),
    )
    return Candidates(tuple(sorted(users)), tuple(sorted(groups)))


def _spared(policy: ConditionalAccessPolicy, posture: Posture) -> frozenset[str]:
    """Accounts excluded by id or as known members of an excluded group."""
    users = policy.conditions.users
    groups = (posture.groups.get(id_) for id_ in users.exclude_groups)
    members = (group.members for group in groups if group is not None)
    return frozenset(users.exclude_users).difference(USER_WORDS).union(*members)


def reach(posture: Posture, policy: ConditionalAccessPolicy | None, account: str) -> Reach:
    """Whether an enforced policy that demands something reaches the account."""
    if policy is None or not policy.enforced or policy.grant_controls is None:
        return Reach.NO
    users = policy.conditions.users
    groups = frozenset((*users.include_groups, *users.exclude_groups))
    roles = frozenset((*users.include_roles, *users.exclude_roles))
    answers = {
        Judge(posture, SignIn(user=account, groups=some, roles=held)).users(users)
        for some, held in (
            (frozenset[str](), frozenset[str]()),
            (groups, roles),
            (frozenset(users.include_groups), frozenset(users.include_roles)),
            (frozenset(users.exclude_groups), frozenset(users.exclude_roles)),
        )
    }
    return Reach.UNKNOWN if len(answers) > 1 else Reach.YES if True in answers else Reach.NO


def lockouts(
    before: Posture,
    after: Posture,
    confirmed: Collection[str],
    external_only: Collection[str] = (),
) -> tuple[LockOut, ...]:
    """Return who a change may lock out.

    `confirmed` are ids of emergency-access accounts, `external_only` of users whose only second
    factor is External MFA.
    """
    return (
        *_dropped(before, after, confirmed),
        *_strength_demanded(before, after, external_only),
    )


def _dropped(before: Posture, after: Posture, confirmed: Collection[str]) -> Iterator[LockOut]:
    for account in sorted(id_.lower() for id_ in confirmed):
        for id_, policy in after.policies.items():
            if _closer(before, after, id_, account):
                name = after.name_of(account)
                reason = f"the emergency-access account {name} is no longer left out"
                yield LockOut(name, account, policy.name, id_, reason)


def _closer(before: Posture, after: Posture, id_: str, account: str) -> bool:
    """Whether the policy reaches the account now, or may where it certainly did not."""
    old = before.policies.get(id_)
    was, now = reach(before, old, account), reach(after, after.policies[id_], account)
    if now is Reach.YES:
        return was is not Reach.YES
    return now is Reach.UNKNOWN and was is Reach.NO and old is not None and old.enforced


def demands_strength(policy: ConditionalAccessPolicy | None) -> bool:
    """Whether the policy can be satisfied by an authentication strength only."""
    if policy is None or not policy.enforced or policy.grant_controls is None:
        return False
    grant = policy.grant_controls
    if grant.authentication_strength is None:
        return False
    alternatives = (*grant.built_in_controls, *grant.custom_authentication_factors)
    return grant.operator == "AND" or not (alternatives or grant.terms_of_use)


def _strength_demanded(
    before: Posture, after: Posture, external_only: Collection[str]
) -> Iterator[LockOut]:
    for id_, policy in after.policies.items():
        old = before.policies.get(id_)
        if not demands_strength(policy):
            continue
        for account in sorted(one.lower() for one in external_only):
            newly = not demands_strength(old) or reach(before, old, account) is not Reach.YES
            if newly and reach(after, policy, account) is Reach.YES:
                name = after.name_of(account)
                reason = f"{name} has External MFA only, which satisfies no strength"
                yield LockOut(name, account, policy.name, id_, reason)
        if not demands_strength(old) and _only_external(after):
            reason = "External MFA is the only second factor switched on, and satisfies no strength"
            yield LockOut("users with External MFA only", "", policy.name, id_, reason)


def _only_external(posture: Posture) -> bool:
    """No method but External MFA that could satisfy a strength is enabled.

    Records may have told of single methods only: the policy as a whole lists Authenticator.
    """
    methods = posture.world.methods
    listed = methods.authentication_method_configurations if methods else ()
    if not any(method.id.lower() == "microsoftauthenticator" for method in listed):
        return False
    enabled = [
        method
        for method in listed
        if method.state == "enabled" and method.id.lower() not in {"email", "qrcodepin"}
    ]
    return bool(enabled) and all(method.external for method in enabled)
