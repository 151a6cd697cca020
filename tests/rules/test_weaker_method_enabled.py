"""weaker-method-enabled: SMS, voice, e-mail, software codes opened."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, told

WEAKENINGS = {
    "SMS on": edit("/methods/Sms/state", "enabled"),
    "e-mail on": edit("/methods/Email/state", "enabled"),
    "software codes on": edit("/methods/SoftwareOath/state", "enabled"),
    "software codes in Authenticator": edit(
        "/methods/MicrosoftAuthenticator/isSoftwareOathEnabled", True
    ),
    "voice for more": edit(
        "/methods/Voice/includeTargets", methods.targets(methods.PILOT, methods.OTHERS)
    ),
    "voice for all": edit("/methods/Voice/includeTargets", methods.targets("all_users")),
    "e-mail for outsiders": edit("/methods/Email/allowExternalIdToUseEmailOtp", "enabled"),
    "QR code on": edit("/methods/QRCodePin", methods.method("QRCodePin")),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", WEAKENINGS)
def test_a_weak_method_opened_is_medium(tmp_path: Path, form: Form, name: str) -> None:
    found = told(tmp_path, form, WEAKENINGS[name])
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "weaker-method-enabled": "medium"
    }


def test_an_exclusion_taken_back_opens_it(tmp_path: Path) -> None:
    excluded = edit("/methods/Voice/excludeTargets", methods.targets(methods.OTHERS))
    before = methods.policy(excluded)
    found = told(tmp_path, FORMS[2], edit("/methods/Voice/excludeTargets", []), before=before)
    assert methods.OTHERS in found["weaker-method-enabled"]["witness"]


def test_sms_as_the_only_factor_is_told(tmp_path: Path) -> None:
    before = methods.policy(edit("/methods/Sms/state", "enabled"))
    alone = [{**methods.targets("all_users")[0], "isUsableForSignIn": True}]
    found = told(tmp_path, FORMS[2], edit("/methods/Sms/includeTargets", alone), before=before)
    assert "without a password" in found["weaker-method-enabled"]["witness"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit("/methods/Voice/state", "disabled"),
        edit("/methods/Voice/includeTargets", []),
        edit("/methods/Voice/excludeTargets", methods.targets(methods.OTHERS)),
        edit("/methods/Sms/includeTargets/0/isRegistrationRequired", True),
        edit("/methods/Fido2/isSelfServiceRegistrationAllowed", False),
        edit("/methods/HardwareOath", methods.method("HardwareOath")),
    ],
)
def test_closing_one_or_opening_a_strong_one_is_silent(
    tmp_path: Path, form: Form, patch: methods.Json
) -> None:
    assert told(tmp_path, form, patch) == {}


@pytest.mark.parametrize("form", FORMS[:4])
def test_targets_of_a_disabled_method_are_silent(tmp_path: Path, form: Form) -> None:
    before = methods.policy(edit("/methods/Voice/state", "disabled"))
    wider = edit("/methods/Voice/includeTargets", methods.targets("all_users"))
    assert told(tmp_path, form, wider, before=before) == {}
