"""Records about roles, methods and applications, for the tests of the rules about them."""

from pathlib import Path
from typing import Any

from monitor.pipeline.leaves import Leaf
from monitor.wiring import open_monitor
from tests import entra
from tests.corridor import batch, leaves

ROLE = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"
"""Template id of Conditional Access Administrator."""
APP = "aaaaaaaa-0000-4000-8000-0000000000f1"
APP_ID = "aaaaaaaa-0000-4000-8000-0000000000f2"
APP_TARGET: entra.Json = {"id": APP, "displayName": "Backup Robot", "type": "ServicePrincipal"}
PIM_APP: entra.Json = {"appId": "01fc33a7-78ba-4d2f-a4b7-768e336e890e", "displayName": "MS-PIM"}


def by_app(record: entra.Json, app: entra.Json) -> entra.Json:
    """The same record, done by an application and nobody."""
    record["properties"]["initiatedBy"] = {"user": None, "app": app}
    return record


def by_user(record: entra.Json, user: str = entra.USER) -> entra.Json:
    """The same record, done by the account itself."""
    upn = f"user-{user[-4:]}@hospital.example"
    shown = {"id": user, "userPrincipalName": upn, "ipAddress": "192.0.2.20", "roles": []}
    record["properties"]["initiatedBy"] = {"user": shown, "app": None}
    return record


def member(
    verb: str, when: Any, user: str = entra.USER, group: str = entra.GROUP, **more: Any
) -> entra.Json:
    """`Add` or `Remove`: a member of a group."""
    upn = more.pop("upn", f"user-{user[-4:]}@hospital.example")
    names = [("Group.ObjectID", group), ("Group.DisplayName", "Analyzers")]
    added = verb == "Add"
    kind = more.pop("kind", "User")
    return entra.record(
        f"{verb} member {'to' if added else 'from'} group",
        when,
        target={"id": user, "displayName": None, "type": kind, "userPrincipalName": upn},
        properties=[(n, None, v) if added else (n, v, None) for n, v in names],
        category="GroupManagement",
        **more,
    )


def role(
    verb: str,
    when: Any,
    user: str = entra.USER,
    template: str = ROLE,
    kind: str = "User",
    **more: Any,
) -> entra.Json:
    """`Add` or `Remove`: a member of a directory role."""
    names = [("Role.TemplateId", template), ("Role.DisplayName", "Some Administrator")]
    added = verb.startswith("Add")
    return entra.record(
        f"{verb} member {'to' if added else 'from'} role",
        when,
        target={
            "id": user,
            "displayName": None,
            "type": kind,
            "userPrincipalName": f"user-{user[-4:]}@hospital.example" if kind == "User" else None,
        },
        properties=[(n, None, v) if added else (n, v, None) for n, v in names],
        category="RoleManagement",
        **more,
    )


def pim(activity: str, when: Any, user: str = entra.USER, **more: Any) -> entra.Json:
    """A record of PIM: the role first, the person among five targets."""
    record = entra.record(
        activity,
        when,
        target={"id": "aaaaaaaa-0000-4000-8000-0000000000b1", "type": "Role"},
        properties=[("RoleDefinitionOriginId", "", ROLE), ("TemplateId", "", ROLE)],
        service="PIM",
        category=more.pop("category", "RoleManagement"),
        **more,
    )
    record["properties"]["targetResources"][0]["displayName"] = "Conditional Access Administrator"
    upn = f"user-{user[-4:]}@hospital.example"
    shown = {"id": user, "displayName": "A User", "type": "User", "userPrincipalName": upn}
    record["properties"]["targetResources"].append({**shown, "modifiedProperties": []})
    return record


def methods(when: Any, old: list[int], new: list[int], user: str = entra.USER) -> entra.Json:
    """`Update user` with the directory's list of methods; the first of each is the default."""
    sides = [
        [{"MethodType": n, "Default": place == 0} for place, n in enumerate(side)]
        for side in (old, new)
    ]
    return entra.about_user(
        "Update user", when, user, properties=[("StrongAuthenticationMethod", *sides)]
    )


def security_info(activity: str, when: Any, reason: str, **more: Any) -> entra.Json:
    """A record of service Authentication Methods."""
    return entra.about_user(activity, when, service="Authentication Methods", reason=reason, **more)


def app_role(name: str, when: Any, verb: str = "Add", **more: Any) -> entra.Json:
    """An app role of Microsoft Graph given to, or taken from, the application."""
    values = [
        ("AppRole.Value", name),
        ("ServicePrincipal.ObjectID", APP),
        ("ServicePrincipal.DisplayName", "Backup Robot"),
        ("ServicePrincipal.AppId", APP_ID),
    ]
    added = verb == "Add"
    return entra.record(
        f"{verb} app role assignment {'to' if added else 'from'} service principal",
        when,
        target={"id": "graph", "displayName": "Microsoft Graph", "type": "ServicePrincipal"},
        properties=[(n, None, v) if added else (n, v, None) for n, v in values],
        category="ApplicationManagement",
        **more,
    )


def about(leaf: Leaf) -> entra.Json:
    """The object a finding is about."""
    shown: Any = leaf["object"]
    return dict(shown)


def found(data: Path, config: str, *records: entra.Json) -> list[Leaf]:
    """All findings of one message in a deployment with that `monitor.toml`."""
    path = data / "monitor.toml"
    path.write_text(config, encoding="utf-8")
    with open_monitor(data / "deployment", path, replay=True) as monitor:
        return leaves(monitor.ingest(batch(entra.body(*records))), "finding")
