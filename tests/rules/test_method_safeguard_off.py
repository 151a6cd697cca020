"""method-safeguard-off: system-preferred MFA, reporting of suspicious prompts."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, known, told


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit("/systemCredentialPreferences/state", "disabled"),
        edit("/systemCredentialPreferences/excludeTargets", methods.targets(methods.PILOT)),
        edit("/reportSuspiciousActivitySettings/state", "disabled"),
    ],
)
def test_a_safeguard_switched_off_is_low(tmp_path: Path, form: Form, patch: methods.Json) -> None:
    found = known(tmp_path, form, patch)
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "method-safeguard-off": "low"
    }


@pytest.mark.parametrize("form", FORMS)
def test_switching_it_on_is_silent(tmp_path: Path, form: Form) -> None:
    before = methods.policy(edit("/systemCredentialPreferences/state", "disabled"))
    on = edit("/systemCredentialPreferences/state", "enabled")
    assert told(tmp_path, form, on, before=before) == {}


def test_the_campaign_is_another_rules(tmp_path: Path) -> None:
    off = edit(f"{methods.CAMPAIGN}/state", "disabled")
    assert "method-safeguard-off" not in told(tmp_path, FORMS[0], off)
