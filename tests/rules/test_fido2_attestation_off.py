"""fido2-attestation-off: passkeys of any make are accepted."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, known, told

KEYS = "/methods/Fido2/keyRestrictions"


def profile(attestation: str) -> methods.Json:
    return {"id": "p1", "name": "Default", "attestationEnforcement": attestation}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit("/methods/Fido2/isAttestationEnforced", False),
        edit(KEYS, {"isEnforced": False, "enforcementType": "allow", "aaGuids": ["k1"]}),
        edit(KEYS, {"isEnforced": True, "enforcementType": "allow", "aaGuids": ["k1", "k2"]}),
        edit(KEYS, {"isEnforced": True, "enforcementType": "block", "aaGuids": ["k1"]}),
        edit("/methods/Fido2/passkeyProfiles", [profile("disabled")]),
    ],
)
def test_looser_restrictions_are_medium(tmp_path: Path, form: Form, patch: methods.Json) -> None:
    found = known(tmp_path, form, patch)
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "fido2-attestation-off": "medium"
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit(KEYS, {"isEnforced": True, "enforcementType": "allow", "aaGuids": []}),
        edit("/methods/Fido2/passkeyProfiles", [profile("registrationOnly")]),
        edit("/methods/Fido2/isSelfServiceRegistrationAllowed", False),
    ],
)
def test_tighter_ones_and_self_service_are_silent(
    tmp_path: Path, form: Form, patch: methods.Json
) -> None:
    assert known(tmp_path, form, patch) == {}


def test_models_no_longer_blocked_are_told(tmp_path: Path) -> None:
    blocked = {"isEnforced": True, "enforcementType": "block", "aaGuids": ["k1"]}
    before = methods.policy(edit(KEYS, blocked))
    found = told(tmp_path, FORMS[2], edit(f"{KEYS}/aaGuids", []), before=before)
    assert "no longer blocked" in found["fido2-attestation-off"]["witness"]
