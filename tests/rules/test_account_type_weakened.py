"""account-type-weakened: who becomes a guest or a member, and leaves a policy by it."""

from pathlib import Path
from typing import Any

from tests import entra
from tests.corridor import findings, ingest, opened

RULE = "account-type-weakened"
NO_GUESTS = {
    "op": "add",
    "path": "/conditions/users/excludeGuestsOrExternalUsers",
    "value": {"guestOrExternalUserTypes": 63, "externalTenants": {}},
}
ONLY_GUESTS = {
    "op": "replace",
    "path": "/conditions/users/includeUsers",
    "value": ["GuestsOrExternalUsers"],
}


def converted(old: str, new: str, **more: Any) -> entra.Json:
    return entra.about_user(
        "Update user", entra.at(), properties=[("UserType", [old], [new])], **more
    )


def after(data: Path, patch: entra.Json | None, record: entra.Json) -> dict[str, entra.Json]:
    with opened(data) as monitor:
        body = entra.policy(patch) if patch else entra.policy()
        ingest(monitor, entra.ca_change(None, body, entra.at(-60)))
        return findings(ingest(monitor, record))


def test_a_member_made_a_guest_leaves_a_policy_without_guests(tmp_path: Path) -> None:
    found = after(tmp_path, NO_GUESTS, converted("Member", "Guest"))
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "high"
    assert "Require MFA for everyone" in found[RULE]["witness"]


def test_a_guest_made_a_member_leaves_a_policy_for_guests(tmp_path: Path) -> None:
    assert set(after(tmp_path, ONLY_GUESTS, converted("Guest", "Member"))) == {RULE}


def test_a_policy_for_all_covers_both(tmp_path: Path) -> None:
    assert after(tmp_path, None, converted("Member", "Guest")) == {}
    assert after(tmp_path, None, converted("Guest", "Member")) == {}


def test_coming_into_a_policy_is_silent(tmp_path: Path) -> None:
    assert after(tmp_path, NO_GUESTS, converted("Guest", "Member")) == {}


def test_a_created_guest_and_a_failed_attempt_are_silent(tmp_path: Path) -> None:
    assert after(tmp_path, NO_GUESTS, entra.add_user(entra.at(), kind="Guest")) == {}
    failed = converted("Member", "Guest", result="failure")
    assert after(tmp_path, NO_GUESTS, failed) == {}
