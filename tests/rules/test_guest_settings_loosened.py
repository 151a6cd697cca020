"""guest-settings-loosened: by the order of each setting's values."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import judged

RULE = "guest-settings-loosened"
MEMBER = "a0b1b346-4d3e-4e8b-98f8-753987be4970"
GUEST = "10dae51f-b6af-4016-8d66-8c2a99b929b3"
RESTRICTED = "2af84b1e-32c8-42b7-82bc-daa82404023b"


def policy(
    *properties: tuple[str, Any, Any], activity: str = "Update authorization policy", **more: Any
) -> entra.Json:
    target = {"id": "policy-1", "displayName": "Authorization Policy", "type": "Other"}
    return entra.record(activity, entra.at(), target=target, properties=[*properties], **more)


def domains(allowed: list[str], blocked: list[str]) -> list[str]:
    lists = f'{{"AllowedDomains":{allowed},"BlockedDomains":{blocked}}}'.replace("'", '"')
    return [f'{{"B2BManagementPolicy":{{"InvitationsAllowedAndBlockedDomainsPolicy":{lists}}}}}']


@pytest.mark.parametrize(
    ("record", "severity"),
    [
        (policy(("GuestUserRoleId", [GUEST], [MEMBER])), "medium"),
        (policy(("guestUserRoleId", RESTRICTED, GUEST)), "low"),
        (policy(("AllowInvitesFrom", ["adminsAndGuestInviters"], ["everyone"])), "medium"),
        (policy(("AllowInvitesFrom", [0], [2])), "low"),
        (policy(("AllowEmailVerifiedUsersToJoinOrganization", [False], [True])), "low"),
        (policy(("GuestUserRoleId", [GUEST], ["another-role"])), "low"),
        (policy(("AllowInvitesFrom", ["none"], {"new": "shape"})), "low"),
        (policy(("PolicyDetail", domains(["a.example"], []), domains([], []))), "low"),
    ],
)
def test_a_looser_setting_is_named(tmp_path: Path, record: entra.Json, severity: str) -> None:
    assert judged(tmp_path, record)[RULE]["severity"] == severity


@pytest.mark.parametrize(
    "record",
    [
        policy(("GuestUserRoleId", [GUEST], [RESTRICTED])),
        policy(("GuestUserRoleId", [MEMBER], [MEMBER])),
        policy(("AllowInvitesFrom", ["everyone"], ["adminsAndGuestInviters"])),
        policy(("AllowUserConsentForRiskyApps", [False], [True])),
        policy(("AllowEmailVerifiedUsersToJoinOrganization", [True], [False])),
        policy(("GuestUserRoleId", [GUEST], [MEMBER]), result="failure"),
    ],
)
def test_a_stricter_or_another_setting_is_silent(tmp_path: Path, record: entra.Json) -> None:
    assert RULE not in judged(tmp_path, record)


@pytest.mark.parametrize(
    ("old", "new", "fires"),
    [
        ((["a.example"], []), (["a.example", "b.example"], []), True),
        (([], ["x.example", "y.example"]), ([], ["x.example"]), True),
        ((["a.example", "b.example"], []), (["a.example"], []), False),
        (([], ["x.example"]), ([], ["x.example", "y.example"]), False),
        (([], []), (["a.example"], []), False),
    ],
)
def test_domains_one_may_invite_from(tmp_path: Path, old: Any, new: Any, fires: bool) -> None:
    record = policy(("PolicyDetail", domains(*old), domains(*new)), activity="Update policy")
    assert (RULE in judged(tmp_path, record)) is fires
