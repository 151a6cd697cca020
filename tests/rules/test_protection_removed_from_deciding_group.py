"""protection-removed-from-deciding-group: who may now change an exclusion group."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import findings, ingest, opened

RULE = "protection-removed-from-deciding-group"
REMOVED = "Remove member from restricted management administrative unit"
UNIT = {"id": "u-1", "displayName": "Protected", "type": "AdministrativeUnit"}


def left(activity: str = REMOVED, group: str = entra.GROUP, **more: Any) -> entra.Json:
    shown = {"id": group, "displayName": "Analyzers", "type": "Group"}
    return entra.record(activity, entra.at(), target=shown, category="AdministrativeUnit", **more)


def after(data: Path, record: entra.Json) -> dict[str, entra.Json]:
    with opened(data) as monitor:
        body = entra.policy(entra.excluding())
        ingest(monitor, entra.ca_change(None, body, entra.at(-60)))
        return findings(ingest(monitor, record))


def test_an_excluded_group_that_leaves_its_unit_is_medium(tmp_path: Path) -> None:
    found = after(tmp_path, left())
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "medium"
    assert found[RULE]["object"] == {"kind": "group", "id": entra.GROUP, "name": "Analyzers"}


def test_the_group_may_stand_behind_the_unit(tmp_path: Path) -> None:
    record = left(group=entra.GROUP.upper())
    record["properties"]["targetResources"].insert(0, {**UNIT, "modifiedProperties": []})
    assert set(after(tmp_path, record)) == {RULE}


@pytest.mark.parametrize(
    "record",
    [
        left(group=entra.USER),
        left("Remove member from administrative unit"),
        left("Add member to restricted management administrative unit"),
        left(result="failure"),
    ],
)
def test_other_groups_units_and_a_failure_are_silent(tmp_path: Path, record: entra.Json) -> None:
    assert after(tmp_path, record) == {}
