"""pim-alert-disabled: who silences a warning, and who only tidies up."""

from pathlib import Path
from typing import Any

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "pim-alert-disabled"
NAME = "Roles don't require multi-factor authentication for activation"


def alert(activity: str, **more: Any) -> entra.Json:
    return entra.record(
        activity,
        entra.at(),
        target={"id": "NoMfaOnRoleActivationAlert", "displayName": NAME, "type": "Other"},
        service="PIM",
        category="RoleManagement",
        **more,
    )


SETTING = "Update PIM alert setting"
OFF = alert(SETTING, properties=[("IsEnabled", ["True"], ["False"])])


@pytest.mark.parametrize("record", [alert("Disable PIM alert"), alert("Deactivate PIM alert"), OFF])
def test_a_silenced_alert_is_medium(tmp_path: Path, record: entra.Json) -> None:
    found = judged(tmp_path, record)
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "medium"
    assert found[RULE]["certainty"] == "certain"
    assert NAME in str(found[RULE]["witness"])


def test_settings_that_are_not_shown_are_low_and_have_to_be_read(tmp_path: Path) -> None:
    leaf = judged(tmp_path, alert(SETTING))[RULE]
    assert (leaf["severity"], leaf["certainty"]) == ("low", "possible")
    assert leaf["details"] == {"read_pending": True}


@pytest.mark.parametrize("activity", ["Triggered", "Resolve", "Enable"])
def test_other_turns_of_an_alert_are_silent(tmp_path: Path, activity: str) -> None:
    assert judged(tmp_path, alert(f"{activity} PIM alert")) == {}


def test_pim_itself_deactivating_it_is_silent(tmp_path: Path) -> None:
    record = acts.by_app(alert("Deactivate PIM alert"), acts.PIM_APP)
    assert judged(tmp_path, record) == {}


def test_a_failure_and_a_setting_that_leaves_it_on_are_silent(tmp_path: Path) -> None:
    assert judged(tmp_path / "failed", alert("Disable PIM alert", result="failure")) == {}
    raised = alert(SETTING, properties=[("GlobalAdminCountThreshold", ["3"], ["5"])])
    assert judged(tmp_path / "raised", raised) == {}
