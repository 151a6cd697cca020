"""custom-control-leftover: the retirement comes nearer."""

from datetime import UTC, datetime
from pathlib import Path

from tests import entra
from tests.corridor import judged

FACTORS = {"op": "replace", "path": "/grantControls/customAuthenticationFactors"}
NO_MFA = {"op": "replace", "path": "/grantControls/builtInControls", "value": []}
DUO = entra.policy({**FACTORS, "value": ["RequireDuoMfa"]}, NO_MFA)
RENAMED = {**DUO, "displayName": "Duo, old"}
RULE = "custom-control-leftover"


def test_an_edited_policy_in_force_is_information(tmp_path: Path) -> None:
    found = judged(tmp_path, entra.ca_change(DUO, RENAMED, entra.at(1)))
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {RULE: "info"}
    assert "RequireDuoMfa" in str(found[RULE]["witness"])


def test_after_the_retirement_it_is_high(tmp_path: Path) -> None:
    late = datetime(2027, 2, 1, tzinfo=UTC)
    found = judged(tmp_path, entra.ca_change(DUO, RENAMED, late))
    assert found[RULE]["severity"] == "high"


def test_disabled_it_is_silent(tmp_path: Path) -> None:
    off = {**DUO, "state": "disabled"}
    assert RULE not in judged(tmp_path, entra.ca_change(DUO, off, entra.at(1)))


def test_mfa_through_external_mfa_is_silent(tmp_path: Path) -> None:
    renamed = entra.policy(displayName="New")
    assert judged(tmp_path, entra.ca_change(entra.policy(), renamed, entra.at(1))) == {}
