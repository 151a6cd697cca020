"""Two postures made comparable: what only one of them tells of is not thereby absent in the other.

A file without `namedLocations` says nothing about locations; it does not say that there are none.
"""

from collections.abc import Iterator
from typing import Final

from monitor.coverage.filters import readable
from monitor.posture.document import DocumentKind
from monitor.posture.policy import ConditionalAccessPolicy, Filter
from monitor.posture.posture import Posture

_MEANINGS: Final = (
    DocumentKind.LOCATION,
    DocumentKind.STRENGTH,
    DocumentKind.GROUP,
    DocumentKind.ROLE,
    DocumentKind.USER,
    DocumentKind.MFA_SERVICE,
    DocumentKind.METHODS_POLICY,
)
"""Kinds that say what the words of policies mean: carried over to the side that lacks them."""
_DEMANDS: Final = (
    DocumentKind.POLICY,
    DocumentKind.SECURITY_DEFAULTS,
    DocumentKind.PER_USER_MFA,
)
"""Kinds that demand something: where nobody tells of them they demand nothing, and we say so."""


def aligned(before: Posture, after: Posture) -> tuple[Posture, Posture]:
    """Return both postures, each with the kinds of meanings that only the other knows."""
    to_before, to_after = _lacking(before, after), _lacking(after, before)
    old = before.with_kinds_of(after, to_before) if to_before else before
    new = after.with_kinds_of(before, to_after) if to_after else after
    return old, new


def one_sided(before: Posture, after: Posture) -> Iterator[str]:
    """Say of which kinds only one side tells, and what the other was taken for."""
    carried = {*_lacking(before, after), *_lacking(after, before)}
    for kind in _MEANINGS:
        if kind in carried:
            yield f"{kind.value} on one side only: taken to be the same on the other"
    for kind in _DEMANDS:
        if (kind in before.complete) != (kind in after.complete):
            yield f"{kind.value} on one side only: what is not there demands nothing"


def _lacking(here: Posture, there: Posture) -> list[DocumentKind]:
    """Kinds of meanings completely known there, and of which nothing is known here."""
    missing = (there.complete - here.complete).intersection(_MEANINGS)
    if not missing:
        return []
    known = {kind for kind, _ in here.documents}
    return [kind for kind in _MEANINGS if kind in missing and kind not in known]


def unreadable_rules(posture: Posture) -> Iterator[str]:
    """Filter rules that are not in the grammar, as `name (id): path`."""
    for id_, policy in posture.policies.items():
        for path, rule in _rules(policy):
            if rule is not None and rule.rule and not readable(rule.rule):
                yield f"{policy.name} ({id_}): {path}.rule"


def _rules(policy: ConditionalAccessPolicy) -> Iterator[tuple[str, Filter | None]]:
    conditions = policy.conditions
    yield "conditions.applications.applicationFilter", conditions.applications.application_filter
    if conditions.devices is not None:
        yield "conditions.devices.deviceFilter", conditions.devices.device_filter
    if conditions.agents is not None:
        yield "conditions.agents.agentFilter", conditions.agents.agent_filter
    apps = conditions.client_applications
    if apps is not None:
        path = "conditions.clientApplications."
        yield f"{path}servicePrincipalFilter", apps.service_principal_filter
        yield f"{path}agentIdServicePrincipalFilter", apps.agent_id_service_principal_filter
