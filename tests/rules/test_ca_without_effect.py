"""ca-without-effect: an edit that looks like a weakening of a policy that reaches nothing."""

from pathlib import Path

from tests import entra
from tests.corridor import judged

NOWHERE = {
    "op": "replace",
    "path": "/conditions/applications/includeApplications",
    "value": ["None"],
}
NO_GRANT = {"op": "remove", "path": "/grantControls"}


def test_mfa_removed_from_a_policy_without_resources(tmp_path: Path) -> None:
    before, after = entra.policy(NOWHERE), entra.policy(NOWHERE, NO_GRANT)
    found = judged(tmp_path, entra.ca_change(before, after, entra.at()))
    assert set(found) == {"ca-without-effect"}
    leaf = found["ca-without-effect"]
    assert leaf["severity"] == "info"
    assert "MFA was removed from the grant controls" in str(leaf["witness"])
    assert "reaches no resource" in str(leaf["witness"])


def test_a_rename_of_such_a_policy_is_silent(tmp_path: Path) -> None:
    before, after = entra.policy(NOWHERE), entra.policy(NOWHERE, displayName="x")
    assert judged(tmp_path, entra.ca_change(before, after, entra.at())) == {}


def test_the_same_edit_where_the_policy_reaches_something(tmp_path: Path) -> None:
    found = judged(tmp_path, entra.ca_change(entra.policy(), entra.policy(NO_GRANT), entra.at()))
    assert set(found) == {"ca-weakened"}
