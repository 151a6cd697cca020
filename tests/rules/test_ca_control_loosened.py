"""ca-control-loosened: the second factor is asked for as before, another control asks for less."""

from pathlib import Path
from typing import Any

from tests import entra
from tests.corridor import judged


def with_frequency(value: int, kind: str, **more: Any) -> entra.Json:
    frequency = {
        "value": value,
        "type": kind,
        "authenticationType": "primaryAndSecondaryAuthentication",
        "frequencyInterval": "timeBased",
        "isEnabled": True,
    }
    return entra.policy(sessionControls={"signInFrequency": frequency}, **more)


def test_a_longer_session_is_named(tmp_path: Path) -> None:
    change = entra.ca_change(with_frequency(4, "hours"), with_frequency(30, "days"), entra.at())
    found = judged(tmp_path, change)
    assert set(found) == {"ca-control-loosened"}
    assert found["ca-control-loosened"]["severity"] == "low"


def test_a_shorter_session_is_silent(tmp_path: Path) -> None:
    change = entra.ca_change(with_frequency(30, "days"), with_frequency(4, "hours"), entra.at())
    assert "ca-control-loosened" not in judged(tmp_path, change)


def test_a_report_only_policy_is_silent(tmp_path: Path) -> None:
    state = "enabledForReportingButNotEnforced"
    before = with_frequency(4, "hours", state=state)
    after = with_frequency(30, "days", state=state)
    assert judged(tmp_path, entra.ca_change(before, after, entra.at())) == {}
