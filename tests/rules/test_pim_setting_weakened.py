"""pim-setting-weakened: what the record shows, and what it does not."""

from pathlib import Path
from typing import Any

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "pim-setting-weakened"
UPDATE = "Update role setting in PIM"
ENABLEMENT = {"id": "Enablement_EndUser_Assignment", "enabledRules": ["Justification"]}
WITH_MFA = {**ENABLEMENT, "enabledRules": ["MultiFactorAuthentication", "Justification"]}
CONTEXT = {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": True, "claimValue": "c1"}


def setting(old: object, new: object, role: str = acts.ROLE, **more: Any) -> entra.Json:
    return entra.record(
        UPDATE,
        entra.at(),
        target={"id": "r", "displayName": "A role", "type": "Role"},
        properties=[("TemplateId", role, role), ("RoleManagementPolicyRules", old, new)],
        service="PIM",
        category="RoleManagement",
        **more,
    )


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ([WITH_MFA], [ENABLEMENT], "MFA"),
        ([CONTEXT], [{**CONTEXT, "isEnabled": False}], "an authentication context"),
        ({"isApprovalRequired": True}, {"isApprovalRequired": False}, "approval"),
    ],
)
def test_a_dropped_demand_is_named(tmp_path: Path, old: object, new: object, lost: str) -> None:
    leaf = judged(tmp_path / "top", setting(old, new))[RULE]
    assert leaf["severity"] == "critical"
    assert lost in str(leaf["witness"])
    assert judged(tmp_path / "other", setting(old, new, role="x"))[RULE]["severity"] == "high"


def test_the_reason_may_say_it(tmp_path: Path) -> None:
    leaf = judged(tmp_path, setting(None, None, reason="MFA on activation disabled"))[RULE]
    assert leaf["severity"] == "critical"


def test_what_cannot_be_read_is_read_pending(tmp_path: Path) -> None:
    for place, old in enumerate(({"a": 1}, None)):
        leaf = judged(tmp_path / str(place), setting(old, None))[RULE]
        assert leaf["severity"] == "medium"
        assert leaf["details"] == {"read_pending": True}


@pytest.mark.parametrize(
    "record",
    [
        setting([WITH_MFA], [WITH_MFA]),
        setting([ENABLEMENT], [WITH_MFA]),
        setting([WITH_MFA], [ENABLEMENT], result="failure"),
    ],
)
def test_the_same_more_or_a_failure_is_silent(tmp_path: Path, record: entra.Json) -> None:
    assert judged(tmp_path, record) == {}
