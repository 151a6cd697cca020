"""authenticator-weakened: number matching or the prompt's context goes."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, known, told

FEATURES = "/methods/MicrosoftAuthenticator/featureSettings"
MATCHING = f"{FEATURES}/numberMatchingRequiredState"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit(MATCHING, methods.feature("disabled")),
        edit(MATCHING, methods.feature("default")),
        edit(MATCHING, methods.feature("enabled", methods.PILOT)),
        edit(f"{MATCHING}/includeTarget/id", methods.PILOT),
    ],
)
def test_number_matching_off_for_all_or_some(
    tmp_path: Path, form: Form, patch: methods.Json
) -> None:
    found = known(tmp_path, form, patch)
    assert set(found) == {"authenticator-weakened"}
    assert found["authenticator-weakened"]["severity"] == "medium"
    assert "number matching" in found["authenticator-weakened"]["witness"]


@pytest.mark.parametrize("form", FORMS)
def test_context_from_default_to_disabled_is_told(tmp_path: Path, form: Form) -> None:
    name = f"{FEATURES}/displayLocationInformationRequiredState"
    before = methods.policy(edit(name, methods.feature("default")))
    found = told(tmp_path, form, edit(f"{name}/state", "disabled"), before=before)
    assert "the location" in found["authenticator-weakened"]["witness"]


@pytest.mark.parametrize("form", FORMS)
def test_more_context_or_other_methods_are_silent(tmp_path: Path, form: Form) -> None:
    shown = edit(f"{FEATURES}/displayAppInformationRequiredState", methods.feature("enabled"))
    voice = edit("/methods/Voice/excludeTargets", methods.targets(methods.PILOT))
    assert told(tmp_path, form, shown, voice) == {}
