"""Everything beside the policies that decides about a sign-in: places, people, strengths, switches.

Each class reads the body of one document kind; unknown members are kept like a policy's.
"""

import ipaddress
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator, JsonValue, ValidationError, field_validator

from monitor.errors import UnknownShape
from monitor.posture.policy import ENUMS, LOOKUPS, Wire, one_of
from monitor.posture.unheard import unknown_members, unknown_words
from monitor.posture.wire import learn, tidy

MFA_TRUSTED_IPS: Final = "00000000-0000-0000-0000-000000000000"
"""The id under which policies name the trusted IPs of the per-user MFA service settings."""

Interval = tuple[int, int, int]
"""IP version (4 or 6), first and last address as integers, both included."""


def interval(cidr: str) -> Interval:
    """Return the addresses of a CIDR range.

    Raises:
        ValueError: not an IPv4 or IPv6 range.
    """
    network = ipaddress.ip_network(cidr.strip(), strict=False)
    return network.version, int(network.network_address), int(network.broadcast_address)


def merged(intervals: list[Interval]) -> tuple[Interval, ...]:
    """Return the same addresses as sorted intervals that neither touch nor overlap."""
    result: list[Interval] = []
    for version, low, high in sorted(intervals):
        if result and result[-1][0] == version and low <= result[-1][2] + 1:
            result[-1] = (version, result[-1][1], max(high, result[-1][2]))
        else:
            result.append((version, low, high))
    return tuple(result)


def _cidrs(value: JsonValue) -> list[str]:
    """`ipRanges` holds objects with `cidrAddress`; a plain list of ranges is read too."""
    if not isinstance(value, list):
        raise ValueError("expected a list of ranges")  # noqa: TRY004  # pydantic reads ValueError
    found = [item.get("cidrAddress") if isinstance(item, Mapping) else item for item in value]
    ranges = [text for text in found if isinstance(text, str)]
    if len(ranges) != len(found):
        raise ValueError("a range without cidrAddress")
    for text in ranges:
        interval(text)
    return ranges


def _is_group(item: JsonValue) -> bool:
    return isinstance(item, Mapping) and str(item.get("type", "")).lower().endswith("group")


def _lower(value: JsonValue) -> list[str]:
    """Ids of members, given as texts or as objects with `id`."""
    if not isinstance(value, list):
        raise ValueError("expected a list of ids")  # noqa: TRY004  # pydantic reads ValueError
    found = [item.get("id") if isinstance(item, Mapping) else item for item in value]
    ids = [text.lower() for text in found if isinstance(text, str)]
    if len(ids) != len(found):
        raise ValueError("a member without id")
    return ids


LowerText = Annotated[str, BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v)]
Members = Annotated[frozenset[str], BeforeValidator(_lower)]
Ranges = Annotated[tuple[str, ...], BeforeValidator(_cidrs)]


class NamedLocation(Wire):
    """IP ranges, countries or the compliant network (Graph `namedLocation` and its kinds)."""

    id: LowerText = ""
    display_name: str = ""
    is_trusted: bool = False
    ip_ranges: Ranges = ()
    countries_and_regions: tuple[str, ...] = ()
    include_unknown_countries_and_regions: bool = False
    country_lookup_method: Annotated[str, one_of(*LOOKUPS)] = "clientIpAddress"
    compliant_network_type: Annotated[str, one_of("allTenantCompliantNetworks")] = ""

    @cached_property
    def intervals(self) -> tuple[Interval, ...]:
        """The addresses, merged; two ways to write the same ranges are equal."""
        return merged([interval(text) for text in self.ip_ranges])

    @property
    def is_country(self) -> bool:
        """A location that lists countries instead of addresses."""
        return bool(self.countries_and_regions) or self.include_unknown_countries_and_regions


class AuthenticationStrength(Wire):
    """`allowed_combinations` are comma lists of methods; any one of them satisfies the strength."""

    id: LowerText = ""
    display_name: str = ""
    policy_type: str = ""
    requirements_satisfied: str = ""
    allowed_combinations: tuple[str, ...] = ()
    combination_configurations: tuple[JsonValue, ...] = ()


class Group(Wire):
    """What is known of a group's members.

    `members` are user ids that certainly belong, `non_members` certainly not, `member_groups`
    nested groups. `members_complete` says that nobody else belongs (a baseline listed them).
    """

    id: LowerText = ""
    display_name: str = ""
    members: Members = frozenset()
    non_members: Members = frozenset()
    member_groups: Members = frozenset()
    members_complete: bool = False
    member_count: int | None = None
    membership_rule: str = ""


class Role(Wire):
    """A directory role by template id, and what is known of who holds it (as for groups)."""

    id: LowerText = ""
    display_name: str = ""
    role_template_id: LowerText = ""
    members: Members = frozenset()
    non_members: Members = frozenset()
    member_groups: Members = frozenset()
    members_complete: bool = False
    member_count: int | None = None


class User(Wire):
    """A user account; `user_type` is `Member` or `Guest`."""

    id: LowerText = ""
    display_name: str = ""
    user_principal_name: str = ""
    user_type: Annotated[str, one_of("Member", "Guest")] = ""


class SecurityDefaults(Wire):
    """The one switch of `identitySecurityDefaultsEnforcementPolicy`."""

    is_enabled: bool = False


class PerUserMfa(Wire):
    """Per-user MFA of one account: `disabled`, `enabled` or `enforced`."""

    per_user_mfa_state: LowerText = "disabled"


class MfaServiceSettings(Wire):
    """Per-user MFA service: ranges that skip it. `skip_from_intranet` is for federated users."""

    trusted_ips: Ranges = ()
    skip_from_intranet: bool = False

    @cached_property
    def intervals(self) -> tuple[Interval, ...]:
        """The trusted addresses, merged."""
        return merged([interval(text) for text in self.trusted_ips])


class ServicePrincipal(Wire):
    """An application that holds permissions to change who needs MFA (`grants`)."""

    id: LowerText = ""
    display_name: str = ""
    app_id: LowerText = ""
    permissions: tuple[str, ...] = ()


class MethodConfiguration(Wire):
    """One method of the authentication methods policy; `app_id` marks an External MFA provider."""

    id: str = ""
    display_name: str = ""
    state: LowerText = ""
    app_id: str = ""

    @property
    def external(self) -> bool:
        """External MFA (formerly external authentication method), such as Duo."""
        return bool(self.app_id)


class MethodsPolicy(Wire):
    """The authentication methods policy: which methods may be registered and used."""

    authentication_method_configurations: tuple[MethodConfiguration, ...] = ()

    @field_validator("authentication_method_configurations", mode="before")
    @classmethod
    def _none_is_empty(cls, value: JsonValue) -> JsonValue:
        return value or []


P = TypeVar("P", bound=Wire)


def parse_part(model: type[P], body: Mapping[str, JsonValue], id_: str = "") -> P:
    """Read one document's body.

    Raises:
        UnknownShape: a known member holds another type of value; the message names the path.
    """
    shape = tidy(dict(body))
    if id_ and "id" in model.model_fields and isinstance(shape, dict):
        shape.setdefault("id", id_)
    try:
        return model.model_validate(shape)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(step) for step in first["loc"])
        raise UnknownShape(f"{model.__name__}: {path}: {first['msg']}") from error


_DATES: Final = frozenset({"createdDateTime", "modifiedDateTime", "deletedDateTime"})
_SAYS_NOTHING: Final[Mapping[type[Wire], frozenset[str]]] = {
    NamedLocation: _DATES,
    AuthenticationStrength: _DATES | {"description"},
    SecurityDefaults: _DATES | {"id", "displayName", "description"},
    PerUserMfa: frozenset({"id", "displayName", "userPrincipalName"}),
    MfaServiceSettings: frozenset({"id", "displayName"}),
}
"""Members that say nothing about a sign-in, of the kinds in which any other might.

Groups, roles, accounts, applications and methods have dozens of members that decide nothing: of
these only enum values are looked at (Graph v1.0 metadata).
"""


def not_understood(part: Wire) -> tuple[str, ...]:
    """Return the paths of members and enum values of a document that nobody modelled."""
    ignored = _SAYS_NOTHING.get(type(part))
    found = [] if ignored is None else [*unknown_members(part, "", ignored)]
    found.extend(unknown_words(part, "", ENUMS))
    if isinstance(part, MethodsPolicy):
        found.extend(
            f"authenticationMethodConfigurations.{method.id}.state={method.state}"
            for method in part.authentication_method_configurations
            if method.state not in {"", "enabled", "disabled"}
        )
    return tuple(found)


learn(
    field.alias or name
    for model in (
        NamedLocation,
        AuthenticationStrength,
        Group,
        Role,
        User,
        SecurityDefaults,
        PerUserMfa,
        MfaServiceSettings,
        ServicePrincipal,
        MethodConfiguration,
        MethodsPolicy,
    )
    for name, field in model.model_fields.items()
)
