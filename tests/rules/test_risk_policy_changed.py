"""risk-policy-changed: certain where it is shown, possible where it is not."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import judged

NAMES = (
    "Update User Risk and MFA Registration Policy",
    "Update Sign-In Risk Policy",
    "Update IdentityProtectionPolicy",
)


def record(name: str, *rows: tuple[str, Any, Any], **more: Any) -> entra.Json:
    return entra.record(name, entra.at(1), properties=list(rows), **more)


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_switched_off_is_medium(tmp_path: Path, name: str) -> None:
    found = judged(tmp_path, record(name, ("Policy", {"state": "enabled"}, {"state": "disabled"})))
    leaf = found["risk-policy-changed"]
    assert (leaf["severity"], leaf["certainty"]) == ("medium", "certain")


def test_what_is_not_shown_is_possible(tmp_path: Path) -> None:
    leaf: Any = judged(tmp_path, record(NAMES[0]))["risk-policy-changed"]
    assert leaf["certainty"] == "possible"
    assert leaf["details"]["read_pending"] is True


def test_switched_on_is_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, record(NAMES[1], ("state", "disabled", "enabled"))) == {}


def test_a_dismissed_risk_is_another_act(tmp_path: Path) -> None:
    assert judged(tmp_path, entra.about_user("DismissUser", entra.at(1))) == {}


def test_a_failed_attempt_is_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, record(NAMES[1], result="failure")) == {}
