"""security-info-deleted: by whom, of whom, and whether it was the last."""

from pathlib import Path
from typing import Any

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "security-info-deleted"
PHONE = "Admin deleted phone method for user"


def by_admin(minutes: float = 60, **more: Any) -> entra.Json:
    return acts.security_info("Admin deleted security info", entra.at(minutes), PHONE, **more)


def by_oneself(minutes: float = 60, text: str = "Authenticator App") -> entra.Json:
    reason = f"User deleted {text}"
    record = acts.security_info("User deleted security info", entra.at(minutes), reason)
    return acts.by_user(record)


def registered(minutes: float, text: str) -> entra.Json:
    return entra.registered(entra.at(minutes), reason=f"User registered {text}")


def test_by_an_administrator_it_is_medium(tmp_path: Path) -> None:
    leaf = judged(tmp_path, by_admin())[RULE]
    assert leaf["severity"] == "medium"
    assert "kim.admin@hospital.example deleted phone of user-00e1" in str(leaf["witness"]).lower()


def test_by_the_person_it_is_low(tmp_path: Path) -> None:
    assert judged(tmp_path, by_oneself())[RULE]["severity"] == "low"


def test_the_last_known_method_is_graver(tmp_path: Path) -> None:
    known = (entra.add_user(entra.at()), registered(5, "Authenticator App"))
    assert judged(tmp_path / "own", *known, by_oneself())[RULE]["severity"] == "medium"
    assert judged(tmp_path / "admin", *known, by_admin())[RULE]["severity"] == "high"


def test_one_of_two_known_methods_is_not_the_last(tmp_path: Path) -> None:
    known = (
        entra.add_user(entra.at()),
        registered(5, "Authenticator App"),
        registered(9, "Fido2 Authentication Method"),
    )
    assert judged(tmp_path, *known, by_oneself())[RULE]["severity"] == "low"


def test_of_a_privileged_account_by_an_administrator_it_is_high(tmp_path: Path) -> None:
    found = judged(tmp_path, acts.role("Add", entra.at()), by_admin())
    assert found[RULE]["severity"] == "high"


def test_the_emptied_list_and_the_deletion_are_told_once(tmp_path: Path) -> None:
    emptied = acts.methods(entra.at(60.02), [6], [])
    known = (entra.add_user(entra.at()), registered(5, "Authenticator App"))
    assert set(judged(tmp_path / "one", *known, by_admin(), emptied)) == {RULE}
    found = judged(tmp_path / "two", acts.methods(entra.at(60), [6], []), by_admin(60.05))
    assert found[RULE]["severity"] == "info"
    assert found["last-method-gone"]["severity"] == "high"


@pytest.mark.parametrize(
    "record",
    [
        by_admin(result="failure"),
        acts.security_info(
            "Admin deleted security info",
            entra.at(),
            "Admin deleted temporary access pass method for user",
        ),
        acts.security_info("User deleted security info", entra.at(), "User deleted App Password"),
    ],
)
def test_what_is_no_lasting_method_or_failed_is_silent(tmp_path: Path, record: entra.Json) -> None:
    assert judged(tmp_path, record) == {}


def test_the_record_twice_within_seconds_is_one_act_and_minutes_later_two(tmp_path: Path) -> None:
    assert judged(tmp_path / "twin", by_admin(), by_admin(60.05))[RULE]
    with pytest.raises(AssertionError, match=RULE):
        judged(tmp_path / "two", by_admin(), by_admin(65))
