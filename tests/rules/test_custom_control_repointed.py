"""custom-control-repointed: another party vouches for the second factor."""

from pathlib import Path

import pytest

from tests import entra
from tests.corridor import judged

RULE = "custom-control-repointed"


def asking(*controls: str, state: str = "enabled", **more: object) -> entra.Json:
    held = {"operator": "OR", "builtInControls": [], "termsOfUse": [], **more}
    held["customAuthenticationFactors"] = list(controls)
    return entra.policy(grantControls=held, state=state)


@pytest.mark.parametrize(
    ("after", "severity"),
    [
        (asking("OtherVendor"), "high"),
        (asking("OtherVendor", builtInControls=["mfa"]), "high"),
        (asking("OtherVendor", state="enabledForReportingButNotEnforced"), "info"),
    ],
)
def test_another_vendor_is_named(tmp_path: Path, after: entra.Json, severity: str) -> None:
    leaf = judged(tmp_path, entra.ca_change(asking("RequireDuoMfa"), after, entra.at()))[RULE]
    assert leaf["severity"] == severity
    assert "RequireDuoMfa" in str(leaf["witness"])


@pytest.mark.parametrize(
    "after",
    [
        asking("requireduomfa"),
        asking("RequireDuoMfa", builtInControls=["compliantDevice"], operator="AND"),
        asking("RequireDuoMfa", "OtherVendor", operator="AND"),
        asking(builtInControls=["mfa"]),
    ],
)
def test_the_same_control_or_none_is_silent(tmp_path: Path, after: entra.Json) -> None:
    found = judged(tmp_path, entra.ca_change(asking("RequireDuoMfa"), after, entra.at()))
    assert RULE not in found
