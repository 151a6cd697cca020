"""When a policy applies: its conditions as a formula over the facts of a sign-in.

Doubtful points follow COVERAGE_SEMANTICS; where no document settles one, it is a free fact of the
dimension OPEN, so an answer that hangs on it is only possible. docs/coverage.md lists every rule
with its source and test.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from monitor.coverage.filters import read_rule
from monitor.coverage.formula import (
    AGENT_CONTEXT,
    AGENT_RISK,
    CLIENT,
    DEVICE,
    FALSE,
    FLOW,
    INSIDER_RISK,
    KIND,
    OPEN,
    PLATFORM,
    PRINCIPAL_RISK,
    RESOURCE,
    SIGN_IN_RISK,
    SUITE,
    TARGET,
    TENANT,
    TRUE,
    USER,
    USER_RISK,
    Formula,
    every,
    fact,
    negated,
    some,
)
from monitor.coverage.world import SUITES, Meaning
from monitor.posture.policy import (
    FLOWS,
    GUEST_KINDS,
    INSIDER_RISKS,
    RISKS,
    Agents,
    Applications,
    ClientApplications,
    ConditionalAccessPolicy,
    Conditions,
    Devices,
    DeviceStates,
    Filter,
    GuestsOrExternalUsers,
    Locations,
    Platforms,
    Users,
)

WORKLOAD: Final = "workload"
AGENT_IDENTITY: Final = "agentIdentity"
AGENT_USER: Final = "agentUser"
MACHINES: Final = (WORKLOAD, AGENT_IDENTITY, AGENT_USER)
KINDS: Final = ("member", *GUEST_KINDS, *MACHINES)
LEGACY_CLIENTS: Final = ("exchangeActiveSync", "other")
ACTION: Final = "action"
CONTEXT: Final = "context"
DOUBTFUL_KINDS: Final = ("b2bDirectConnectUser", "serviceProvider")
"""Whether `All` users reaches them is open."""
ALL_REACHES: Final = "All users covers "
ALL_CONTEXTS: Final = "All resources covers authentication contexts"

HUMAN: Final = negated(some(fact(KIND, kind) for kind in MACHINES))
LEGACY: Final = some(fact(CLIENT, client) for client in LEGACY_CLIENTS)


def scope(policy: ConditionalAccessPolicy, meaning: Meaning) -> Formula:
    """Return the formula of the sign-ins the policy applies to, whatever its state."""
    conditions = policy.conditions
    return every(
        (
            who(conditions, meaning),
            what(conditions.applications),
            _clients(conditions.client_app_types),
            _platforms(conditions.platforms),
            _locations(conditions.locations, meaning),
            _devices(conditions.devices),
            _device_states(conditions.device_states),
            _risks(conditions),
            _flows(conditions),
            _agent_context(conditions),
        )
    )


def who(conditions: Conditions, meaning: Meaning) -> Formula:
    """Who signs in: people, workload identities, agents; each by conditions of its own."""
    parts = [_users(conditions.users, meaning)]
    if conditions.client_applications is not None:
        parts.append(_workloads(conditions.client_applications))
        parts.append(_agent_identities(conditions.client_applications))
    if conditions.agents is not None:
        parts.append(_agent_users(conditions.agents))
    return some(parts)


def _users(users: Users, meaning: Meaning) -> Formula:
    included = some(
        (
            *(_user_word(word, all_=all_users()) for word in users.include_users),
            *(meaning.group(id_) for id_ in users.include_groups),
            *(meaning.role(id_) for id_ in users.include_roles),
            _guests(users.include_guests_or_external_users),
        )
    )
    excluded = some(
        (
            *(_user_word(word, all_=TRUE) for word in users.exclude_users),
            *(meaning.group(id_) for id_ in users.exclude_groups),
            *(meaning.role(id_) for id_ in users.exclude_roles),
            _guests(users.exclude_guests_or_external_users),
        )
    )
    return every((HUMAN, included, negated(excluded)))


def all_users() -> Formula:
    """B2B guests are in the directory; direct connect users and service providers may not count."""
    return every(
        some((negated(fact(KIND, kind)), fact(OPEN, ALL_REACHES + kind))) for kind in DOUBTFUL_KINDS
    )


def _user_word(word: str, *, all_: Formula) -> Formula:
    if word == "All":
        return all_
    if word == "None":
        return FALSE
    if word == "GuestsOrExternalUsers":
        return some(fact(KIND, kind) for kind in GUEST_KINDS)
    return fact(USER, word)


def _guests(guests: GuestsOrExternalUsers | None) -> Formula:
    if guests is None:
        return FALSE
    kinds = [kind for kind in guests.guest_or_external_user_types if kind in GUEST_KINDS]
    tenants = guests.external_tenants
    if not tenants.members:
        return some(fact(KIND, kind) for kind in kinds)
    external = some(fact(KIND, kind) for kind in kinds if kind != "internalGuest")
    return every((external, some(fact(TENANT, tenant) for tenant in tenants.members)))


def _principals(words: Iterable[str]) -> Formula:
    everything = {"All", "ServicePrincipalsInMyTenant"}
    return some(
        TRUE if word in everything else FALSE if word == "None" else fact(USER, word)
        for word in words
    )


def _filtered(rule: Filter | None, included: Formula, excluded: Formula) -> Formula:
    """A filter in include mode adds what matches, in exclude mode takes it away."""
    if rule is not None and rule.rule:
        matches = read_rule(rule.rule)
        if rule.mode == "exclude":
            excluded = some((excluded, matches))
        else:
            included = some((included, matches))
    return every((included, negated(excluded)))


def _workloads(apps: ClientApplications) -> Formula:
    included = _principals(apps.include_service_principals)
    excluded = _principals(apps.exclude_service_principals)
    rule = apps.service_principal_filter
    return every((fact(KIND, WORKLOAD), _filtered(rule, included, excluded)))


def _agent_identities(apps: ClientApplications) -> Formula:
    included = _principals(apps.include_agent_id_service_principals)
    excluded = _principals(apps.exclude_agent_id_service_principals)
    rule = apps.agent_id_service_principal_filter
    return every((fact(KIND, AGENT_IDENTITY), _filtered(rule, included, excluded)))


def _agent_users(agents: Agents) -> Formula:
    included = _principals(agents.include_agent_users)
    excluded = _principals(agents.exclude_agent_users)
    return every((fact(KIND, AGENT_USER), _filtered(agents.agent_filter, included, excluded)))


def what(apps: Applications) -> Formula:
    """`All` resources covers no user action; authentication contexts are open."""
    app = negated(some((fact(TARGET, ACTION), fact(TARGET, CONTEXT))))
    included = some(_resource(word) for word in apps.include_applications)
    excluded = some(_resource(word) for word in apps.exclude_applications)
    everything = FALSE
    if "All" in apps.include_applications:
        everything = every((fact(TARGET, CONTEXT), fact(OPEN, ALL_CONTEXTS)))
    return some(
        (
            every((app, _filtered(apps.application_filter, included, excluded))),
            everything,
            *(_target(ACTION, action) for action in apps.include_user_actions),
            *(
                _target(CONTEXT, context)
                for context in apps.include_authentication_context_class_references
            ),
        )
    )


def _resource(word: str) -> Formula:
    if word == "All":
        return TRUE
    if word == "None":
        return FALSE
    return fact(SUITE, word) if word in SUITES else fact(RESOURCE, word)


def _target(kind: str, name: str) -> Formula:
    return every((fact(TARGET, kind), fact(RESOURCE, f"{kind}:{name}")))


def _clients(words: Sequence[str]) -> Formula:
    if not words or "all" in words:
        return TRUE
    names = {"exchangeActiveSync" if word == "easSupported" else word for word in words}
    return some(fact(CLIENT, name) for name in sorted(names))


def _within(included: Formula, excluded: Formula, *, limited: bool) -> Formula:
    return every((included if limited else TRUE, negated(excluded)))


def _platforms(platforms: Platforms | None) -> Formula:
    """`all` covers the unknown platform; a list of all six names does not."""
    if platforms is None:
        return TRUE

    def named(words: Iterable[str]) -> Formula:
        return some(TRUE if word == "all" else fact(PLATFORM, word) for word in words)

    include = platforms.include_platforms
    return _within(named(include), named(platforms.exclude_platforms), limited=bool(include))


def _locations(locations: Locations | None, meaning: Meaning) -> Formula:
    if locations is None:
        return TRUE

    def named(words: Iterable[str]) -> Formula:
        return some(TRUE if word == "All" else meaning.location(word) for word in words)

    include = locations.include_locations
    return _within(named(include), named(locations.exclude_locations), limited=bool(include))


_STATES: Final = {
    "All": TRUE,
    "Compliant": fact(DEVICE, "compliant"),
    "DomainJoined": fact(DEVICE, "hybrid"),
}


def _states(included: Sequence[str], excluded: Sequence[str]) -> Formula:
    inner = some(_STATES.get(word, FALSE) for word in included)
    outer = some(_STATES.get(word, FALSE) for word in excluded)
    return _within(inner, outer, limited=bool(included))


def _devices(devices: Devices | None) -> Formula:
    if devices is None:
        return TRUE
    parts = [
        _states(devices.include_devices, devices.exclude_devices),
        _states(devices.include_device_states, devices.exclude_device_states),
    ]
    rule = devices.device_filter
    if rule is not None and rule.rule:
        matches = read_rule(rule.rule)
        parts.append(negated(matches) if rule.mode == "exclude" else matches)
    return every(parts)


def _device_states(states: DeviceStates | None) -> Formula:
    return TRUE if states is None else _states(states.include_states, states.exclude_states)


def _levels(dimension: str, words: Sequence[str], known: Sequence[str]) -> Formula:
    """An empty list limits nothing; `none` is a sign-in without any of the levels."""
    if not words:
        return TRUE
    named: Callable[[str], Formula] = lambda word: fact(dimension, word)  # noqa: E731  # one use
    parts = [named(word) for word in words if word in known]
    if "none" in words:
        parts.append(negated(some(named(word) for word in known)))
    return some(parts)


def _risks(conditions: Conditions) -> Formula:
    return every(
        (
            _levels(SIGN_IN_RISK, conditions.sign_in_risk_levels, RISKS),
            _levels(USER_RISK, conditions.user_risk_levels, RISKS),
            _levels(PRINCIPAL_RISK, conditions.service_principal_risk_levels, RISKS),
            _levels(AGENT_RISK, conditions.agent_id_risk_levels, RISKS),
            _levels(INSIDER_RISK, conditions.insider_risk_levels, INSIDER_RISKS),
        )
    )


def _flows(conditions: Conditions) -> Formula:
    flows = conditions.authentication_flows
    if flows is None:
        return TRUE
    named = [word for word in flows.transfer_methods if word in FLOWS]
    return some(fact(FLOW, word) for word in named) if named else TRUE


def _agent_context(conditions: Conditions) -> Formula:
    context = conditions.agent_context
    if context is None:
        return TRUE
    included = some(fact(AGENT_CONTEXT, word) for word in context.include_agent_contexts)
    excluded = some(fact(AGENT_CONTEXT, word) for word in context.exclude_agent_contexts)
    return _within(included, excluded, limited=bool(context.include_agent_contexts))
