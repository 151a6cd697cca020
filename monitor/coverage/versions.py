"""Policies as the engine sees them: scope and demand, with defaults and per-user MFA among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from monitor.coverage.demand import BLOCK, MFA, Demand, demand
from monitor.coverage.formula import (
    CLIENT,
    NEEDED,
    RESOURCE,
    SUITE,
    TARGET,
    USER,
    Formula,
    every,
    fact,
    negated,
    some,
)
from monitor.coverage.scope import ACTION, CONTEXT, HUMAN, LEGACY, all_users, scope
from monitor.coverage.world import Meaning, service_ips
from monitor.posture.policy import ConditionalAccessPolicy
from monitor.posture.posture import Posture

AZURE_MANAGEMENT: Final = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
ADMIN_ROLES: Final = (
    "62e90394-69f5-4237-9190-012177145e10",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    "b0f54661-2d74-4c50-afa3-1ec803f12efe",
    "158c047a-c907-4556-b7ef-446551a6b5f7",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "966707d0-3269-4727-9be2-8c3a10f19b9d",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
)
"""Roles of which security defaults always demand MFA (Microsoft, "Security defaults")."""
DEFAULTS: Final = "security defaults"
PER_USER: Final = "per-user MFA of "
WHEN_NEEDED: Final = "Microsoft finds that MFA is needed"

_APP: Final = negated(some((fact(TARGET, ACTION), fact(TARGET, CONTEXT))))
_BLOCKS: Final = Demand(operator="OR", block=True)
_ASKS_MFA: Final = Demand(operator="OR", controls=frozenset({MFA}))


@dataclass(frozen=True, slots=True)
class Version:
    """One enforced policy: where it applies and what it demands there.

    `policy` is the id of the Conditional Access policy, or a name of ours for defaults and
    per-user MFA.
    """

    policy: str
    name: str
    applies: Formula
    demand: Demand


def version(policy: ConditionalAccessPolicy, meaning: Meaning) -> Version | None:
    """Return the policy's version, or None where it is not enforced or demands nothing."""
    if not policy.enforced:
        return None
    wanted = demand(policy, meaning)
    if wanted is None:
        return None
    return Version(policy.id, policy.name, scope(policy, meaning), wanted)


def others(posture: Posture, meaning: Meaning) -> Iterator[Version]:
    """Security defaults and per-user MFA, as policies like any other."""
    if posture.security_defaults:
        yield from _security_defaults(meaning)
    trusted = service_ips(posture.world.service)
    for user, state in sorted(posture.per_user_mfa.items()):
        yield _per_user(posture, user, state, trusted)


def _security_defaults(meaning: Meaning) -> Iterator[Version]:
    """Block legacy clients; MFA of administrators, for Azure management, else when needed."""
    human = every((HUMAN, all_users(), _APP))
    admins = some(meaning.role(role) for role in ADMIN_ROLES)
    azure = some((fact(RESOURCE, AZURE_MANAGEMENT), fact(SUITE, "MicrosoftAdminPortals")))
    needed = fact(NEEDED, WHEN_NEEDED)
    for applies, wanted in (
        (every((human, LEGACY)), _BLOCKS),
        (every((human, admins)), _ASKS_MFA),
        (every((human, azure)), _ASKS_MFA),
        (every((human, needed)), _ASKS_MFA),
    ):
        yield Version(DEFAULTS, "Security defaults", applies, wanted)


def _per_user(posture: Posture, user: str, state: str, trusted: Formula) -> Version:
    """`enabled` leaves legacy clients alone until the user has registered; `enforced` does not."""
    parts = [HUMAN, _APP, fact(USER, user), negated(trusted)]
    if state == "enabled":
        parts.append(some((fact(CLIENT, "browser"), fact(CLIENT, "mobileAppsAndDesktopClients"))))
    name = f"Per-user MFA of {posture.name_of(user)}"
    return Version(PER_USER + user, name, every(parts), _ASKS_MFA)


__all__ = ["ADMIN_ROLES", "BLOCK", "DEFAULTS", "Version", "others", "version"]
