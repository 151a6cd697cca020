"""Group membership from the stream: one member at a time, as a delta on what is known of the group.

"Add member to group" names the group on the *member* target (`Group.ObjectID`,
`Group.DisplayName`); on removal the same stand in the old value (seen in public captures). Without
a baseline a group's members are known only as far as records tell: `members` are in, `nonMembers`
are out, everybody else is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from monitor.events.model import AuditEvent, TargetResource, Unreadable
from monitor.posture.document import Body

ADDED = frozenset({"add member to group"})
REMOVED = frozenset({"remove member from group"})
DELETED = frozenset({"delete group", "hard delete group"})


@dataclass(frozen=True, slots=True)
class Membership:
    """Who came into or went out of which group; `nested` when the member is itself a group."""

    group: str
    group_name: str
    member: str
    member_name: str
    nested: bool
    added: bool

    def delta(self) -> dict[str, JsonValue]:
        """The membership as the ledger's leaf holds it."""
        return {
            "id": self.member,
            "name": self.member_name,
            "nested": self.nested,
            "added": self.added,
        }

    def undone(self) -> "Membership":
        """The opposite: what was so before."""
        return Membership(
            self.group,
            self.group_name,
            self.member,
            self.member_name,
            self.nested,
            not self.added,
        )


def read_membership(event: AuditEvent) -> Membership | None:
    """Return who came or went, or None where the record does not say."""
    added = event.activity in ADDED
    if not added and event.activity not in REMOVED:
        return None
    for member in event.targets:
        group = _text(member, "Group.ObjectID", added=added)
        if group and member.id:
            return Membership(
                group=group,
                group_name=_text(member, "Group.DisplayName", added=added),
                member=member.id,
                member_name=member.upn or member.name or member.id,
                nested=(member.type or "").casefold() == "group",
                added=added,
            )
    return None


def _text(target: TargetResource, name: str, *, added: bool) -> str:
    prop = target.property(name)
    value: JsonValue | Unreadable = (prop.new if added else prop.old) if prop else None
    return value if isinstance(value, str) else ""


def with_member(body: Body | None, name: str, delta: Mapping[str, JsonValue]) -> Body:
    """Return the group's document after the delta of a membership.

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
    return changed


def emptied(body: Body | None, name: str) -> Body:
    """Return the document of a group that was deleted: nobody is in it."""
    shown = name or str((body or {}).get("displayName") or "")
    return {"displayName": shown, "members": [], "memberGroups": [], "membersComplete": True}


def _ids(body: Body, name: str) -> list[str]:
    """The ids under that name, whether given as ids or as objects with an id."""
    held = cast("list[JsonValue]", body.get(name) or [])
    found = (item.get("id") if isinstance(item, dict) else item for item in held)
    return [item for item in found if isinstance(item, str)]
