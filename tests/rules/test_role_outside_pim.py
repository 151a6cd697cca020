"""role-outside-pim: a standing privileged role."""

from pathlib import Path

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "role-outside-pim"
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"


@pytest.mark.parametrize(("template", "severity"), [(acts.ROLE, "medium"), (HELPDESK, "low")])
def test_the_role_decides(tmp_path: Path, template: str, severity: str) -> None:
    found = judged(tmp_path, acts.role("Add", entra.at(), template=template))
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == severity


def test_whoever_gives_it_to_their_own_account_is_high(tmp_path: Path) -> None:
    leaf = judged(tmp_path, acts.by_user(acts.role("Add", entra.at())))[RULE]
    assert leaf["severity"] == "high"
    assert "their own account" in str(leaf["witness"])


@pytest.mark.parametrize(
    "record",
    [
        acts.by_app(acts.role("Add", entra.at()), acts.PIM_APP),
        acts.pim("Add member to role completed (PIM activation)", entra.at()),
        acts.pim("Add member to role outside of PIM (permanent)", entra.at()),
        acts.role("Add eligible", entra.at()),
        acts.role("Add", entra.at(), template="aaaaaaaa-0000-4000-8000-0000000000b9"),
        acts.role("Add", entra.at(), result="failure"),
    ],
)
def test_look_alikes_are_silent(tmp_path: Path, record: entra.Json) -> None:
    assert judged(tmp_path, record) == {}


FOR_GOOD = "Add member to role in PIM completed (permanent)"


def test_for_good_in_pim_counts_once(tmp_path: Path) -> None:
    carried_out = acts.by_app(acts.role("Add", entra.at(0.05)), acts.PIM_APP)
    found = judged(tmp_path, acts.pim(FOR_GOOD, entra.at()), carried_out)
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "medium"
    assert "for good in PIM" in str(found[RULE]["witness"])


@pytest.mark.parametrize(
    "record",
    [
        acts.pim("Add member to role in PIM completed (timebound)", entra.at()),
        acts.pim("Add eligible member to role in PIM completed (permanent)", entra.at()),
        acts.pim("Add member to role in PIM requested (permanent)", entra.at()),
        acts.pim(FOR_GOOD, entra.at(), category="GroupManagement"),
        acts.pim(FOR_GOOD, entra.at(), category="ResourceManagement"),
    ],
)
def test_what_ends_or_needs_activation_in_pim_is_silent(tmp_path: Path, record: entra.Json) -> None:
    assert judged(tmp_path, record) == {}
