"""ca-weakened: base policy plus one JSON patch."""

from pathlib import Path

import pytest

from tests import entra
from tests.corridor import findings, ingest, judged, opened

BASE = entra.policy()


def replace(path: str, value: object) -> entra.Json:
    return {"op": "replace", "path": path, "value": value}


@pytest.mark.parametrize(
    ("patch", "severity"),
    [
        (entra.excluding(), "high"),
        (replace("/state", "disabled"), "critical"),
        (replace("/state", "enabledForReportingButNotEnforced"), "critical"),
        ({"op": "remove", "path": "/grantControls"}, "critical"),
        (replace("/grantControls/builtInControls", ["compliantDevice"]), "critical"),
        (replace("/grantControls/builtInControls", ["mfa", "compliantDevice"]), None),
        (replace("/conditions/users/includeUsers", ["None"]), "critical"),
        (replace("/conditions/applications/includeApplications", ["Office365"]), None),
    ],
)
def test_a_weakening_is_named(tmp_path: Path, patch: entra.Json, severity: str | None) -> None:
    found = judged(tmp_path, entra.ca_change(BASE, entra.policy(patch), entra.at()))
    assert "ca-weakened" in found
    leaf = found["ca-weakened"]
    assert leaf["witness"]
    assert severity is None or leaf["severity"] == severity
    assert leaf["initiator"] == {
        "label": "kim.admin@hospital.example",
        "id": entra.ADMIN,
        "ip": "192.0.2.10",
        "app": "Portal",
    }


def test_a_deletion_is_a_weakening(tmp_path: Path) -> None:
    found = judged(tmp_path, entra.ca_change(BASE, None, entra.at()))
    assert found["ca-weakened"]["severity"] == "critical"


def test_an_exclusion_covered_by_another_policy_is_silent(tmp_path: Path) -> None:
    other = entra.policy(id="aaaaaaaa-0000-4000-8000-0000000000c2", displayName="Second")
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(None, other, entra.at()))
        edited = entra.policy(entra.excluding())
        outcome = ingest(monitor, entra.ca_change(BASE, edited, entra.at(5)))
    assert findings(outcome) == {}


@pytest.mark.parametrize(
    "patch",
    [
        replace("/displayName", "Another name"),
        replace("/grantControls/builtInControls", ["MFA"]),
        replace("/conditions/applications/applicationFilter", None),
        replace("/grantControls/operator", "AND"),
    ],
)
def test_a_harmless_edit_is_silent(tmp_path: Path, patch: entra.Json) -> None:
    assert judged(tmp_path, entra.ca_change(BASE, entra.policy(patch), entra.at())) == {}


def test_disabling_a_report_only_policy_is_silent(tmp_path: Path) -> None:
    before = entra.policy(state="enabledForReportingButNotEnforced")
    after = entra.policy(state="disabled")
    assert judged(tmp_path, entra.ca_change(before, after, entra.at())) == {}


def test_removing_an_exclusion_is_no_weakening(tmp_path: Path) -> None:
    found = judged(tmp_path, entra.ca_change(entra.policy(entra.excluding()), BASE, entra.at()))
    assert set(found) == {"ca-strengthened"}


def test_a_failed_attempt_is_no_weakening(tmp_path: Path) -> None:
    edited = entra.policy(entra.excluding())
    record = entra.ca_change(BASE, edited, entra.at(), result="failure")
    assert judged(tmp_path, record) == {}


def test_what_hangs_on_an_open_point_of_semantics_is_low(tmp_path: Path) -> None:
    """Whether All users covers service providers is said nowhere: told, and no alarm at night."""
    guests = entra.policy(replace("/conditions/users/includeUsers", ["GuestsOrExternalUsers"]))
    found = judged(tmp_path, entra.ca_change(guests, BASE, entra.at()))
    assert found["ca-weakened"]["severity"] == "low"
    assert found["ca-weakened"]["certainty"] == "possible"
