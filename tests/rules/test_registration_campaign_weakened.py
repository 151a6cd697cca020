"""registration-campaign-weakened: fewer are nudged, or less firmly."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, known, told


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit(f"{methods.CAMPAIGN}/state", "disabled"),
        edit(f"{methods.CAMPAIGN}/snoozeDurationInDays", 14),
        edit(f"{methods.CAMPAIGN}/excludeTargets", methods.targets(methods.PILOT)),
        edit(f"{methods.CAMPAIGN}/includeTargets", methods.targets(methods.PILOT)),
    ],
)
def test_a_weaker_campaign_is_low(tmp_path: Path, form: Form, patch: methods.Json) -> None:
    found = known(tmp_path, form, patch)
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "registration-campaign-weakened": "low"
    }


def test_a_tenant_with_an_approved_provider_does_it_on_purpose(tmp_path: Path) -> None:
    off = edit(f"{methods.CAMPAIGN}/state", "disabled")
    found = told(tmp_path, FORMS[0], off, config=methods.APPROVED)
    assert found["registration-campaign-weakened"]["severity"] == "info"


@pytest.mark.parametrize("form", FORMS)
def test_switching_it_on_is_silent(tmp_path: Path, form: Form) -> None:
    before = methods.policy(edit(f"{methods.CAMPAIGN}/state", "disabled"))
    on = edit(f"{methods.CAMPAIGN}/state", "enabled")
    assert told(tmp_path, form, on, before=before) == {}


@pytest.mark.parametrize("form", FORMS[:4])
def test_an_exclusion_from_passkeys_is_another_matter(tmp_path: Path, form: Form) -> None:
    excluded = edit("/methods/Fido2/excludeTargets", methods.targets(methods.PILOT))
    assert "registration-campaign-weakened" not in told(tmp_path, form, excluded)
