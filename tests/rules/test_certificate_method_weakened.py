"""certificate-method-weakened: certificates count for more, or are checked less."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, told

X509 = "/methods/X509Certificate"
MODE = f"{X509}/authenticationModeConfiguration"
RULE = {"identifier": "1.2.3", "x509CertificateAuthenticationMode": "x509CertificateMultiFactor"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit(f"{MODE}/x509CertificateAuthenticationDefaultMode", "x509CertificateMultiFactor"),
        edit(f"{MODE}/x509CertificateDefaultRequiredAffinityLevel", "low"),
        edit(f"{MODE}/rules", [RULE]),
        edit(f"{X509}/crlValidationConfiguration/state", "disabled"),
    ],
)
def test_a_looser_certificate_is_medium(tmp_path: Path, form: Form, patch: methods.Json) -> None:
    found = told(tmp_path, form, patch)
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "certificate-method-weakened": "medium"
    }


@pytest.mark.parametrize("form", FORMS)
def test_switching_it_on_is_low(tmp_path: Path, form: Form) -> None:
    before = methods.policy(edit(f"{X509}/state", "disabled"))
    found = told(tmp_path, form, edit(f"{X509}/state", "enabled"), before=before)
    assert found["certificate-method-weakened"]["severity"] == "low"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit(f"{X509}/issuerHintsConfiguration", {"state": "enabled"}),
        edit(f"{X509}/certificateUserBindings", [{"priority": 1}]),
    ],
)
def test_hints_and_bindings_are_silent(tmp_path: Path, form: Form, patch: methods.Json) -> None:
    assert told(tmp_path, form, patch) == {}
