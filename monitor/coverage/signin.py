"""One concrete sign-in, as the evaluator judges it and a witness gives an example of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signs in to what, how and from where. None is the remaining case of a dimension.

    `groups` and `roles` are memberships the documents do not tell; known ones follow from `user`.
    `address` is IP version and number. `terms` are the attribute terms of filter rules that hold;
    `open_points`, `strengths` and `needed` are choices where no document decides.
    """

    kind: str = "member"
    user: str | None = None
    tenant: str | None = None
    groups: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    target: str | None = None
    resource: str | None = None
    suites: frozenset[str] = frozenset()
    client: str = "browser"
    platform: str | None = None
    address: tuple[int, int] | None = None
    places: frozenset[str] = frozenset()
    intranet: bool = False
    country: str | None = None
    gps: str | None = None
    compliant_network: bool = False
    sign_in_risk: str | None = None
    user_risk: str | None = None
    insider_risk: str | None = None
    agent_risk: str | None = None
    principal_risk: str | None = None
    flow: str | None = None
    device: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    agent_contexts: frozenset[str] = frozenset()
    open_points: frozenset[str] = frozenset()
    strengths: frozenset[tuple[str, str]] = frozenset()
    unknown_controls: frozenset[str] = frozenset()
    needed: bool = False
