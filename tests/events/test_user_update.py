import json
from typing import Any

import msgspec
import pytest

from monitor.events.user_update import Inside, bears_on_mfa, is_fragment
from tests.events.records import Json, by_app, changed, included, update_user

APP = {
    "Id": "a1",
    "DeviceName": "Pixel",
    "DeviceToken": "t",
    "LastAuthenticatedTimestamp": "2026-03-01T09:00:00Z",
    "PhoneAppVersion": "6.1",
    "OathTokenTimeDrift": 0,
}
OTHER_APP = {**APP, "Id": "a2"}
USED = {**APP, "LastAuthenticatedTimestamp": "2026-03-02T09:00:00Z", "OathTokenTimeDrift": 1}


def judge(record: Json) -> bool:
    inside = msgspec.json.decode(json.dumps(record["properties"]), type=Inside)
    return bears_on_mfa(inside)


def phone_app(old: object, new: object) -> Json:
    name = "StrongAuthenticationPhoneAppDetail"
    return update_user(changed(name, old, new), included(name))


@pytest.mark.parametrize(
    "change",
    [
        changed("AccountEnabled", [False], [True]),
        changed("accountEnabled", [True], [False]),
        changed("UserType", ["Guest"], ["Member"]),
        changed("UserPrincipalName", ["a@example.com"], ["b@example.com"]),
        changed("StrongAuthenticationRequirement", [], [{"RelyingParty": "*", "State": 1}]),
        changed("StrongAuthenticationMethod", [{"MethodType": 6}], []),
        changed("StrongAuthenticationUserDetails", None, [{"PhoneNumber": "+1 2025550143"}]),
        changed("StrongAuthenticationSomethingNew", None, "x"),
        included("AccountEnabled, Department"),
        included("Department", "StrongAuthenticationPhoneAppDetail"),
    ],
)
def test_what_decides_about_sign_in_bears_on_mfa(change: Json) -> None:
    assert judge(update_user(changed("Department", ["a"], ["b"]), change))


@pytest.mark.parametrize(
    "changes",
    [
        [changed("LastDirSyncTime", ["a"], ["b"]), included("LastDirSyncTime")],
        [changed("Department", ["a"], ["b"]), changed("TargetId.UserType", None, "Member")],
        [included("Department", "JobTitle")],
    ],
)
def test_other_properties_are_noise(changes: list[Json]) -> None:
    assert not judge(update_user(*changes))


@pytest.mark.parametrize(
    ("old", "new", "bears"),
    [
        ([APP], [USED], False),
        ([APP], [{**USED, "PhoneAppVersion": "6.2"}], False),
        ([APP, OTHER_APP], [OTHER_APP, USED], False),
        ([APP], [APP], False),
        ([APP], [{**USED, "DeviceToken": "u"}], True),
        ([APP], [{**USED, "NewKey": 1}], True),
        ([APP], [USED, OTHER_APP], True),
        ([APP], [], True),
        ([], [APP], True),
        (None, [APP], True),
        ([APP], None, True),
        ({"a": 1}, {"a": 1}, True),
    ],
)
def test_using_the_authenticator_app_is_noise_and_changing_it_is_not(
    old: object, new: object, bears: bool
) -> None:
    assert judge(phone_app(old, new)) is bears


def test_a_refresh_beside_another_change_is_not_noise() -> None:
    refresh = changed("StrongAuthenticationPhoneAppDetail", [APP], [USED])
    assert judge(update_user(refresh, changed("StrongAuthenticationMethod", [], [])))


@pytest.mark.parametrize("text", ["hidden", "[{", "None"])
def test_an_unreadable_refresh_is_not_noise(text: str) -> None:
    name = "StrongAuthenticationPhoneAppDetail"
    assert judge(update_user({"displayName": name, "oldValue": "[]", "newValue": text}))


NOT_SHOWN: list[list[Json]] = [
    [included()],
    [included(), changed("TargetId.UserType", None, "Member")],
    [{"displayName": "Included Updated Properties", "newValue": "hidden"}],
    [],
]


@pytest.mark.parametrize("changes", NOT_SHOWN)
def test_a_change_that_is_not_shown_is_noise_only_by_substrate(changes: list[Json]) -> None:
    substrate = by_app("Microsoft Substrate Management")
    person = {"user": {"id": "u", "userPrincipalName": "ada@example.com"}, **substrate}
    both: dict[str, Any] = {**person, "app": substrate["app"], "user": {"id": "u"}}
    assert not judge(update_user(*changes, initiatedBy=substrate))
    assert judge(update_user(*changes, initiatedBy=by_app("Another app")))
    assert judge(update_user(*changes, initiatedBy=both))
    assert judge(update_user(*changes))


def test_a_fragment_is_never_noise() -> None:
    details = [{"key": "id", "value": "f"}, {"key": "seq", "value": "2"}]
    substrate = by_app("Microsoft Substrate Management")
    assert judge(update_user(additionalDetails=details, initiatedBy=substrate))
    assert is_fragment(["ID", "seq", "b"])
    assert not is_fragment(["id"])


@pytest.mark.parametrize(
    "targets",
    ["x", 5, [{"modifiedProperties": "x"}], [{"modifiedProperties": [{"displayName": 5}]}]],
)
def test_what_cannot_be_read_is_not_noise(targets: object) -> None:
    assert judge(update_user(targetResources=targets))
