"""self-service-reset-weakened: the first factor can be reset with less."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import judged

RULE = "self-service-reset-weakened"


def record(*rows: tuple[str, Any, Any], **more: Any) -> entra.Json:
    return entra.record("Update SSPR Settings", entra.at(1), properties=list(rows), **more)


@pytest.mark.parametrize(
    "row",
    [
        ("NumberOfAuthenticationMethodsRequired", 2, 1),
        ("AuthenticationGates", "2", "1"),
        ("SecurityQuestionsEnabled", False, True),
        ("AuthenticationMethods", ["Email"], ["Email", "Security Questions"]),
    ],
)
def test_fewer_gates_or_questions_are_medium(tmp_path: Path, row: tuple[str, Any, Any]) -> None:
    assert judged(tmp_path, record(row))[RULE]["severity"] == "medium"


def test_what_is_not_shown_is_low(tmp_path: Path) -> None:
    leaf: Any = judged(tmp_path, record())[RULE]
    assert (leaf["severity"], leaf["certainty"]) == ("low", "possible")


def test_more_gates_are_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, record(("NumberOfAuthenticationMethodsRequired", 1, 2))) == {}


def test_writeback_is_another_act(tmp_path: Path) -> None:
    name = "Enable password writeback for directory"
    assert judged(tmp_path, entra.record(name, entra.at(1))) == {}
