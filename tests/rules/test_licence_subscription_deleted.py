"""licence-subscription-deleted: what Conditional Access is paid from."""

from pathlib import Path
from typing import Any

from tests import entra
from tests.corridor import ingest as ingested
from tests.corridor import judged, leaves, opened

RULE = "licence-subscription-deleted"


def subscription(activity: str, **more: Any) -> entra.Json:
    return entra.record(
        activity,
        entra.at(),
        target={"id": "s-1", "displayName": "AAD_PREMIUM_P2", "type": "Other"},
        category="DirectoryManagement",
        **more,
    )


def test_a_deleted_subscription_is_high_and_has_to_be_read(tmp_path: Path) -> None:
    found = judged(tmp_path, subscription("Delete subscription"))
    assert set(found) == {RULE}
    leaf = found[RULE]
    assert (leaf["severity"], leaf["certainty"]) == ("high", "possible")
    assert leaf["details"] == {"read_pending": True}
    assert "AAD_PREMIUM_P2" in str(leaf["witness"])


def test_without_a_target_it_is_told_too(tmp_path: Path) -> None:
    record = subscription("Delete subscription")
    record["properties"]["targetResources"] = []
    assert "(not named)" in str(judged(tmp_path, record)[RULE]["witness"])


def test_a_failed_attempt_is_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, subscription("Delete subscription", result="failure")) == {}


def test_licences_of_accounts_and_groups_are_counted_and_not_entered(tmp_path: Path) -> None:
    records = [
        subscription(activity)
        for activity in (
            "Change user license",
            "Set group license",
            "Start applying group based license to users",
            "Finish applying group based license to user",
            "Trigger group license recalculation",
        )
    ]
    with opened(tmp_path) as monitor:
        outcome = ingested(monitor, *records)
    assert leaves(outcome, "finding") == []
    assert leaves(outcome, "change") == []
