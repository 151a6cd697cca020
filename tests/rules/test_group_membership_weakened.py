"""group-membership-weakened: who joins an excluded group, or leaves an included one."""

from pathlib import Path

import pytest

from tests import acts, entra
from tests.corridor import findings, ingest, judged, opened

RULE = "group-membership-weakened"
OTHER = "aaaaaaaa-0000-4000-8000-0000000000c2"


def excluding() -> entra.Json:
    base = entra.policy()
    return entra.ca_change(base, entra.policy(entra.excluding()), entra.at(-60))


def including() -> entra.Json:
    users = {"op": "replace", "path": "/conditions/users/includeUsers", "value": []}
    group = {"op": "add", "path": "/conditions/users/includeGroups/-", "value": entra.GROUP}
    return entra.ca_change(None, entra.policy(users, group), entra.at(-60))


def after(data: Path, known: list[entra.Json], *records: entra.Json) -> dict[str, entra.Json]:
    with opened(data) as monitor:
        ingest(monitor, *known)
        return findings(ingest(monitor, *records))


def test_joining_an_excluded_group_is_named_with_who_and_whom(tmp_path: Path) -> None:
    found = after(tmp_path, [excluding()], acts.member("Add", entra.at()))
    assert set(found) == {RULE}
    leaf = found[RULE]
    assert leaf["severity"] == "high"
    assert acts.about(leaf)["id"] == entra.GROUP
    assert leaf["witness"].startswith(
        "kim.admin@hospital.example added user-00e1@hospital.example to the group *Analyzers*"
    )
    assert "Require MFA for everyone" in leaf["witness"]


def test_whoever_adds_their_own_account_is_told_so(tmp_path: Path) -> None:
    record = acts.by_user(acts.member("Add", entra.at()))
    found = after(tmp_path, [excluding()], record)
    assert "added their own account" in found[RULE]["witness"]


def test_leaving_an_included_group_is_named(tmp_path: Path) -> None:
    found = after(tmp_path, [including()], acts.member("Remove", entra.at()))
    assert set(found) == {RULE}
    assert "removed user-00e1@hospital.example from" in found[RULE]["witness"]


def test_a_nested_group_is_named(tmp_path: Path) -> None:
    nested = acts.member("Add", entra.at(), OTHER, kind="Group", upn=None)
    found = after(tmp_path, [excluding()], nested)
    assert set(found) == {RULE}
    assert "everybody in" in found[RULE]["witness"]
    joins = acts.member("Add", entra.at(5), group=OTHER)
    assert set(after(tmp_path, [], joins)) <= {RULE}


def test_joining_a_group_nested_in_an_excluded_one_is_looked_at(tmp_path: Path) -> None:
    nested = acts.member("Add", entra.at(-5), OTHER, kind="Group", upn=None)
    found = after(tmp_path, [excluding(), nested], acts.member("Add", entra.at(), group=OTHER))
    assert set(found) == {RULE}


def test_a_deleted_included_group_is_named(tmp_path: Path) -> None:
    deleted = entra.record(
        "Delete group",
        entra.at(),
        target={"id": entra.GROUP, "displayName": "Analyzers", "type": "Group"},
    )
    found = after(tmp_path, [including()], deleted)
    assert set(found) == {RULE}
    assert "was deleted" in found[RULE]["witness"]


def test_a_restored_excluded_group_is_named(tmp_path: Path) -> None:
    shown = {"id": entra.GROUP, "displayName": "Analyzers", "type": "Group"}
    deleted = entra.record("Delete group", entra.at(-5), target=shown)
    restored = entra.record("Restore group", entra.at(), target=shown)
    found = after(tmp_path, [excluding(), deleted], restored)
    assert set(found) == {RULE}
    assert "was restored" in found[RULE]["witness"]


def test_a_group_no_policy_names_is_silent(tmp_path: Path) -> None:
    other = acts.member("Add", entra.at(), group=OTHER)
    assert after(tmp_path, [excluding()], other) == {}


def test_a_group_another_policy_covers_is_silent(tmp_path: Path) -> None:
    second = entra.policy(id=OTHER, displayName="Second")
    known = [excluding(), entra.ca_change(None, second, entra.at(-50))]
    assert after(tmp_path, known, acts.member("Add", entra.at())) == {}


def test_leaving_an_excluded_group_is_no_weakening(tmp_path: Path) -> None:
    found = after(tmp_path, [excluding()], acts.member("Remove", entra.at()))
    assert set(found) == {"ca-strengthened"}


def test_a_failed_attempt_is_silent(tmp_path: Path) -> None:
    failed = acts.member("Add", entra.at(), result="failure")
    assert after(tmp_path, [excluding()], failed) == {}


def test_a_record_that_comes_late_is_judged_and_replaces_nothing(tmp_path: Path) -> None:
    known = [excluding(), acts.member("Remove", entra.at(10))]
    with opened(tmp_path) as monitor:
        ingest(monitor, *known)
        late = ingest(monitor, acts.member("Add", entra.at(5)))
        assert set(findings(late)) == {RULE}
        again = ingest(monitor, acts.member("Add", entra.at(15)))
    assert set(findings(again)) == {RULE}, "the member was out, so joining again is news"


@pytest.mark.parametrize("activity", ["Update group", "Add group"])
def test_other_records_of_the_group_are_silent(tmp_path: Path, activity: str) -> None:
    shown = {"id": entra.GROUP, "displayName": "Analyzers", "type": "Group"}
    record = entra.record(
        activity, entra.at(), target=shown, properties=[("Description", ["a"], ["b"])]
    )
    assert after(tmp_path, [excluding()], record) == {}


def test_ca_weakened_leaves_groups_to_this_rule(tmp_path: Path) -> None:
    found = judged(tmp_path, excluding(), acts.member("Add", entra.at()))
    assert acts.about(found["ca-weakened"])["kind"] == "conditionalAccessPolicy"
