"""A Conditional Access policy as Graph describes it, with what nobody modelled kept in sight.

Source of names and enum members: Graph v1.0 `$metadata` (August 2026) and the beta members seen
in real exports (`agents`, `agentContext`, `agentIdRiskLevels`, `continuousAccessEvaluation`,
`blockSensitiveActions`).
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    JsonValue,
    PrivateAttr,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from monitor.errors import UnknownShape
from monitor.posture.unheard import every_unknown, odd_words
from monitor.posture.wire import canonical, flags, learn, tidy, words

GUEST_BITS: Final[Mapping[int, str]] = {
    1: "internalGuest",
    2: "b2bCollaborationGuest",
    4: "b2bCollaborationMember",
    8: "b2bDirectConnectUser",
    16: "otherExternalUser",
    32: "serviceProvider",
}
"""`conditionalAccessGuestOrExternalUserTypes`: the audit stream sends the sum, Graph the names."""
GUEST_KINDS: Final = tuple(GUEST_BITS.values())
STATES: Final = ("enabled", "disabled", "enabledForReportingButNotEnforced")
CLIENTS: Final = ("browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other")
CLIENT_WORDS: Final = ("all", *CLIENTS, "easSupported")
PLATFORMS: Final = ("android", "iOS", "windows", "windowsPhone", "macOS", "linux")
RISKS: Final = ("low", "medium", "high")
RISK_WORDS: Final = (*RISKS, "none")
INSIDER_RISKS: Final = ("minor", "moderate", "elevated")
FLOWS: Final = ("deviceCodeFlow", "authenticationTransfer")
FLOW_BITS: Final[Mapping[int, str]] = {1: "deviceCodeFlow", 2: "authenticationTransfer"}
INSIDER_BITS: Final[Mapping[int, str]] = {1: "minor", 2: "moderate", 4: "elevated"}
CONTROLS: Final = (
    "block",
    "mfa",
    "compliantDevice",
    "domainJoinedDevice",
    "approvedApplication",
    "compliantApplication",
    "passwordChange",
    "riskRemediation",
)
USER_WORDS: Final = ("All", "None", "GuestsOrExternalUsers")
APP_WORDS: Final = ("All", "None", "Office365", "MicrosoftAdminPortals", "AllAgentIdResources")
LOCATION_WORDS: Final = ("All", "AllTrusted")
SERVICE_PRINCIPAL_WORDS: Final = ("All", "None", "ServicePrincipalsInMyTenant")
USER_ACTIONS: Final = ("urn:user:registersecurityinfo", "urn:user:registerdevice")
DEVICE_STATES: Final = ("All", "Compliant", "DomainJoined")
FILTER_MODES: Final = ("include", "exclude")
FREQUENCY_KINDS: Final = ("primaryAndSecondaryAuthentication", "secondaryAuthentication")
PROXY_KINDS: Final = ("mcasConfigured", "monitorOnly", "blockDownloads")
LOOKUPS: Final = ("clientIpAddress", "authenticatorAppGps")
PER_USER_STATES: Final = ("disabled", "enabled", "enforced")

_NOTED_NONE: Final = "none"


def _enum(*members: str) -> BeforeValidator:
    """Spell every word like the enum member it means; unknown words stay and are noted later."""
    return BeforeValidator(lambda value: [canonical(word, members) for word in words(value)])


def _flags(bits: Mapping[int, str], *members: str) -> BeforeValidator:
    known = (*members, *bits.values())
    return BeforeValidator(lambda value: [canonical(word, known) for word in flags(value, bits)])


def one_of(*members: str) -> BeforeValidator:
    """Spell a word like the enum member it means; an unknown word stays and is noted later."""
    return BeforeValidator(lambda v: canonical(v, members) if isinstance(v, str) else v)


def _ids(*members: str) -> BeforeValidator:
    """Ids in lower case, keywords (`All`) as Graph spells them."""
    known = {word.lower(): word for word in members}
    return BeforeValidator(lambda v: [known.get(w.lower(), w.lower()) for w in words(v)])


Names = Annotated[tuple[str, ...], BeforeValidator(words)]
Ids = Annotated[tuple[str, ...], _ids()]


class Wire(BaseModel):
    """Base of all parts: unknown members are kept, and listed by `not_understood`."""

    model_config = ConfigDict(
        frozen=True, extra="allow", alias_generator=to_camel, populate_by_name=True
    )


class ExternalTenants(Wire):
    """Which organisations' users: all, or the listed tenant ids."""

    membership_kind: Annotated[str, one_of("all", "enumerated")] = "all"
    members: Ids = ()


class GuestsOrExternalUsers(Wire):
    """Kinds of external users, and the tenants they come from."""

    guest_or_external_user_types: Annotated[tuple[str, ...], _flags(GUEST_BITS, _NOTED_NONE)] = ()
    external_tenants: ExternalTenants = ExternalTenants()


class Users(Wire):
    """Who the policy includes and excludes. Ids are lower case."""

    include_users: Annotated[tuple[str, ...], _ids(*USER_WORDS)] = ()
    exclude_users: Annotated[tuple[str, ...], _ids(*USER_WORDS)] = ()
    include_groups: Ids = ()
    exclude_groups: Ids = ()
    include_roles: Ids = ()
    exclude_roles: Ids = ()
    include_guests_or_external_users: GuestsOrExternalUsers | None = None
    exclude_guests_or_external_users: GuestsOrExternalUsers | None = None


class Filter(Wire):
    """A rule over device, application or agent attributes; `mode` says whether it includes."""

    mode: Annotated[str, one_of(*FILTER_MODES)] = "include"
    rule: str = ""


class Applications(Wire):
    """What the policy includes and excludes: resources, user actions, authentication contexts."""

    include_applications: Annotated[tuple[str, ...], _ids(*APP_WORDS)] = ()
    exclude_applications: Annotated[tuple[str, ...], _ids(*APP_WORDS)] = ()
    include_user_actions: Annotated[tuple[str, ...], _enum(*USER_ACTIONS)] = ()
    include_authentication_context_class_references: Ids = ()
    application_filter: Filter | None = None


class ClientApplications(Wire):
    """Workload identities and agent identities."""

    include_service_principals: Annotated[tuple[str, ...], _ids(*SERVICE_PRINCIPAL_WORDS)] = ()
    exclude_service_principals: Annotated[tuple[str, ...], _ids(*SERVICE_PRINCIPAL_WORDS)] = ()
    include_agent_id_service_principals: Annotated[tuple[str, ...], _ids("All", "None")] = ()
    exclude_agent_id_service_principals: Annotated[tuple[str, ...], _ids("All", "None")] = ()
    service_principal_filter: Filter | None = None
    agent_id_service_principal_filter: Filter | None = None


class Agents(Wire):
    """User accounts that belong to agents."""

    include_agent_users: Annotated[tuple[str, ...], _ids("All", "None")] = ()
    exclude_agent_users: Annotated[tuple[str, ...], _ids("All", "None")] = ()
    agent_filter: Filter | None = None


class AgentContext(Wire):
    """How an agent's session came about."""

    include_agent_contexts: Names = ()
    exclude_agent_contexts: Names = ()


class Platforms(Wire):
    """Device platforms, as the user agent claims them."""

    include_platforms: Annotated[tuple[str, ...], _enum("all", *PLATFORMS)] = ()
    exclude_platforms: Annotated[tuple[str, ...], _enum("all", *PLATFORMS)] = ()


class Locations(Wire):
    """Named locations by id, `All` or `AllTrusted`."""

    include_locations: Annotated[tuple[str, ...], _ids(*LOCATION_WORDS)] = ()
    exclude_locations: Annotated[tuple[str, ...], _ids(*LOCATION_WORDS)] = ()


class Devices(Wire):
    """Device filter, and the older device states it replaced."""

    device_filter: Filter | None = None
    include_devices: Annotated[tuple[str, ...], _enum(*DEVICE_STATES)] = ()
    exclude_devices: Annotated[tuple[str, ...], _enum(*DEVICE_STATES)] = ()
    include_device_states: Annotated[tuple[str, ...], _enum(*DEVICE_STATES)] = ()
    exclude_device_states: Annotated[tuple[str, ...], _enum(*DEVICE_STATES)] = ()


class DeviceStates(Wire):
    """The device state condition of 2020, removed since; old documents still carry it."""

    include_states: Annotated[tuple[str, ...], _enum(*DEVICE_STATES)] = ()
    exclude_states: Annotated[tuple[str, ...], _enum(*DEVICE_STATES)] = ()


class AuthenticationFlows(Wire):
    """Device code flow and authentication transfer."""

    transfer_methods: Annotated[tuple[str, ...], _flags(FLOW_BITS, _NOTED_NONE)] = ()


class Conditions(Wire):
    """When the policy applies. An empty or absent condition limits nothing."""

    users: Users = Users()
    applications: Applications = Applications()
    client_applications: ClientApplications | None = None
    agents: Agents | None = None
    agent_context: AgentContext | None = None
    client_app_types: Annotated[tuple[str, ...], _enum(*CLIENT_WORDS)] = ()
    platforms: Platforms | None = None
    locations: Locations | None = None
    devices: Devices | None = None
    device_states: DeviceStates | None = None
    authentication_flows: AuthenticationFlows | None = None
    sign_in_risk_levels: Annotated[tuple[str, ...], _enum(*RISK_WORDS)] = ()
    user_risk_levels: Annotated[tuple[str, ...], _enum(*RISK_WORDS)] = ()
    service_principal_risk_levels: Annotated[tuple[str, ...], _enum(*RISK_WORDS)] = ()
    agent_id_risk_levels: Annotated[tuple[str, ...], _enum(*RISK_WORDS)] = ()
    insider_risk_levels: Annotated[tuple[str, ...], _flags(INSIDER_BITS, _NOTED_NONE)] = ()


class StrengthReference(Wire):
    """A reference to an authentication strength; an export may carry its combinations along."""

    id: Annotated[str, BeforeValidator(lambda v: v.lower() if isinstance(v, str) else v)] = ""
    display_name: str = ""
    description: str = ""
    policy_type: str = ""
    requirements_satisfied: str = ""
    created_date_time: str = ""
    modified_date_time: str = ""
    allowed_combinations: tuple[str, ...] | None = None
    combination_configurations: tuple[JsonValue, ...] = ()


class GrantControls(Wire):
    """What is demanded, joined by `operator`."""

    operator: Annotated[str, one_of("AND", "OR")] = "OR"
    built_in_controls: Annotated[tuple[str, ...], _enum(*CONTROLS)] = ()
    custom_authentication_factors: Names = ()
    terms_of_use: Ids = ()
    authentication_strength: StrengthReference | None = None


class SignInFrequency(Wire):
    """How often a person signs in again; `value` counts `type` (hours or days)."""

    is_enabled: bool = True
    value: int | None = None
    type: Annotated[str, one_of("hours", "days")] = ""
    frequency_interval: Annotated[str, one_of("timeBased", "everyTime")] = "timeBased"
    authentication_type: Annotated[str, one_of(*FREQUENCY_KINDS)] = ""


class Mode(Wire):
    """A session control with a mode: persistent browser, continuous access evaluation."""

    is_enabled: bool = True
    mode: str = ""


class Switch(Wire):
    """A session control that is on or off; `cloudAppSecurityType` names the kind of the proxy."""

    is_enabled: bool = True
    cloud_app_security_type: Annotated[str, one_of(*PROXY_KINDS)] = ""


class SessionControls(Wire):
    """Limits on the session after it began; none of them demands a second factor."""

    sign_in_frequency: SignInFrequency | None = None
    persistent_browser: Mode | None = None
    continuous_access_evaluation: Mode | None = None
    secure_sign_in_session: Switch | None = None
    application_enforced_restrictions: Switch | None = None
    cloud_app_security: Switch | None = None
    disable_resilience_defaults: bool | None = None
    block_sensitive_actions: JsonValue = None


class ConditionalAccessPolicy(Wire):
    """One policy. Compare with `==`; it is immutable and its dates and names are part of it."""

    id: str = ""
    display_name: str = ""
    description: str = ""
    template_id: str = ""
    created_date_time: str = ""
    modified_date_time: str = ""
    deleted_date_time: str = ""
    state: Annotated[str, one_of(*STATES)] = "disabled"
    conditions: Conditions = Conditions()
    grant_controls: GrantControls | None = None
    session_controls: SessionControls | None = None
    _not_understood: tuple[str, ...] = PrivateAttr(default=())

    @property
    def enforced(self) -> bool:
        """Report-only and disabled policies let everything through."""
        return self.state == "enabled"

    @property
    def not_understood(self) -> tuple[str, ...]:
        """Paths of members and enum values nobody modelled, e.g. `conditions.weather`."""
        return self._not_understood

    @property
    def name(self) -> str:
        """The display name, or the id where there is none."""
        return self.display_name or self.id


def _names(model: type[BaseModel]) -> Iterator[str]:
    for subclass in model.__subclasses__():
        yield from (field.alias or name for name, field in subclass.model_fields.items())


learn(_names(Wire))

ENUMS: Final[Mapping[str, tuple[str, ...]]] = {
    "state": STATES,
    "clientAppTypes": CLIENT_WORDS,
    "includePlatforms": ("all", *PLATFORMS),
    "excludePlatforms": ("all", *PLATFORMS),
    "signInRiskLevels": RISK_WORDS,
    "userRiskLevels": RISK_WORDS,
    "servicePrincipalRiskLevels": RISK_WORDS,
    "agentIdRiskLevels": RISK_WORDS,
    "insiderRiskLevels": (*INSIDER_RISKS, _NOTED_NONE),
    "transferMethods": (*FLOWS, _NOTED_NONE),
    "guestOrExternalUserTypes": (*GUEST_KINDS, _NOTED_NONE),
    "membershipKind": ("all", "enumerated"),
    "builtInControls": CONTROLS,
    "operator": ("AND", "OR"),
    "includeUserActions": USER_ACTIONS,
    "mode": (*FILTER_MODES, "always", "never", "disabled", "strictEnforcement", "strictLocation"),
    "includeDevices": DEVICE_STATES,
    "excludeDevices": DEVICE_STATES,
    "includeDeviceStates": DEVICE_STATES,
    "excludeDeviceStates": DEVICE_STATES,
    "includeStates": DEVICE_STATES,
    "excludeStates": DEVICE_STATES,
    "frequencyInterval": ("timeBased", "everyTime"),
    "type": ("hours", "days"),
    "authenticationType": FREQUENCY_KINDS,
    "cloudAppSecurityType": PROXY_KINDS,
    "countryLookupMethod": LOOKUPS,
    "compliantNetworkType": ("allTenantCompliantNetworks",),
    "perUserMfaState": PER_USER_STATES,
    "userType": ("Member", "Guest"),
    "includeAgentContexts": ("agentUserSessionsInitiatedFromEndpoints",),
    "excludeAgentContexts": ("agentUserSessionsInitiatedFromEndpoints",),
}


_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "includeUsers": USER_WORDS,
    "excludeUsers": USER_WORDS,
    "includeApplications": APP_WORDS,
    "excludeApplications": APP_WORDS,
    "includeLocations": LOCATION_WORDS,
    "excludeLocations": LOCATION_WORDS,
    "includeServicePrincipals": SERVICE_PRINCIPAL_WORDS,
    "excludeServicePrincipals": SERVICE_PRINCIPAL_WORDS,
    "includeAgentIdServicePrincipals": ("All", "None"),
    "excludeAgentIdServicePrincipals": ("All", "None"),
    "includeAgentUsers": ("All", "None"),
    "excludeAgentUsers": ("All", "None"),
}
"""Members that hold ids or one of these words."""


def parse_policy(body: Mapping[str, JsonValue]) -> ConditionalAccessPolicy:
    """Read a policy in Graph, audit or PowerShell spelling.

    Raises:
        UnknownShape: a known member holds another type of value; the message names the path.
    """
    shape = tidy(dict(body))
    try:
        policy = ConditionalAccessPolicy.model_validate(shape)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(step) for step in first["loc"])
        raise UnknownShape(f"conditional access policy: {path}: {first['msg']}") from error
    unknown = (*every_unknown(policy, "", ENUMS), *odd_words(shape, "", _WORDS))
    policy._not_understood = unknown  # noqa: SLF001  # set once, at the door
    return policy
