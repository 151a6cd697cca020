"""role-without-method: power before proof."""

from pathlib import Path

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "role-without-method"
NEW = entra.add_user(entra.at())
PIM_DONE = "Add member to role completed (PIM activation)"


@pytest.mark.parametrize(
    "record",
    [
        acts.role("Add", entra.at(60)),
        acts.role("Add eligible", entra.at(60)),
        acts.pim("Add member to role in PIM completed (permanent)", entra.at(60)),
        acts.pim("Add eligible member to role in PIM completed (timebound)", entra.at(60)),
        acts.pim(PIM_DONE, entra.at(60)),
    ],
)
def test_a_role_for_an_account_without_a_method_is_critical(
    tmp_path: Path, record: entra.Json
) -> None:
    found = judged(tmp_path, NEW, record)
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "critical"
    assert "user-00e1@hospital.example" in str(found[RULE]["witness"])


def test_the_records_of_one_giving_are_one_finding(tmp_path: Path) -> None:
    carried_out = acts.by_app(acts.role("Add", entra.at(60.05)), acts.PIM_APP)
    assert set(judged(tmp_path / "pim", NEW, acts.pim(PIM_DONE, entra.at(60)), carried_out)) == {
        RULE
    }
    notice = acts.pim("Add member to role outside of PIM (permanent)", entra.at(61))
    assert set(judged(tmp_path / "direct", NEW, acts.role("Add", entra.at(60)), notice)) == {RULE}


def test_after_the_last_method_went_it_is_critical_again(tmp_path: Path) -> None:
    emptied = acts.methods(entra.at(), [6], [])
    found = judged(tmp_path, emptied, acts.role("Add", entra.at(60)))
    assert found[RULE]["severity"] == "critical"


@pytest.mark.parametrize(
    "record",
    [
        acts.role("Remove", entra.at(60)),
        acts.pim("Add member to role requested (PIM activation)", entra.at(60)),
        acts.pim(PIM_DONE, entra.at(60), category="GroupManagement"),
        acts.role("Add", entra.at(60), result="failure"),
    ],
)
def test_look_alikes_are_silent(tmp_path: Path, record: entra.Json) -> None:
    assert judged(tmp_path, NEW, record) == {}


def test_an_enrolled_and_an_unknown_account_are_silent(tmp_path: Path) -> None:
    activated = acts.pim(PIM_DONE, entra.at(60))
    assert judged(tmp_path / "known", NEW, entra.registered(entra.at(30)), activated) == {}
    assert judged(tmp_path / "unknown", activated) == {}
