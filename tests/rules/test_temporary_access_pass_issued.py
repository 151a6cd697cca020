"""temporary-access-pass-issued: on-boarding, ordinary, privileged."""

from pathlib import Path
from typing import Any

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "temporary-access-pass-issued"
TEXT = "Admin registered temporary access pass method for user"


def issued(minutes: float = 60, reason: str = TEXT, **more: Any) -> entra.Json:
    return acts.security_info("Admin registered security info", entra.at(minutes), reason, **more)


def test_it_is_medium(tmp_path: Path) -> None:
    found = judged(tmp_path, issued())
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "medium"


def test_it_is_told_by_its_properties_too(tmp_path: Path) -> None:
    record = entra.about_user(
        "Admin registered security info",
        entra.at(),
        properties=[("TemporaryAccessPass.TemporaryAccessPass.Id", None, "1")],
    )
    assert set(judged(tmp_path, record)) == {RULE}


def test_during_on_boarding_it_is_information(tmp_path: Path) -> None:
    found = judged(tmp_path, entra.add_user(entra.at()), issued())
    assert found[RULE]["severity"] == "info"


def test_after_the_last_method_went_it_is_no_on_boarding(tmp_path: Path) -> None:
    found = judged(tmp_path, acts.methods(entra.at(), [6], []), issued())
    assert found[RULE]["severity"] == "medium"


def test_for_a_privileged_account_it_is_high(tmp_path: Path) -> None:
    assert judged(tmp_path, acts.role("Add", entra.at()), issued())[RULE]["severity"] == "high"


@pytest.mark.parametrize(
    "record",
    [
        issued(result="failure"),
        acts.security_info(
            "Admin deleted security info",
            entra.at(),
            "Admin deleted temporary access pass method for user",
        ),
        acts.security_info("User started security info registration", entra.at(), TEXT),
    ],
)
def test_look_alikes_are_silent(tmp_path: Path, record: entra.Json) -> None:
    assert judged(tmp_path, record) == {}
