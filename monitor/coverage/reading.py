"""Reads a policy's conditions for one concrete sign-in: the first half of the plain interpreter.

Written straight from the policies, without formulas or solver; evaluate.py adds the proof.
"""

from collections.abc import Callable, Iterable, Mapping

from monitor.coverage.filters import read_rule
from monitor.coverage.formula import Every, Formula, Is, Not, Some
from monitor.coverage.scope import (
    ALL_CONTEXTS,
    ALL_REACHES,
    DOUBTFUL_KINDS,
    MACHINES,
)
from monitor.coverage.signin import SignIn
from monitor.coverage.world import OTHER_TRUSTED, SUITES, UNKNOWN_COUNTRY
from monitor.posture.document import DocumentKind
from monitor.posture.parts import MFA_TRUSTED_IPS, Group, Interval, NamedLocation, Role
from monitor.posture.policy import (
    GUEST_KINDS,
    Agents,
    Applications,
    ClientApplications,
    ConditionalAccessPolicy,
    Conditions,
    Devices,
    DeviceStates,
    Filter,
    GuestsOrExternalUsers,
    Users,
)
from monitor.posture.posture import Posture

Test = Callable[[str], bool]


class Reader:
    """Whether policies apply to one sign-in in one posture."""

    def __init__(self, posture: Posture, signin: SignIn) -> None:
        self.posture = posture
        self.signin = signin

    # who

    def _human(self) -> bool:
        return self.signin.kind not in MACHINES

    def _member_of(self, id_: str, table: Mapping[str, Group | Role], free: bool) -> bool:
        """Known members belong, known others do not, and the sign-in says the rest."""
        members = table.get(id_)
        if members is None:
            return free
        user, groups = self.signin.user, self.posture.groups
        return self._belongs(members, user, groups, {id_}, free)

    def _belongs(
        self,
        members: Group | Role,
        user: str | None,
        groups: Mapping[str, Group],
        seen: set[str],
        free: bool,
    ) -> bool:
        if user is not None and user in members.members:
            return True
        for inner in members.member_groups - seen:
            seen.add(inner)
            group = groups.get(inner)
            belongs = inner in self.signin.groups
            if group is None:
                if belongs:
                    return True
            elif self._belongs(group, user, groups, seen, belongs):
                return True
        told = isinstance(members, Group) or bool(members.members or members.member_groups)
        whole = members.members_complete and told  # an empty role may have eligible holders
        return free and not whole and user not in members.non_members

    def _group(self, id_: str) -> bool:
        return self._member_of(id_, self.posture.groups, id_ in self.signin.groups)

    def _role(self, id_: str) -> bool:
        return self._member_of(id_, self.posture.world.roles, id_ in self.signin.roles)

    def _guests(self, guests: GuestsOrExternalUsers | None) -> bool:
        if guests is None or self.signin.kind not in guests.guest_or_external_user_types:
            return False
        listed = guests.external_tenants.members
        if not listed:
            return True
        return self.signin.kind != "internalGuest" and self.signin.tenant in listed

    def _named_user(self, word: str, *, including: bool) -> bool:
        kind = self.signin.kind
        if word == "All":
            doubtful = including and kind in DOUBTFUL_KINDS
            return not doubtful or ALL_REACHES + kind in self.signin.open_points
        if word == "GuestsOrExternalUsers":
            return kind in GUEST_KINDS
        return word == self.signin.user

    def users(self, users: Users) -> bool:
        """Whether the user condition includes the account and does not exclude it."""
        if not self._human():
            return False
        included = (
            any(self._named_user(word, including=True) for word in users.include_users)
            or any(map(self._group, users.include_groups))
            or any(map(self._role, users.include_roles))
            or self._guests(users.include_guests_or_external_users)
        )
        return included and not (
            any(self._named_user(word, including=False) for word in users.exclude_users)
            or any(map(self._group, users.exclude_groups))
            or any(map(self._role, users.exclude_roles))
            or self._guests(users.exclude_guests_or_external_users)
        )

    def _principals(
        self, included: Iterable[str], excluded: Iterable[str], rule: Filter | None
    ) -> bool:
        def named(words: Iterable[str]) -> bool:
            everything = {"All", "ServicePrincipalsInMyTenant"}
            return any(word in everything or word == self.signin.user for word in words)

        inside, outside = named(included), named(excluded)
        return self._filtered(rule, inside, outside)

    def _filtered(self, rule: Filter | None, inside: bool, outside: bool) -> bool:
        if rule is not None and rule.rule:
            matches = self._matches(rule.rule)
            if rule.mode == "exclude":
                outside = outside or matches
            else:
                inside = inside or matches
        return inside and not outside

    def _who(self, conditions: Conditions) -> bool:
        return (
            self.users(conditions.users)
            or self._client_applications(conditions.client_applications)
            or self._agent_users(conditions.agents)
        )

    def _client_applications(self, apps: ClientApplications | None) -> bool:
        if apps is None:
            return False
        if self.signin.kind == "workload":
            return self._principals(
                apps.include_service_principals,
                apps.exclude_service_principals,
                apps.service_principal_filter,
            )
        return self.signin.kind == "agentIdentity" and self._principals(
            apps.include_agent_id_service_principals,
            apps.exclude_agent_id_service_principals,
            apps.agent_id_service_principal_filter,
        )

    def _agent_users(self, agents: Agents | None) -> bool:
        if agents is None or self.signin.kind != "agentUser":
            return False
        return self._principals(
            agents.include_agent_users, agents.exclude_agent_users, agents.agent_filter
        )

    # what

    def _resource(self, word: str) -> bool:
        if word in SUITES:
            return word in self.signin.suites or self.signin.resource in SUITES[word]
        return word in {"All", self.signin.resource}

    def _what(self, apps: Applications) -> bool:
        target = self.signin.target
        if target == "action":
            return any(f"action:{a}" == self.signin.resource for a in apps.include_user_actions)
        if target == "context":
            named = apps.include_authentication_context_class_references
            everything = "All" in apps.include_applications
            return any(f"context:{c}" == self.signin.resource for c in named) or (
                everything and ALL_CONTEXTS in self.signin.open_points
            )
        inside = any(map(self._resource, apps.include_applications))
        outside = any(map(self._resource, apps.exclude_applications))
        return self._filtered(apps.application_filter, inside, outside)

    # where and how

    def _matches(self, rule: str) -> bool:
        return self._holds(read_rule(rule))

    def _holds(self, formula: Formula) -> bool:
        match formula:
            case Is((_, value)):
                return value in self.signin.terms or value in self.signin.device
            case Not(of):
                return not self._holds(of)
            case Every(parts):
                return all(map(self._holds, parts))
            case Some(parts):
                return any(map(self._holds, parts))

    def _located(self, word: str) -> bool:
        if word == "All":
            return True
        if word == "AllTrusted":
            return self._trusted()
        if word == MFA_TRUSTED_IPS:
            return self._service_ips(otherwise=word in self.signin.places)
        location = self.posture.locations.get(word)
        return word in self.signin.places if location is None else self._inside(location, word)

    def _trusted(self) -> bool:
        known = any(
            self._inside(location, id_)
            for id_, location in self.posture.locations.items()
            if location.is_trusted
        )
        whole = DocumentKind.LOCATION in self.posture.complete
        unseen = not whole and OTHER_TRUSTED in self.signin.places
        return known or unseen or self._service_ips(otherwise=False)

    def _service_ips(self, *, otherwise: bool) -> bool:
        service = self.posture.world.service
        if service is None:
            return otherwise
        skipped = service.skip_from_intranet and self.signin.intranet
        return skipped or self._within(service.intervals)

    def _within(self, intervals: Iterable[Interval]) -> bool:
        if self.signin.address is None:
            return False
        version, number = self.signin.address
        return any(version == v and low <= number <= high for v, low, high in intervals)

    def _inside(self, location: NamedLocation, id_: str) -> bool:
        if location.compliant_network_type:
            return self.signin.compliant_network
        if location.intervals:
            return self._within(location.intervals)
        if not location.is_country:
            return "ip_ranges" not in location.model_fields_set and id_ in self.signin.places
        gps = location.country_lookup_method == "authenticatorAppGps"
        country = self.signin.gps if gps else self.signin.country
        unknown = location.include_unknown_countries_and_regions and country == UNKNOWN_COUNTRY
        return unknown or country in {code.upper() for code in location.countries_and_regions}

    def _state(self, word: str) -> bool:
        facts = {"Compliant": "compliant", "DomainJoined": "hybrid"}
        return word == "All" or facts.get(word) in self.signin.device

    def _devices(self, devices: Devices) -> bool:
        rule = devices.device_filter
        filtered = rule is None or not rule.rule
        if rule is not None and rule.rule:
            filtered = self._matches(rule.rule) is (rule.mode != "exclude")
        return (
            filtered
            and _listed(devices.include_devices, devices.exclude_devices, self._state)
            and _listed(devices.include_device_states, devices.exclude_device_states, self._state)
        )

    def _device_states(self, states: DeviceStates) -> bool:
        return _listed(states.include_states, states.exclude_states, self._state)

    def _how(self, conditions: Conditions) -> bool:
        signin, locations, platforms = self.signin, conditions.locations, conditions.platforms
        flows, context = conditions.authentication_flows, conditions.agent_context
        return (
            self._client(conditions.client_app_types)
            and (
                platforms is None
                or _listed(
                    platforms.include_platforms,
                    platforms.exclude_platforms,
                    lambda word: word in {"all", signin.platform},
                )
            )
            and (
                locations is None
                or _listed(locations.include_locations, locations.exclude_locations, self._located)
            )
            and (conditions.devices is None or self._devices(conditions.devices))
            and (conditions.device_states is None or self._device_states(conditions.device_states))
            and (
                flows is None
                or not set(flows.transfer_methods) - {"none"}
                or signin.flow in flows.transfer_methods
            )
            and (
                context is None
                or _listed(
                    context.include_agent_contexts,
                    context.exclude_agent_contexts,
                    lambda word: word in signin.agent_contexts,
                )
            )
        )

    def _client(self, words: Iterable[str]) -> bool:
        named = {"exchangeActiveSync" if word == "easSupported" else word for word in words}
        return not named or bool(named & {"all", self.signin.client})

    def _risks(self, conditions: Conditions) -> bool:
        signin = self.signin
        pairs = (
            (conditions.sign_in_risk_levels, signin.sign_in_risk),
            (conditions.user_risk_levels, signin.user_risk),
            (conditions.service_principal_risk_levels, signin.principal_risk),
            (conditions.agent_id_risk_levels, signin.agent_risk),
            (conditions.insider_risk_levels, signin.insider_risk),
        )
        return all(not levels or (risk or "none") in levels for levels, risk in pairs)

    def applies(self, policy: ConditionalAccessPolicy) -> bool:
        """Whether the policy's conditions hold, whatever its state."""
        conditions = policy.conditions
        return (
            self._who(conditions)
            and self._what(conditions.applications)
            and self._how(conditions)
            and self._risks(conditions)
        )


def _listed(included: Iterable[str], excluded: Iterable[str], holds: Test) -> bool:
    """An empty list of inclusions includes everything."""
    inside = list(included)
    return (not inside or any(map(holds, inside))) and not any(map(holds, excluded))
