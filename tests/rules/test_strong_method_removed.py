"""strong-method-removed: people are left with weaker methods."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, told


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit("/methods/Fido2/state", "disabled"),
        edit("/methods/MicrosoftAuthenticator/excludeTargets", methods.targets(methods.PILOT)),
        edit("/methods/X509Certificate/includeTargets", methods.targets(methods.PILOT)),
    ],
)
def test_a_strong_method_taken_away_is_low(tmp_path: Path, form: Form, patch: methods.Json) -> None:
    found = told(tmp_path, form, patch)
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "strong-method-removed": "low"
    }


@pytest.mark.parametrize("form", FORMS)
def test_more_people_and_weak_methods_are_silent(tmp_path: Path, form: Form) -> None:
    before = methods.policy(edit("/methods/Fido2/includeTargets", methods.targets(methods.PILOT)))
    wider = edit("/methods/Fido2/includeTargets", methods.targets("all_users"))
    off = edit("/methods/Voice/state", "disabled")
    assert told(tmp_path, form, wider, off, before=before) == {}
