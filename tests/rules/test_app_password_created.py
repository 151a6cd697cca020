"""app-password-created: a registration that is no second factor."""

from pathlib import Path
from typing import Any

from tests import acts, entra
from tests.corridor import judged

RULE = "app-password-created"
TEXT = "User registered App Password"


def created(minutes: float = 0, **more: Any) -> entra.Json:
    return entra.about_user("Create application password for user", entra.at(minutes), **more)


def test_both_forms_are_named(tmp_path: Path) -> None:
    for place, record in enumerate((created(), entra.registered(entra.at(), reason=TEXT))):
        found = judged(tmp_path / str(place), record)
        assert set(found) == {RULE}
        assert found[RULE]["severity"] == "high"


def test_both_forms_within_seconds_are_one_act(tmp_path: Path) -> None:
    assert set(judged(tmp_path, created(), entra.registered(entra.at(0.05), reason=TEXT))) == {RULE}


def test_deleting_one_failing_and_a_client_secret_are_silent(tmp_path: Path) -> None:
    deleted = entra.about_user("Delete application password for user", entra.at())
    secret = entra.record("Add service principal credentials", entra.at(), target=acts.APP_TARGET)
    assert judged(tmp_path, deleted, created(result="failure"), secret) == {}
