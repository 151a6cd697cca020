"""The other half of an ordinary day: what people do to accounts, apps and roles.

All of it is harmless: methods registered long ago, roles that no policy is about, consent to read
one's own profile.
"""

from datetime import timedelta

from samples import cast
from samples.cast import Person
from samples.credentials import reset_by_admin, reset_by_oneself
from samples.noise import Records, times
from samples.records import (
    AuditRecord,
    Dice,
    Initiator,
    Object,
    Shape,
    changed,
    guid,
    included,
    stamp,
    target,
)

ROLES = (
    ("Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8"),
    ("Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de"),
    ("Intune Administrator", "3a2c62db-5318-420d-8d74-23affee5d9d5"),
)
"""Roles (template ids) that no policy of the hospital names."""
APPS = ("Shift Planner", "Mileage Claims", "Course Credits", "Meal Vouchers")
BLOCKED = "Microsoft.Online.Security.UserConsentBlockedForRiskyAppsException"


def passwords() -> Records:
    """Forgotten and changed passwords."""
    dice = Dice("office/passwords")
    for number, when in enumerate(times(dice, 30)):
        who = dice.pick(cast.STAFF[:70])
        yield from reset_by_oneself(who, when["at"], f"forgotten/{number}", when["lag"])
    for number, when in enumerate(times(dice, 26)):
        who, desk = dice.pick(cast.STAFF), dice.pick(cast.DESK)
        yield from reset_by_admin(who, desk, when["at"], f"helped/{number}")
    for number, when in enumerate(times(dice, 40)):
        who = dice.pick(cast.STAFF)
        yield AuditRecord(
            label=f"changed/{number}",
            activity="Change user password",
            by=Initiator(user_id=who.id, upn=who.upn),
            targets=(who.as_target(),),
            **when,
        )


def _consent(who: Person, name: str) -> Object:
    permission = (
        f"[] => [[Id: {guid(f'grant/{who.upn}/{name}')}, ClientId: {guid(f'client/{name}')}, "
        f"PrincipalId: {who.id}, ResourceId: {guid('principal/graph')}, ConsentType: Principal, "
        "Scope: openid profile User.Read, CreatedDateTime: , LastModifiedDateTime ]]; "
    )
    return target(
        "ServicePrincipal",
        guid(f"client/{name}"),
        name,
        changed("ConsentContext.IsAdminConsent", None, "False"),
        changed("ConsentContext.IsAppOnly", None, "False"),
        changed("ConsentContext.OnBehalfOfAll", None, "False"),
        changed("ConsentAction.Permissions", None, permission),
    )


def consent() -> Records:
    """People let an app read their own profile; two are refused."""
    dice = Dice("office/consent")
    for number, when in enumerate(times(dice, 16)):
        who, refused = dice.pick(cast.STAFF), number in (5, 11)
        written = _consent(who, dice.pick(APPS))
        if refused:
            written["modifiedProperties"].append(changed("MethodExecutionResult.", None, BLOCKED))
        yield AuditRecord(
            label=f"consent/{number}",
            activity="Consent to application",
            category="ApplicationManagement",
            operation="Assign",
            by=who.acting(),
            targets=(written,),
            details=(("User-Agent", "EvoSTS"),),
            reason=BLOCKED if refused else "",
            succeeded=not refused,
            **when,
        )


def applications() -> Records:
    """App assignments, and service principals refreshed by the platform."""
    dice = Dice("office/applications")
    for number, when in enumerate(times(dice, 26)):
        who, name = dice.pick(cast.STAFF), dice.pick(APPS)
        yield AuditRecord(
            label=f"assignment/{number}",
            activity="Add app role assignment grant to user",
            operation="Assign",
            by=cast.HR,
            targets=(
                target(
                    "ServicePrincipal",
                    guid(f"client/{name}"),
                    name,
                    changed("AppRole.DisplayName", None, ""),
                    changed("User.ObjectID", None, who.id),
                ),
                who.as_target(),
            ),
            **when,
        )
    for number, when in enumerate(times(dice, 44)):
        name = f"lakeside-function-{dice.below(9)}"
        yield AuditRecord(
            label=f"principal/{number}",
            activity="Update service principal",
            category="ApplicationManagement",
            by=cast.MANAGED_IDENTITY,
            targets=(
                target(
                    "ServicePrincipal",
                    guid(f"principal/{name}"),
                    name,
                    changed("TargetId.ServicePrincipalNames", None, guid(f"app/{name}")),
                ),
            ),
            details=(("User-Agent", "Microsoft Azure Graph Client Library 2.1.17-internal"),),
            **when,
        )


def activation(who: Person, role: tuple[str, str], label: str, when: Object) -> Records:
    """Two records of a role taken up for some hours through PIM."""
    name, template = role
    why = "Ticket of the day"
    steps = (("requested", 0), ("completed", 6))
    for word, seconds in steps:
        at = when["at"] + timedelta(seconds=seconds)
        yield AuditRecord(
            label=f"{label}/{word}",
            at=at,
            lag=when["lag"],
            activity=f"Add member to role {word} (PIM activation)",
            service="PIM",
            category="RoleManagement",
            by=when.get("by") or Initiator(who.id, who.upn, name=who.name),
            targets=_role_targets(who, name, template, label),
            details=(
                ("RoleDefinitionOriginId", template),
                ("RoleDefinitionOriginType", "BuiltInRole"),
                ("TemplateId", template),
                ("StartTime", stamp(at)),
                ("Justification", why),
                ("RequestId", guid(f"{label}/request")),
            ),
            reason=why,
            correlation=guid(f"{label}/correlation"),
            shape=Shape.OF_2025,
        )


def _role_targets(who: Person, name: str, template: str, label: str) -> tuple[Object, ...]:
    return (
        target(
            "Role",
            guid(f"role/{template}"),
            name,
            changed("RoleDefinitionOriginId", "", template),
            changed("RoleDefinitionOriginType", "", "BuiltInRole"),
            changed("TemplateId", "", template),
        ),
        target("Request", guid(f"{label}/request"), None),
        target("User", who.id, who.name) | {"userPrincipalName": who.upn},
        target("Directory", guid("directory"), "Lakeside Memorial Hospital"),
        target("Other", None, None),
    )


def roles() -> Records:
    """Desk staff take up their roles and lose them two hours later."""
    dice = Dice("office/roles")
    for number, when in enumerate(times(dice, 11)):
        who, role = dice.pick(cast.DESK), dice.pick(ROLES)
        yield from activation(who, role, f"activation/{number}", when)
        if number > 8:
            continue
        yield AuditRecord(
            label=f"expiry/{number}",
            at=when["at"] + timedelta(hours=2),
            lag=when["lag"],
            activity="Remove member from role (PIM activation expired)",
            service="PIM",
            category="RoleManagement",
            by=Initiator(name="Azure AD PIM"),
            targets=_role_targets(who, *role, f"expiry/{number}"),
            shape=Shape.OF_2025,
        )


def leavers() -> Records:
    """Three people leave; the record of it comes twice, once for each way of looking at it."""
    dice = Dice("office/leavers")
    for number, when in enumerate(times(dice, 3)):
        who = cast.STAFF[-1 - number]
        off = changed("AccountEnabled", [True], [False])
        for activity in ("Disable account", "Update user"):
            yield AuditRecord(
                label=f"leaver/{number}/{activity}",
                activity=activity,
                by=cast.HR,
                targets=(who.as_target(off, included("AccountEnabled")),),
                correlation=guid(f"leaver/{number}"),
                **when,
            )


def everything() -> Records:
    """Yield all kinds of this module."""
    yield from passwords()
    yield from consent()
    yield from applications()
    yield from roles()
    yield from leavers()
