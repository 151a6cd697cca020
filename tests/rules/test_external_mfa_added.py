"""external-mfa-added: a provider nobody approved is a new trust anchor."""

from pathlib import Path

import pytest

from tests import entra, methods
from tests.methods import FORMS, Form, edit, told

REMOVED = {"op": "remove", "path": f"/methods/{methods.PROVIDER}"}
WITHOUT = methods.policy(REMOVED)
OFF = methods.policy(edit(f"/methods/{methods.PROVIDER}/state", "disabled"))
ADDED = edit(f"/methods/{methods.PROVIDER}", methods.provider())
TARGETS = f"/methods/{methods.PROVIDER}/includeTargets"


@pytest.mark.parametrize("form", FORMS)
def test_an_enabled_provider_nobody_approved_is_high(tmp_path: Path, form: Form) -> None:
    found = told(tmp_path, form, ADDED, before=WITHOUT)
    assert set(found) == {"external-mfa-added"}
    leaf = found["external-mfa-added"]
    assert leaf["severity"] == "high"
    assert "Duo" in leaf["witness"]
    assert "eam.duo.example" in leaf["witness"]
    assert leaf["details"]["discoveryUrl"] == methods.DISCOVERY
    assert leaf["object"]["id"] == "authenticationMethodsPolicy"


@pytest.mark.parametrize("form", FORMS)
def test_an_approved_provider_is_information(tmp_path: Path, form: Form) -> None:
    found = told(tmp_path, form, ADDED, before=WITHOUT, config=methods.APPROVED)
    assert {leaf["severity"] for leaf in found.values()} == {"info"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"appId": methods.CLIENT_ID},
        {"openIdConnectSetting": {"clientId": "x", "discoveryUrl": methods.DISCOVERY}},
        {"openIdConnectSetting": {"clientId": methods.CLIENT_ID, "discoveryUrl": methods.ROGUE}},
        {
            "openIdConnectSetting": {
                "clientId": methods.CLIENT_ID,
                "discoveryUrl": methods.DISCOVERY.replace("https", "http"),
            }
        },
        {
            "openIdConnectSetting": {
                "clientId": methods.CLIENT_ID,
                "discoveryUrl": "https://eam.duo.example@attacker.example/",
            }
        },
    ],
)
def test_every_part_of_the_anchor_has_to_be_the_approved_one(
    tmp_path: Path, wrong: methods.Json
) -> None:
    other = edit(f"/methods/{methods.PROVIDER}", methods.provider(**wrong))
    found = told(tmp_path, FORMS[2], other, before=WITHOUT, config=methods.APPROVED)
    assert found["external-mfa-added"]["severity"] == "high"


@pytest.mark.parametrize("form", FORMS)
def test_switched_on_later_is_high(tmp_path: Path, form: Form) -> None:
    on = edit(f"/methods/{methods.PROVIDER}/state", "enabled")
    if form is methods.as_paths:  # the record names a GUID and a state: nothing says External MFA
        primed = methods.as_whole(OFF, OFF, entra.at())
        after = form(OFF, methods.BASE, entra.at(1))
        found = methods.judged(tmp_path, primed, after)
    else:
        found = told(tmp_path, form, on, before=OFF)
    assert found["external-mfa-added"]["severity"] == "high"


@pytest.mark.parametrize("form", FORMS[:4])
def test_added_switched_off_or_opened_to_more_is_medium(tmp_path: Path, form: Form) -> None:
    off = edit(f"/methods/{methods.PROVIDER}", methods.provider("disabled"))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    found = told(tmp_path / "a", form, off, before=WITHOUT)
    assert found["external-mfa-added"]["severity"] == "medium"
    wider = edit(TARGETS, methods.targets(methods.PILOT, methods.OTHERS))
    found = told(tmp_path / "b", form, wider)
    assert found["external-mfa-added"]["severity"] == "medium"
    assert methods.OTHERS in found["external-mfa-added"]["witness"]


@pytest.mark.parametrize("form", FORMS)
def test_another_method_or_a_new_name_is_silent(tmp_path: Path, form: Form) -> None:
    renamed = edit(f"/methods/{methods.PROVIDER}/displayName", "Duo Security")
    voice = edit("/methods/Voice/state", "disabled")
    assert told(tmp_path, form, renamed, voice) == {}


def test_a_failed_attempt_is_silent(tmp_path: Path) -> None:
    record = methods.as_part(WITHOUT, methods.BASE, entra.at(), result="failure")
    assert methods.judged(tmp_path, record) == {}
