"""admin-registered-method: two records, one act."""

from pathlib import Path
from typing import Any

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "admin-registered-method"
PHONE = "Admin registered phone method for user"


def registration(minutes: float = 60, reason: str = PHONE, **more: Any) -> entra.Json:
    return entra.about_user(
        "Admin registered security info",
        entra.at(minutes),
        service="Authentication Methods",
        reason=reason,
        properties=[("Phone.Phone.PhoneType", None, "mobile")],
        **more,
    )


def service(record: entra.Json) -> entra.Json:
    name = "Azure Credential Configuration Endpoint Service"
    app = {"appId": "ea890292-c8c8-4433-b5ea-b09d0668e1a6", "displayName": name}
    return acts.by_app(record, app)


def test_it_is_medium_and_names_both(tmp_path: Path) -> None:
    leaf = judged(tmp_path, registration())[RULE]
    assert leaf["severity"] == "medium"
    assert leaf["witness"] == (
        "kim.admin@hospital.example registered phone for user-00e1@hospital.example."
    )


def test_the_directory_s_own_record_is_the_same_act(tmp_path: Path) -> None:
    update = service(acts.methods(entra.at(60.01), [], [5]))
    twin = service(registration(60.01))
    assert set(judged(tmp_path, registration(), update, twin)) == {RULE}


def test_another_method_a_moment_later_is_another_act(tmp_path: Path) -> None:
    other = registration(60.05, "Admin registered email method for user")
    with pytest.raises(AssertionError, match=RULE):
        judged(tmp_path, registration(), other)


def test_on_boarding_is_information(tmp_path: Path) -> None:
    found = judged(tmp_path, entra.add_user(entra.at()), registration())
    assert found[RULE]["severity"] == "info"


def test_a_person_s_own_registration_and_a_failure_are_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, entra.registered(entra.at()), registration(result="failure")) == {}
