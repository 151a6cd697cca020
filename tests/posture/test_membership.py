"""Membership from the stream: reading one record, and the documents it makes."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.events.activity import Concern
from monitor.events.model import AuditEvent
from monitor.events.read import read_message
from monitor.posture.change import Change, Effect, Known, Pending
from monitor.posture.document import Body, DocumentKind
from monitor.posture.fold import fold
from monitor.posture.membership import (
    NOBODY,
    emptied,
    peopled,
    read_conversion,
    read_membership,
    with_member,
)
from monitor.posture.parts import Group, parse_part
from tests import acts, entra


class Holding:
    """One known document, and nothing pending."""

    def __init__(self, body: Body | None = None, at: datetime | None = None) -> None:
        self.body, self.at = body, at

    def known(self, kind: DocumentKind, identity: str) -> Known | None:
        return Known(self.at or entra.at(-600), self.body) if self.body is not None else None

    def pending(self, kind: DocumentKind, identity: str) -> Sequence[Pending]:
        return ()


def event(record: entra.Json) -> AuditEvent:
    (found,) = read_message(entra.body(record)).events
    return found


def folded(record: entra.Json, body: Body | None = None) -> Change:
    concern = Concern.ROLE if "role" in record["operationName"] else Concern.GROUP
    return fold(event(record), concern, Holding(body), entra.at(600))


@pytest.mark.parametrize("verb", ["Add", "Remove"])
def test_a_group_s_member_is_read(verb: str) -> None:
    seen = read_membership(event(acts.member(verb, entra.at())))
    assert seen is not None
    assert (seen.group, seen.member, seen.added) == (entra.GROUP, entra.USER, verb == "Add")
    assert seen.kind is DocumentKind.GROUP
    assert not seen.nested


def test_a_role_is_known_by_its_template_in_lower_case() -> None:
    change = folded(acts.role("Add", entra.at(), template=acts.ROLE.upper()))
    assert (change.kind, change.id) == (DocumentKind.ROLE, acts.ROLE)
    assert change.effect is Effect.APPLIED


def test_a_scoped_role_is_only_noted() -> None:
    assert folded(acts.role("Add scoped", entra.at())).effect is Effect.NOTED


def test_a_record_without_its_group_is_only_noted() -> None:
    bare = acts.member("Add", entra.at())
    bare["properties"]["targetResources"][0]["modifiedProperties"] = []
    assert folded(bare).effect is Effect.NOTED


def test_what_moved_later_is_not_moved_back() -> None:
    newer = event(acts.member("Remove", entra.at(10)))
    seen = read_membership(newer)
    assert seen is not None
    held = with_member(None, "Analyzers", seen.delta())
    late = folded(acts.member("Add", entra.at(5)), held)
    assert late.effect is Effect.OLDER
    assert late.comparable
    assert late.membership is None
    other = folded(acts.member("Add", entra.at(5), user=entra.ADMIN), held)
    assert other.effect is Effect.APPLIED


MEMBERS = st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.booleans()), max_size=12)


@given(MEMBERS)
def test_the_document_holds_each_member_once_and_the_last_word_counts(
    moves: list[tuple[str, bool, bool]],
) -> None:
    body: Body = {}
    last: dict[tuple[str, bool], bool] = {}
    for identity, nested, added in moves:
        # a group and a user never share an id
        name = f"{identity}{'g' if nested else 'u'}"
        body = with_member(body, "G", {"id": name, "nested": nested, "added": added})
        last[name, nested] = added
    group = parse_part(Group, body)
    assert group.members == {n for (n, nested), added in last.items() if added and not nested}
    assert group.member_groups == {n for (n, nested), added in last.items() if added and nested}
    assert group.non_members == {n for (n, _), added in last.items() if not added}


def test_a_deleted_group_holds_nobody_and_is_completely_known() -> None:
    group = parse_part(Group, emptied({"displayName": "G", "members": ["u"]}, ""))
    assert group.members == {NOBODY}
    assert group.members_complete
    assert parse_part(Group, peopled({"members": ["u"]}, "G")).members == {"u", NOBODY}


def test_only_a_change_of_sides_is_a_conversion() -> None:
    def read(old: list[str], new: list[str]) -> object:
        properties = [("UserType", old, new)]
        return read_conversion(
            event(entra.about_user("Update user", entra.at(), properties=properties))
        )

    assert read(["Member"], ["Guest"]) is not None
    assert read(["Member"], ["member"]) is None
    assert read([], ["Guest"]) is None


def test_a_conversion_is_kept_and_a_late_one_replaces_nothing() -> None:
    record = entra.about_user(
        "Update user", entra.at(), properties=[("UserType", ["Member"], ["Guest"])]
    )
    change = fold(event(record), Concern.ACCOUNT, Holding(), entra.at(600))
    assert (change.effect, change.kind) == (Effect.APPLIED, DocumentKind.USER)
    assert change.after is not None
    assert change.after["userType"] == "Guest"
    held = Holding({"userType": "Guest"}, entra.at(5))
    assert fold(event(record), Concern.ACCOUNT, held, entra.at(600)).effect is Effect.OLDER
