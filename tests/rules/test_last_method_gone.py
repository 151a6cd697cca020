"""last-method-gone: the directory's list goes from some to none."""

from pathlib import Path

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "last-method-gone"


def test_emptied_by_somebody_else_it_is_high(tmp_path: Path) -> None:
    found = judged(tmp_path, acts.methods(entra.at(), [6, 7], []))
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "high"
    assert found[RULE]["certainty"] == "possible"


def test_emptied_by_the_account_it_is_medium(tmp_path: Path) -> None:
    found = judged(tmp_path, acts.by_user(acts.methods(entra.at(), [6], [])))
    assert found[RULE]["severity"] == "medium"


def test_emptied_by_a_privileged_account_it_is_high(tmp_path: Path) -> None:
    emptied = acts.by_user(acts.methods(entra.at(5), [6], []))
    assert judged(tmp_path, acts.role("Add", entra.at()), emptied)[RULE]["severity"] == "high"


def test_a_passkey_known_to_be_registered_is_left(tmp_path: Path) -> None:
    key = entra.registered(entra.at(5), reason="User registered Fido2 Authentication Method")
    records = (entra.add_user(entra.at()), key, acts.methods(entra.at(9), [6], []))
    assert judged(tmp_path, *records) == {}


@pytest.mark.parametrize(("old", "new"), [([6, 7], [6]), ([6, 7], [7, 6]), ([], []), ([], [6])])
def test_other_changes_of_the_list_are_silent(
    tmp_path: Path, old: list[int], new: list[int]
) -> None:
    assert judged(tmp_path, acts.methods(entra.at(), old, new)) == {}
