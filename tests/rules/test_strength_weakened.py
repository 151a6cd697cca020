"""strength-weakened: one edit of a definition weakens every policy that demands it."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import findings, ingest, opened

STRENGTH = "aaaaaaaa-0000-4000-8000-0000000000d9"
DEMANDING = entra.policy(
    {
        "op": "replace",
        "path": "/grantControls",
        "value": {
            "operator": "OR",
            "builtInControls": [],
            "authenticationStrength": {"id": STRENGTH, "displayName": "Strong"},
        },
    }
)


def body(*combinations: str) -> entra.Json:
    return {
        "id": STRENGTH,
        "displayName": "Strong",
        "policyType": "custom",
        "requirementsSatisfied": "mfa",
        "allowedCombinations": list(combinations),
    }


def updated(old: entra.Json, new: entra.Json, *, alone: bool = False, **more: Any) -> entra.Json:
    rows: list[tuple[str, Any, Any]] = [("AuthenticationStrengthPolicy", old, new)]
    if alone:
        name = "allowedCombinations"
        rows = [(name, old[name], new[name])]
    return entra.record(
        "Authentication Strength Policy Update",
        entra.at(5),
        target={"id": STRENGTH, "displayName": "Strong", "type": "Policy"},
        properties=rows,
        service="Authentication Methods",
        category="ApplicationManagement",
        **more,
    )


def told(tmp_path: Path, *records: entra.Json) -> Any:
    with opened(tmp_path) as monitor:
        for record in records[:-1]:
            ingest(monitor, record)
        return findings(ingest(monitor, records[-1]))


DEMAND = entra.ca_change(None, DEMANDING, entra.at(1))


@pytest.mark.parametrize("alone", [True, False])
def test_a_weaker_combination_of_a_demanded_strength_is_high(
    tmp_path: Path, *, alone: bool
) -> None:
    change = updated(body("fido2"), body("fido2", "password,sms"), alone=alone)
    found = told(tmp_path, DEMAND, change)
    assert set(found) == {"strength-weakened"}
    leaf = found["strength-weakened"]
    assert leaf["severity"] == "high"
    assert leaf["details"]["added"] == ["password,sms"]


def test_a_single_factor_is_critical(tmp_path: Path) -> None:
    found = told(tmp_path, DEMAND, updated(body("fido2"), body("fido2", "password")))
    assert found["strength-weakened"]["severity"] == "critical"


def test_a_strength_nobody_is_known_to_demand_is_medium_without_a_baseline(tmp_path: Path) -> None:
    found = told(tmp_path, updated(body("fido2"), body("fido2", "password,sms")))
    leaf = found["strength-weakened"]
    assert (leaf["severity"], leaf["certainty"]) == ("medium", "possible")


def test_a_combination_taken_out_is_silent(tmp_path: Path) -> None:
    found = told(tmp_path, DEMAND, updated(body("fido2", "password,sms"), body("fido2")))
    assert "strength-weakened" not in found


def test_another_order_is_silent(tmp_path: Path) -> None:
    old = body("fido2", "password,sms")
    assert told(tmp_path, DEMAND, updated(old, body("sms,password", "fido2"))) == {}


def test_a_failed_attempt_is_silent(tmp_path: Path) -> None:
    record = updated(body("fido2"), body("fido2", "password"), result="failure")
    assert told(tmp_path, record) == {}


def test_a_restriction_of_a_combination_is_not_understood(tmp_path: Path) -> None:
    record = entra.record(
        "Authentication Strength Combination Configuration Delete",
        entra.at(5),
        target={"id": STRENGTH},
        properties=[("allowedAAGUIDs", ["k1"], None)],
    )
    assert set(told(tmp_path, record)) == {"change-not-understood"}
