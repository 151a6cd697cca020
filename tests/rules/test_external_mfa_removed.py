"""external-mfa-removed: whoever has no other method is locked out."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, known, told

GONE = {"op": "remove", "path": f"/methods/{methods.PROVIDER}"}
OFF = edit(f"/methods/{methods.PROVIDER}/state", "disabled")


@pytest.mark.parametrize("form", FORMS)
def test_a_removed_provider_is_high(tmp_path: Path, form: Form) -> None:
    found = told(tmp_path, form, GONE)
    assert {name: leaf["severity"] for name, leaf in found.items()} == {
        "external-mfa-removed": "high"
    }
    assert "removed the External MFA provider *Duo*" in found["external-mfa-removed"]["witness"]


@pytest.mark.parametrize("form", FORMS)
def test_a_disabled_provider_is_high(tmp_path: Path, form: Form) -> None:
    found = known(tmp_path, form, OFF)
    assert set(found) == {"external-mfa-removed"}
    assert methods.PILOT in found["external-mfa-removed"]["witness"]


@pytest.mark.parametrize("form", FORMS)
def test_removing_a_disabled_provider_is_silent(tmp_path: Path, form: Form) -> None:
    assert told(tmp_path, form, GONE, before=methods.policy(OFF)) == {}


@pytest.mark.parametrize("form", FORMS)
def test_switching_off_voice_is_silent(tmp_path: Path, form: Form) -> None:
    assert told(tmp_path, form, edit("/methods/Voice/state", "disabled")) == {}
