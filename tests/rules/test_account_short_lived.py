"""account-short-lived: made, used and gone within a day."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.acts import found as found_with
from tests.corridor import judged

RULE = "account-short-lived"
NEW = entra.add_user(entra.at())
DAY = 24 * 60


def deleted(minutes: float, activity: str = "Delete user", **more: Any) -> entra.Json:
    return entra.about_user(activity, entra.at(minutes), **more)


@pytest.mark.parametrize(("minutes", "told"), [(11, "11 min"), (125, "2 h 5 min"), (DAY, "24 h")])
def test_created_and_deleted_within_a_day_is_medium(
    tmp_path: Path, minutes: float, told: str
) -> None:
    found = judged(tmp_path, NEW, deleted(minutes))
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "medium"
    assert told in str(found[RULE]["witness"])


def test_a_guest_counts_too(tmp_path: Path) -> None:
    guest = entra.add_user(entra.at(), kind="Guest")
    assert judged(tmp_path, guest, deleted(60))[RULE]["severity"] == "medium"


def test_a_mistake_undone_at_once_is_information(tmp_path: Path) -> None:
    assert judged(tmp_path, NEW, deleted(3))[RULE]["severity"] == "info"


def test_at_once_but_with_a_method_registered_it_is_no_mistake(tmp_path: Path) -> None:
    used = entra.registered(entra.at(2))
    assert judged(tmp_path, NEW, used, deleted(5))[RULE]["severity"] == "medium"


def test_the_final_deletion_is_not_told_again(tmp_path: Path) -> None:
    records = (NEW, deleted(60), deleted(90, "Hard Delete user"))
    assert set(judged(tmp_path, *records)) == {RULE}


@pytest.mark.parametrize(
    "records",
    [
        (NEW, deleted(DAY + 1)),
        (deleted(60),),
        (NEW, deleted(60, result="failure")),
        (NEW, deleted(60, "Disable account")),
    ],
)
def test_an_old_or_unknown_account_and_look_alikes_are_silent(
    tmp_path: Path, records: tuple[entra.Json, ...]
) -> None:
    assert judged(tmp_path, *records) == {}


def test_an_emergency_account_is_left_to_its_own_rule(tmp_path: Path) -> None:
    config = f'[emergency]\naccounts = ["{entra.USER}"]\n'
    rules = {leaf["rule"] for leaf in found_with(tmp_path, config, NEW, deleted(60))}
    assert RULE not in rules
    assert "emergency-account-touched" in rules
