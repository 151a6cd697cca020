"""elevate-access: root over Azure resources."""

from pathlib import Path
from typing import Any

from tests import acts, entra
from tests.corridor import judged

RULE = "elevate-access"
ELEVATED = "User has elevated their access to User Access Administrator for their Azure Resources"
ENDED = "The role assignment of User Access Administrator has been removed from the user"


def record(activity: str, **more: Any) -> entra.Json:
    return entra.record(activity, entra.at(), service="Azure RBAC (Elevated Access)", **more)


def test_it_is_high_and_points_at_the_postponement(tmp_path: Path) -> None:
    found = judged(tmp_path, record(ELEVATED))
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "high"
    assert acts.about(found[RULE])["id"] == entra.ADMIN
    assert "postpone mandatory MFA" in str(found[RULE]["witness"])


def test_a_record_without_a_target_is_read_too(tmp_path: Path) -> None:
    bare = record(ELEVATED)
    bare["properties"]["targetResources"] = []
    assert set(judged(tmp_path, bare)) == {RULE}


def test_the_end_of_it_and_a_failure_are_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, record(ENDED), record(ELEVATED, result="failure")) == {}
