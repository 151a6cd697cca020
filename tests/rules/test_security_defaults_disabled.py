"""security-defaults-disabled: decided by what the policies still ask for."""

from pathlib import Path

import pytest

from tests import entra
from tests.corridor import findings, ingest, judged, opened

LEGACY = "aaaaaaaa-0000-4000-8000-0000000000c9"


def switched(old: bool, new: bool, minutes: float = 5, **more: object) -> entra.Json:
    return entra.record(
        "Update security defaults",
        entra.at(minutes),
        target={"id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults"},
        properties=[("isEnabled", old, new)],
        service="Conditional Access",
        **more,  # type: ignore[arg-type]  # only `result`
    )


def test_without_policies_it_is_critical_and_told_once(tmp_path: Path) -> None:
    found = judged(tmp_path, switched(old=True, new=False))
    assert set(found) == {"security-defaults-disabled"}
    leaf = found["security-defaults-disabled"]
    assert leaf["severity"] == "critical"
    assert "switched off security defaults" in str(leaf["witness"])


def test_covered_by_policies_it_is_information(tmp_path: Path) -> None:
    legacy = entra.policy(
        {"op": "replace", "path": "/conditions/clientAppTypes", "value": ["other"]},
        {"op": "replace", "path": "/grantControls/builtInControls", "value": ["block"]},
        id=LEGACY,
        displayName="Block legacy clients",
    )
    actions = ["urn:user:registersecurityinfo", "urn:user:registerdevice"]
    register = entra.policy(
        {"op": "replace", "path": "/conditions/applications/includeApplications", "value": []},
        {"op": "replace", "path": "/conditions/applications/includeUserActions", "value": actions},
        id="aaaaaaaa-0000-4000-8000-0000000000c8",
        displayName="Register with MFA",
    )
    with opened(tmp_path) as monitor:
        for policy in (entra.policy(), legacy, register):
            ingest(monitor, entra.ca_change(None, policy, entra.at(1)))
        found = findings(ingest(monitor, switched(old=True, new=False)))
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "security-defaults-disabled": "info"
    }


@pytest.mark.parametrize(("old", "new"), [(False, True), (False, False)])
def test_on_or_unchanged_is_silent(tmp_path: Path, old: bool, new: bool) -> None:
    assert "security-defaults-disabled" not in judged(tmp_path, switched(old, new))


def test_a_failed_attempt_is_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, switched(old=True, new=False, result="failure")) == {}


def test_an_unreadable_record_is_not_understood(tmp_path: Path) -> None:
    record = entra.record("Update security defaults", entra.at(1), properties=[])
    assert set(judged(tmp_path, record)) == {"change-not-understood"}
