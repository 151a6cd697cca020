import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from monitor.events.masking import mask, mask_phone, mask_property, mask_under
from monitor.events.model import ModifiedProperty, Unreadable


def test_strong_authentication_user_details() -> None:
    details: JsonValue = [
        {
            "PhoneNumber": "+1 2025550143",
            "AlternativePhoneNumber": None,
            "Email": "ada@example.org",
            "VoiceOnlyPhoneNumber": "+44 1632 960 961",
        }
    ]
    assert mask(details) == [
        {
            "PhoneNumber": "***43",
            "AlternativePhoneNumber": None,
            "Email": "***@example.org",
            "VoiceOnlyPhoneNumber": "***61",
        }
    ]


def test_strong_authentication_phone_app_detail() -> None:
    detail: dict[str, JsonValue] = {
        "Id": "i",
        "DeviceName": "Pixel",
        "DeviceToken": "apns2-token",
        "DeviceId": "d",
        "TenantDeviceId": None,
        "OathSecretKey": "seed",
        "OathTokenTimeDrift": 0,
        "AuthenticationType": 3,
    }
    assert mask(detail) == {
        **detail,
        "DeviceToken": "***",
        "DeviceId": "***",
        "OathSecretKey": "***",
    }


@pytest.mark.parametrize(
    ("key", "value", "masked"),
    [
        ("Phone.Phone.PhoneNumber", "+1 2025550143", "***43"),
        ("mobilePhone", "2025550143", "***43"),
        ("businessPhones", ["2025550143", "2025550199"], ["***43", "***99"]),
        ("Phone.Phone.PhoneType", "mobile", "mobile"),
        ("password", "hunter2", "***"),
        ("clientSecret", "s", "***"),
        ("client_secret", 1234, "***"),
        ("pin", "1234", "***"),
        ("TemporaryAccessPass.TemporaryAccessPass.Id", "i", "i"),
        ("temporaryAccessPass", "abc-def", "***"),
        ("isPasswordSet", True, True),
        ("password", None, None),
        ("password", "", ""),
        ("email", "no address", "***"),
    ],
)
def test_a_key_says_what_its_value_is(key: str, value: JsonValue, masked: JsonValue) -> None:
    assert mask_under(key, value) == masked


def test_what_decides_about_mfa_is_left_alone() -> None:
    document: JsonValue = {
        "grantControls": {"builtInControls": ["mfa", "passwordChange"], "operator": "OR"},
        "authenticationMethodConfigurations": [{"id": "Email", "state": "enabled"}],
        "Password": {"state": "enabled"},
        "TemporaryAccessPass": {"defaultLength": 8, "isUsableOnce": True},
        "conditions": {"users": {"includeUsers": ["All"]}},
    }
    assert mask(document) == document


@pytest.mark.parametrize(
    ("text", "masked"), [("hidden", "hidden"), ("None", "None"), ('[{"PhoneNumber":"+1', "***")]
)
def test_unreadable_text_is_masked_unless_it_is_harmless(text: str, masked: str) -> None:
    changed = ModifiedProperty("StrongAuthenticationUserDetails", None, Unreadable(text))
    assert mask_property(changed).new == Unreadable(masked)


def test_a_modified_property_is_masked_by_its_own_name() -> None:
    changed = ModifiedProperty("Phone.Phone.PhoneNumber", "+1 2025550143", "+1 2025550199")
    assert mask_property(changed) == ModifiedProperty("Phone.Phone.PhoneNumber", "***43", "***99")


SECRET = "2025550143"  # noqa: S105 - a number of the fictitious range
KEYS = st.sampled_from(["PhoneNumber", "Email", "DeviceToken", "password", "a.b.secret", "mobile"])


@given(
    st.recursive(
        KEYS.map(lambda key: {key: SECRET}),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz"), inner),
        max_leaves=6,
    )
)
def test_nothing_under_a_telling_key_gets_through(value: JsonValue) -> None:
    assert SECRET not in json.dumps(mask(value))


@given(st.dictionaries(KEYS, st.text() | st.lists(st.text()) | st.booleans()))
def test_masking_twice_changes_nothing(value: dict[str, JsonValue]) -> None:
    assert mask(mask(value)) == mask(value)


@given(st.text())
def test_at_most_two_digits_of_a_phone_number_stay(number: str) -> None:
    assert sum(character.isdigit() for character in mask_phone(number)) <= 2
