"""device-registration-mfa-off: a device of the attacker's own."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import judged

RULE = "device-registration-mfa-off"


def record(*rows: tuple[str, Any, Any], **more: Any) -> entra.Json:
    name = "Set device registration policies"
    return entra.record(name, entra.at(1), properties=list(rows), **more)


@pytest.mark.parametrize(
    "row",
    [
        ("MultiFactorAuthConfiguration", "required", "notRequired"),
        ("MultiFactorAuthConfiguration", "1", "0"),
        ("Policy", {"multiFactorAuthConfiguration": 1}, {"multiFactorAuthConfiguration": 0}),
    ],
)
def test_mfa_no_longer_asked_for_is_medium(tmp_path: Path, row: tuple[str, Any, Any]) -> None:
    leaf = judged(tmp_path, record(row))[RULE]
    assert (leaf["severity"], leaf["certainty"]) == ("medium", "certain")


def test_what_is_not_shown_is_low(tmp_path: Path) -> None:
    leaf = judged(tmp_path, record())[RULE]
    assert (leaf["severity"], leaf["certainty"]) == ("low", "possible")


@pytest.mark.parametrize(
    "row",
    [
        ("MultiFactorAuthConfiguration", "notRequired", "required"),
        ("UserDeviceQuota", 20, 50),
    ],
)
def test_asked_for_again_or_more_devices_is_silent(
    tmp_path: Path, row: tuple[str, Any, Any]
) -> None:
    assert judged(tmp_path, record(row)) == {}


def test_a_registered_device_is_ordinary(tmp_path: Path) -> None:
    assert judged(tmp_path, entra.record("Register device", entra.at(1))) == {}
