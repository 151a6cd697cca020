"""dynamic-rule-edited: the rule of a group that policies name."""

from pathlib import Path

from tests import entra
from tests.corridor import findings, ingest, opened

RULE = "dynamic-rule-edited"


def edited(name: str, old: object, new: object, group: str = entra.GROUP) -> entra.Json:
    return entra.record(
        "Update group",
        entra.at(),
        target={"id": group, "displayName": "Analyzers", "type": "Group"},
        properties=[(name, old, new)],
        category="GroupManagement",
    )


def after(data: Path, record: entra.Json) -> dict[str, entra.Json]:
    with opened(data) as monitor:
        body = entra.policy(entra.excluding())
        ingest(monitor, entra.ca_change(None, body, entra.at(-60)))
        return findings(ingest(monitor, record))


def test_an_edited_rule_of_a_named_group_has_to_be_read(tmp_path: Path) -> None:
    rule = '(user.department -eq "Imaging")'
    found = after(tmp_path, edited("MembershipRule", ["(false)"], [rule]))
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "medium"
    assert found[RULE]["details"]["read_pending"] is True
    assert rule in found[RULE]["witness"]


def test_a_group_no_policy_names_is_silent(tmp_path: Path) -> None:
    assert after(tmp_path, edited("MembershipRule", ["a"], ["b"], group=entra.USER)) == {}


def test_a_description_is_silent(tmp_path: Path) -> None:
    assert after(tmp_path, edited("Description", ["a"], ["b"])) == {}
