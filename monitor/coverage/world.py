"""What the words in a policy mean in one tenant: groups, roles, locations, strengths, suites."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from monitor.coverage.formula import (
    COMPLIANT_NETWORK,
    COUNTRY,
    FALSE,
    GPS,
    GROUP,
    INTRANET,
    KNOWN,
    NETWORK,
    PLACE,
    ROLE,
    Formula,
    fact,
    some,
)
from monitor.coverage.proofs import BUILT_IN_STRENGTHS, Combination, combination
from monitor.posture.document import DocumentKind
from monitor.posture.parts import MFA_TRUSTED_IPS, Group, MfaServiceSettings, NamedLocation, Role
from monitor.posture.policy import APP_WORDS, Applications, StrengthReference
from monitor.posture.posture import World

UNKNOWN_COUNTRY: Final = "unknown"
OTHER_TRUSTED: Final = "trusted"
"""Some trusted location that nobody told us of."""

SUITES: Final = {
    "Office365": frozenset(
        {
            "00000002-0000-0ff1-ce00-000000000000",
            "00000003-0000-0ff1-ce00-000000000000",
            "00000004-0000-0ff1-ce00-000000000000",
            "00000005-0000-0ff1-ce00-000000000000",
            "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
            "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",
            "8c59ead7-d703-4a27-9e55-c96a0054c8d2",
            "c9a559d2-7aab-4f13-a6ed-e7e9c52aec87",
            "09abbdfd-ed23-44ee-a2d9-a627aa1c90f3",
            "2634dd23-5e5a-431c-81ca-11710d9079f4",
            "57fb890c-0dab-4253-a5e0-7188c88b2bb4",
            "61109738-7d2b-4a0b-9fe3-660b1ff83505",
            "94c63fef-13a3-47bc-8074-75af8c65887a",
            "b4bddae8-ab25-483e-8670-df09b9f1d0ea",
            "ab9b8c07-8f02-4f72-87fa-80105867a763",
        }
    ),
    "MicrosoftAdminPortals": frozenset(
        {
            "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
            "497effe9-df71-4043-a8bb-14cf78c4b63b",
            "00000006-0000-0ff1-ce00-000000000000",
            "80ccca67-54bd-44ab-8625-4b79c4dc7775",
            "5926fc8e-304e-4f59-8bed-58ca97cc39a4",
        }
    ),
    "AllAgentIdResources": frozenset(),
}
"""Suites and the members we know by id; a suite always has others.

Sources: Microsoft, "Apps included in Conditional Access Office 365 app suite" and "Conditional
Access: Target resources" (Microsoft Admin Portals: portals, not Azure Resource Manager).
"""

NO_MEMBERS: Final = {
    "MicrosoftAdminPortals": frozenset({"797f4846-ba00-4fd7-ba43-dac1f8f63013"}),
}
"""Resources a page says are not in the suite: the Windows Azure Service Management API."""


def beside(apps: Applications) -> frozenset[tuple[str, str]]:
    """Return (suite, application id) for what a policy names beside a suite.

    Whoever takes an application out of a suite, or adds it, may know that it belongs there; the
    members we list are not all. So such an id may be in the suite, unless we know better.
    """
    words = (*apps.include_applications, *apps.exclude_applications)
    suites = [word for word in words if word in SUITES]
    ids = [word for word in words if word not in APP_WORDS]
    return frozenset(
        (suite, id_)
        for suite in suites
        for id_ in ids
        if id_ not in SUITES[suite] | NO_MEMBERS.get(suite, frozenset())
    )


@dataclass(frozen=True, slots=True)
class Accounts:
    """A set of users known by id; `label` is the group or role it came from."""

    label: str
    ids: frozenset[str]


def _nested(
    members: Group | Role, groups: dict[str, Group], seen: set[str]
) -> tuple[frozenset[str], set[str]]:
    """Users of the group and everything nested in it, and nested groups that may hold others."""
    users, loose = members.members, set[str]()
    for inner in members.member_groups - seen:
        seen.add(inner)
        group = groups.get(inner)
        if group is None or not _all_told(group):
            loose.add(inner)
        if group is not None:
            more, further = _nested(group, groups, seen)
            users |= more
            loose |= further
    return users, loose


def _all_told(members: Group | Role) -> bool:
    """Whether nobody belongs but who is listed.

    A role that nobody holds may still be one that somebody is eligible for.
    """
    listed = bool(members.members or members.member_groups)
    return members.members_complete and (listed or isinstance(members, Group))


class Meaning:
    """Formulas for the references a policy makes, under one World. Results are cached."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._cache: dict[tuple[str, str], Formula] = {}
        self._groups = dict(world.groups)

    def group(self, id_: str) -> Formula:
        """Membership in a group: known users, and a free fact where others may belong."""
        return self._cached(GROUP, id_, self.world.groups.get(id_))

    def role(self, id_: str) -> Formula:
        """Holding a directory role."""
        return self._cached(ROLE, id_, self.world.roles.get(id_))

    def _cached(self, dimension: str, id_: str, members: Group | Role | None) -> Formula:
        key = (dimension, id_)
        if key not in self._cache:
            self._cache[key] = self._membership(dimension, id_, members)
        return self._cache[key]

    def _membership(self, dimension: str, id_: str, members: Group | Role | None) -> Formula:
        if members is None:
            return fact(dimension, id_)
        users, loose = _nested(members, self._groups, {id_})
        parts = [fact(KNOWN, Accounts(id_, users))] if users else []
        if not _all_told(members):
            parts.append(fact(dimension, id_))
        parts.extend(fact(GROUP, inner) for inner in sorted(loose))
        return some(parts)

    def location(self, id_: str) -> Formula:
        """A sign-in from the named location."""
        if id_ == "AllTrusted":
            return self._all_trusted()
        if id_ == MFA_TRUSTED_IPS:
            return self._service_ips(fact(PLACE, MFA_TRUSTED_IPS))
        location = self.world.locations.get(id_)
        return fact(PLACE, id_) if location is None else _within(id_, location)

    def _service_ips(self, otherwise: Formula) -> Formula:
        service = self.world.service
        if service is None:
            return otherwise
        return service_ips(service)

    def _all_trusted(self) -> Formula:
        trusted = [
            _within(id_, location)
            for id_, location in self.world.locations.items()
            if location.is_trusted
        ]
        whole = DocumentKind.LOCATION in self.world.complete
        unseen = [] if whole else [fact(PLACE, OTHER_TRUSTED)]
        return some([*trusted, self._service_ips(FALSE), *unseen])

    def strength(self, reference: StrengthReference) -> frozenset[Combination] | None:
        """Combinations that satisfy the strength, or None where nobody told what it allows."""
        document = self.world.strengths.get(reference.id)
        if reference.id in BUILT_IN_STRENGTHS:
            return BUILT_IN_STRENGTHS[reference.id]
        if document is not None:
            return frozenset(combination(text) for text in document.allowed_combinations)
        if reference.allowed_combinations is not None:
            return frozenset(combination(text) for text in reference.allowed_combinations)
        return None

    def firm(self) -> Iterator[tuple[str, str, Collection[str]]]:
        """For each group and role with a free part: dimension, id, users certainly outside it."""
        for dimension, table in ((GROUP, self.world.groups), (ROLE, self.world.roles)):
            for id_, members in table.items():
                if members.non_members:
                    yield dimension, id_, members.non_members


def service_ips(service: MfaServiceSettings | None) -> Formula:
    """Where per-user MFA is skipped: trusted IPs, and for federated users the corporate network.

    The federation server says who is inside: a fact nobody can see (Microsoft, "Configure
    Microsoft Entra multifactor authentication settings", trusted IPs).
    """
    if service is None:
        return FALSE
    ranges = fact(NETWORK, service.intervals) if service.intervals else FALSE
    inside = fact(INTRANET, "the corporate network") if service.skip_from_intranet else FALSE
    return some((ranges, inside))


def _within(id_: str, location: NamedLocation) -> Formula:
    if location.compliant_network_type:
        return fact(COMPLIANT_NETWORK, True)
    if location.intervals:
        return fact(NETWORK, location.intervals)
    if location.is_country:
        dimension = GPS if location.country_lookup_method == "authenticatorAppGps" else COUNTRY
        countries = [code.upper() for code in location.countries_and_regions]
        if location.include_unknown_countries_and_regions:
            countries.append(UNKNOWN_COUNTRY)
        return some(fact(dimension, code) for code in countries)
    return FALSE if "ipRanges" in _given(location) else fact(PLACE, id_)


def _given(location: NamedLocation) -> set[str]:
    return {"ipRanges"} if "ip_ranges" in location.model_fields_set else set()
