"""What the rules about accounts, roles and acts share: who did it, to whom, and how powerful."""

from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from monitor.coverage.names import WELL_KNOWN
from monitor.coverage.versions import ADMIN_ROLES
from monitor.events.activity import Concern
from monitor.events.model import AuditEvent, TargetResource, Unreadable
from monitor.posture.document import DocumentKind
from monitor.posture.posture import Posture
from monitor.rules.case import EventCase
from monitor.rules.model import About

POLICY_ROLES: Final = frozenset(
    {
        "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
        "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
        "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",  # Privileged Authentication Administrator
        "0526716b-113d-4c15-b2c8-68e3c22b9f80",  # Authentication Policy Administrator
        "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",  # Conditional Access Administrator
        "194ae4cb-b126-40b2-bd5b-6091b380977d",  # Security Administrator
    }
)
"""Template ids of the roles that can change who needs MFA (Microsoft Entra built-in roles)."""
POLICY_ROLE_NAMES: Final = frozenset(
    {
        "global administrator",
        "privileged role administrator",
        "privileged authentication administrator",
        "authentication policy administrator",
        "conditional access administrator",
        "security administrator",
    }
)
PRIVILEGED_ROLES: Final = POLICY_ROLES | frozenset(ADMIN_ROLES)
"""These and the roles of which security defaults always demand MFA."""

PIM_SERVICE: Final = "01fc33a7-78ba-4d2f-a4b7-768e336e890e"
"""App id of MS-PIM, which carries out in the directory what PIM's own records tell."""
METHOD_SERVICE: Final = "ea890292-c8c8-4433-b5ea-b09d0668e1a6"
"""App id of Azure Credential Configuration Endpoint Service: writes what an administrator did."""
OUTSIDE_PIM: Final = "add member to role outside of pim (permanent)"

_GIVES: Final = frozenset(
    {
        "add member to role",
        "add eligible member to role",
        "add member to role completed (pim activation)",
        "add member to role in pim completed (permanent)",
        "add member to role in pim completed (timebound)",
        "add eligible member to role in pim completed (permanent)",
        "add eligible member to role in pim completed (timebound)",
        OUTSIDE_PIM,
    }
)
_OTHER_PIM: Final = frozenset({"groupmanagement", "resourcemanagement"})


@dataclass(frozen=True, slots=True)
class RoleGiven:
    """Who got which directory role; `template` is empty where the record does not tell it."""

    template: str
    role: str
    member: TargetResource
    eligible: bool

    @property
    def privileged(self) -> bool:
        """Whether it is one of `PRIVILEGED_ROLES`."""
        return self.template in PRIVILEGED_ROLES

    @property
    def rules_policy(self) -> bool:
        """Whether its holder can change who needs MFA."""
        return self.template in POLICY_ROLES


def role_given(event: AuditEvent, concern: Concern) -> RoleGiven | None:
    """Return the directory role somebody got; each giving once, though it has up to three records.

    What MS-PIM does in the directory is told by PIM's own record, and PIM's notice of an
    assignment outside of PIM by the directory's.
    """
    of_pim = concern is Concern.PIM
    if concern not in (Concern.ROLE, Concern.PIM) or event.activity not in _GIVES:
        return None
    if by_pim(event) or event.activity == OUTSIDE_PIM or not event.succeeded:
        return None
    if of_pim and event.category.casefold() in _OTHER_PIM:
        return None
    kinds = ("User", "Group", "ServicePrincipal")
    member = next((found for kind in kinds if (found := event.target(kind))), None)
    if member is None:
        return None
    template, role = role_of(event)
    return RoleGiven(template, role, member, event.activity.startswith("add eligible"))


def role_of(event: AuditEvent) -> tuple[str, str]:
    """Return template id (lower case) and name of the role a record is about; empty if not told."""
    template, name = "", ""
    for target in event.targets:
        for prop in ("Role.TemplateId", "TemplateId", "RoleDefinitionOriginId"):
            template = template or plain(target, prop)
        name = name or plain(target, "Role.DisplayName")
        name = name or ((target.name or "") if (target.type or "").casefold() == "role" else "")
    template = (template or event.detail("TemplateId") or "").lower()
    # a template's own name, where we know it: a display name can be anything
    return template, WELL_KNOWN.get(template) or name or template or "a directory role"


def plain(target: TargetResource, name: str) -> str:
    """The text of a modified property, new before old; empty where it is none."""
    prop = target.property(name)
    values: tuple[JsonValue | Unreadable, ...] = (prop.new, prop.old) if prop else ()
    firsts = (value[0] if isinstance(value, list) and value else value for value in values)
    return next((first for first in firsts if isinstance(first, str) and first), "")


def by_pim(event: AuditEvent) -> bool:
    """Say whether MS-PIM acted, carrying out what somebody did in PIM."""
    initiator = event.initiator
    named = (initiator.app_name or "").casefold() == "ms-pim"
    return not initiator.user_id and (initiator.app_id == PIM_SERVICE or named)


def by_method_service(event: AuditEvent) -> bool:
    """Say whether the directory's own service wrote the record, for what somebody did elsewhere."""
    return not event.initiator.user_id and event.initiator.app_id == METHOD_SERVICE


def account(event: AuditEvent) -> TargetResource | None:
    """The account a record is about."""
    return event.target("User") or event.target()


def about_account(event: AuditEvent) -> About:
    """The account a record is about, as the object of a finding."""
    user = account(event)
    identity = (user.id or user.upn or "") if user else ""
    return About("user", identity, (user.upn or user.name or identity) if user else "")


def by_itself(event: AuditEvent) -> bool:
    """Say whether the account did it itself."""
    user = account(event)
    return bool(user and user.id and user.id == event.initiator.user_id)


def doer(event: AuditEvent) -> str:
    """Who did it, in words."""
    return "the account itself" if by_itself(event) else event.initiator.label


def is_emergency(case: EventCase) -> bool:
    """Say whether the account is an emergency-access account: one rule speaks for these."""
    return about_account(case.event).id.lower() in case.context.emergency


def is_privileged(posture: Posture, identity: str) -> bool:
    """Say whether the account is known to hold a privileged role."""
    wanted = identity.lower()
    roles = posture.world.roles.items()
    return any(wanted in role.members for id_, role in roles if id_ in PRIVILEGED_ROLES)


def holds_policy_role(posture: Posture, identity: str) -> bool:
    """Say whether the account or application is known to hold a role that can change policies."""
    wanted = identity.lower()
    roles = posture.world.roles.items()
    return any(wanted in role.members for id_, role in roles if id_ in POLICY_ROLES)


def holder_documents(posture: Posture) -> dict[str, dict[str, JsonValue]]:
    """The documents of applications that can change who needs MFA, by lower-case object id."""
    return {
        key[1]: dict(document.body)
        for key, document in posture.documents.items()
        if key[0] is DocumentKind.APP and document.body.get("permissions")
    }
