"""continuous-access-evaluation-off: certain where it is shown, possible where it is not."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import judged

NAME = "Update continuous access evaluation"


def record(*rows: tuple[str, Any, Any], **more: Any) -> entra.Json:
    return entra.record(NAME, entra.at(1), properties=list(rows), **more)


@pytest.mark.parametrize(
    "row",
    [
        ("isEnabled", True, False),
        ("ContinuousAccessEvaluation", {"isEnabled": True}, {"isEnabled": False}),
        ("mode", "strictEnforcement", "default"),
    ],
)
def test_off_is_certain(tmp_path: Path, row: tuple[str, Any, Any]) -> None:
    found = judged(tmp_path, record(row))
    assert set(found) == {"continuous-access-evaluation-off"}
    leaf = found["continuous-access-evaluation-off"]
    assert (leaf["severity"], leaf["certainty"]) == ("medium", "certain")


@pytest.mark.parametrize("rows", [(), (("groups", ["a"], ["b"]),)])
def test_what_is_not_shown_is_possible(tmp_path: Path, rows: Any) -> None:
    leaf: Any = judged(tmp_path, record(*rows))["continuous-access-evaluation-off"]
    assert leaf["certainty"] == "possible"
    assert leaf["details"]["read_pending"] is True


def test_on_is_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, record(("isEnabled", False, True))) == {}


def test_a_failed_attempt_is_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, record(("isEnabled", True, False), result="failure")) == {}
