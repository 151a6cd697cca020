"""methods-migration-moved-back: the legacy settings count again."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, told


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("state", ["migrationInProgress", "preMigration"])
def test_a_step_back_is_medium(tmp_path: Path, form: Form, state: str) -> None:
    found = told(tmp_path, form, edit("/policyMigrationState", state))
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "methods-migration-moved-back": "medium"
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_step_forward_is_silent(tmp_path: Path, form: Form) -> None:
    before = methods.policy(edit("/policyMigrationState", "preMigration"))
    assert (
        told(tmp_path, form, edit("/policyMigrationState", "migrationComplete"), before=before)
        == {}
    )


def test_the_same_state_on_both_sides_is_silent(tmp_path: Path) -> None:
    assert told(tmp_path, FORMS[0], edit("/methods/Voice/state", "disabled")) == {}
