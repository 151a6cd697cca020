"""per-user-mfa-disabled: what it means depends on the policies."""

from pathlib import Path
from typing import Any

from tests import entra
from tests.corridor import findings, ingest, judged, opened


def requirement(old: list[Any], new: list[Any], minutes: float = 0) -> entra.Json:
    return entra.about_user(
        "Disable Strong Authentication",
        entra.at(minutes),
        properties=[("StrongAuthenticationRequirement", old, new)],
    )


ENABLED = [{"RelyingParty": "*", "State": 1, "RememberDevicesNotIssuedBefore": "2026-01-01"}]
ENFORCED = [{**ENABLED[0], "State": 0}]


def test_disabling_it_with_no_policy_behind_is_high(tmp_path: Path) -> None:
    found = judged(tmp_path, requirement(ENABLED, []))
    assert set(found) == {"per-user-mfa-disabled"}
    assert found["per-user-mfa-disabled"]["severity"] == "high"


def test_disabling_it_behind_a_policy_for_everyone_is_information(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(None, entra.policy(), entra.at()))
        found = findings(ingest(monitor, requirement(ENFORCED, [], 5)))
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "per-user-mfa-disabled": "info"
    }


def test_from_enabled_to_enforced_is_silent(tmp_path: Path) -> None:
    assert "per-user-mfa-disabled" not in judged(tmp_path, requirement(ENABLED, ENFORCED))


def test_revoking_remembered_devices_is_silent(tmp_path: Path) -> None:
    later = [{**ENABLED[0], "RememberDevicesNotIssuedBefore": "2026-09-15"}]
    assert judged(tmp_path, requirement(ENABLED, later)) == {}
