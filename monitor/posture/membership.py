"""Who is in what, from the stream: one member at a time, as a delta on what is known of the object.

"Add member to group" names the group on the *member* target (`Group.ObjectID`,
`Group.DisplayName`); "Add member to role" names the role there (`Role.TemplateId`,
`Role.DisplayName`). On removal the same stand in the old value (all seen in public captures).
Without a baseline the members are known only as far as records tell: `members` are in,
`nonMembers` are out, everybody else is unknown. `memberTimes` says when each was last moved, so
that a record that comes late replaces nothing newer.

Roles given for one administrative unit ("Add scoped member to role") are left out on purpose:
Conditional Access does not apply to them (Microsoft Learn, "Conditional Access: users").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from monitor.events.model import AuditEvent, TargetResource, Unreadable
from monitor.posture.document import Body, DocumentKind
from monitor.posture.posture import Posture

ADDED = frozenset({"add member to group", "add member to role"})
REMOVED = frozenset({"remove member from group", "remove member from role"})
DELETED = frozenset({"delete group", "hard delete group"})
RESTORED = frozenset({"restore group"})

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Stands among the members of a deleted group: an empty list would say that they are not known."""

_CONTAINERS = (
    (DocumentKind.GROUP, "Group.ObjectID", "Group.DisplayName"),
    (DocumentKind.ROLE, "Role.TemplateId", "Role.DisplayName"),
)


@dataclass(frozen=True, slots=True)
class Membership:
    """Who came into or went out of which group or role; `nested` when the member is a group.

    `group` is the id of the group, or the template id of the role. `at` is the record's time.
    """

    group: str
    group_name: str
    member: str
    member_name: str
    nested: bool
    added: bool
    at: datetime
    kind: DocumentKind = DocumentKind.GROUP

    def delta(self) -> dict[str, JsonValue]:
        """The membership as the ledger's leaf holds it."""
        return {
            "id": self.member,
            "name": self.member_name,
            "nested": self.nested,
            "added": self.added,
            "at": self.at.isoformat(),
        }

    def undone(self) -> "Membership":
        """The opposite: what was so before."""
        return replace(self, added=not self.added)


def read_membership(event: AuditEvent) -> Membership | None:
    """Return who came or went, or None where the record does not say."""
    added = event.activity in ADDED
    if not added and event.activity not in REMOVED:
        return None
    for member in event.targets:
        for kind, identity, name in _CONTAINERS:
            container = _text(member, identity, added=added)
            if container and member.id:
                return Membership(
                    group=container.lower() if kind is DocumentKind.ROLE else container,
                    group_name=_text(member, name, added=added),
                    member=member.id,
                    member_name=member.upn or member.name or member.id,
                    nested=(member.type or "").casefold() == "group",
                    added=added,
                    at=event.time,
                    kind=kind,
                )
    return None


def _text(target: TargetResource, name: str, *, added: bool) -> str:
    prop = target.property(name)
    value: JsonValue | Unreadable = (prop.new if added else prop.old) if prop else None
    return value if isinstance(value, str) else ""


def with_member(body: Body | None, name: str, delta: Mapping[str, JsonValue]) -> Body:
    """Return the document of the group or role after the delta of a membership.

    `name` renames where it is known.
    """
    changed: dict[str, JsonValue] = dict(body or {})
    if name:
        changed["displayName"] = name
    identity, added = str(delta["id"]), bool(delta["added"])
    into, out = ("members", "nonMembers") if added else ("nonMembers", "members")
    if delta.get("nested"):
        into, out = ("memberGroups", "nonMembers") if added else ("nonMembers", "memberGroups")
    changed[into] = [*sorted({*_ids(changed, into), identity})]
    changed[out] = [one for one in _ids(changed, out) if one != identity]
    if isinstance(delta.get("at"), str):
        times = changed.get("memberTimes")
        changed["memberTimes"] = {**(times if isinstance(times, dict) else {})} | {
            identity: delta["at"]
        }
    return changed


def moved_later(body: Body | None, seen: Membership) -> bool:
    """Say whether a record newer than this one has already moved the member."""
    times = (body or {}).get("memberTimes")
    text = times.get(seen.member) if isinstance(times, dict) else None
    return isinstance(text, str) and seen.at < datetime.fromisoformat(text)


def emptied(body: Body | None, name: str) -> Body:
    """Return the document of a group that was deleted: nobody is in it."""
    shown = name or str((body or {}).get("displayName") or "")
    return {
        "displayName": shown,
        "members": [NOBODY],
        "memberGroups": [],
        "membersComplete": True,
    }


def peopled(body: Body | None, name: str) -> Body:
    """Return the document of a group that stands: who is in it, as far as known."""
    held = dict(body or {"displayName": name})
    return {**held, "members": [*sorted({*_ids(held, "members"), NOBODY})]}


def _ids(body: Body, name: str) -> list[str]:
    """The ids under that name, whether given as ids or as objects with an id."""
    held = cast("list[JsonValue]", body.get(name) or [])
    found = (item.get("id") if isinstance(item, dict) else item for item in held)
    return [item for item in found if isinstance(item, str)]


@dataclass(frozen=True, slots=True)
class Conversion:
    """An account's user type before and after: `Member` or `Guest`, as written."""

    user: str
    name: str
    old: str
    new: str

    def body(self, kind: str) -> Body:
        """The account's document with that user type."""
        return {"displayName": self.name, "userPrincipalName": self.name, "userType": kind}


def read_conversion(event: AuditEvent) -> Conversion | None:
    """Return which account went from member to guest or back; None where none did.

    The creation of an account shows a user type too, but no old one.
    """
    for target in event.targets:
        prop = target.property("UserType")
        old, new = (_word(prop.old), _word(prop.new)) if prop else ("", "")
        if target.id and old and new and old.casefold() != new.casefold():
            return Conversion(target.id, target.upn or target.name or target.id, old, new)
    return None


def _word(value: JsonValue | Unreadable) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) else ""


def deciding_groups(posture: Posture) -> frozenset[str]:
    """Return the ids (lower case) of the groups policies name, and of groups nested in these."""
    named: set[str] = set()
    for policy in posture.policies.values():
        users = policy.conditions.users
        named |= {*users.include_groups, *users.exclude_groups}
    while grown := _nested(posture, named) - named:
        named |= grown
    return frozenset(named)


def deciding_roles(posture: Posture) -> frozenset[str]:
    """Return the template ids (lower case) of the roles policies name."""
    scopes = (policy.conditions.users for policy in posture.policies.values())
    return frozenset(
        role for users in scopes for role in (*users.include_roles, *users.exclude_roles)
    )


def _nested(posture: Posture, named: Iterable[str]) -> set[str]:
    groups = (posture.groups.get(identity) for identity in named)
    return {nested for group in groups if group for nested in group.member_groups}


def decides(posture: Posture, kind: DocumentKind, identity: str) -> bool:
    """Say whether who belongs to that group or role can decide about a sign-in."""
    if kind is DocumentKind.GROUP:
        return identity.lower() in deciding_groups(posture)
    return kind is not DocumentKind.ROLE or identity.lower() in deciding_roles(posture)
