"""ca-strengthened: information only."""

from pathlib import Path

from tests import entra
from tests.corridor import judged

REPORT_ONLY = entra.policy(state="enabledForReportingButNotEnforced")
BASE = entra.policy()


def test_enabling_a_report_only_policy_strengthens(tmp_path: Path) -> None:
    found = judged(tmp_path, entra.ca_change(REPORT_ONLY, BASE, entra.at()))
    assert set(found) == {"ca-strengthened"}
    assert found["ca-strengthened"]["severity"] == "info"


def test_a_rename_is_silent(tmp_path: Path) -> None:
    renamed = entra.policy(displayName="New name")
    assert judged(tmp_path, entra.ca_change(BASE, renamed, entra.at())) == {}


def test_an_edit_that_also_weakens_is_mixed(tmp_path: Path) -> None:
    before = entra.policy(
        {"op": "replace", "path": "/conditions/users/includeUsers", "value": []},
        {"op": "add", "path": "/conditions/users/includeGroups/-", "value": "g-one"},
    )
    after = entra.policy(
        {"op": "replace", "path": "/conditions/users/includeUsers", "value": []},
        {"op": "add", "path": "/conditions/users/includeGroups/-", "value": "g-two"},
    )
    found = judged(tmp_path, entra.ca_change(before, after, entra.at()))
    assert set(found) == {"ca-weakened"}
