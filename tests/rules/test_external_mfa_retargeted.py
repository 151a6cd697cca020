"""external-mfa-retargeted: some of the people lose their second factor."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, known, told

PATH = f"/methods/{methods.PROVIDER}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit(f"{PATH}/includeTargets", methods.targets(methods.OTHERS)),
        edit(f"{PATH}/includeTargets", []),
        edit(f"{PATH}/excludeTargets", methods.targets(methods.PILOT)),
    ],
)
def test_people_taken_away_are_high(tmp_path: Path, form: Form, patch: methods.Json) -> None:
    found = known(tmp_path, form, patch, config=methods.APPROVED)
    leaf = found["external-mfa-retargeted"]
    assert leaf["severity"] == "high"
    assert leaf["details"]["lost"] == [methods.PILOT]


@pytest.mark.parametrize("form", FORMS)
def test_more_people_or_everybody_are_no_loss(tmp_path: Path, form: Form) -> None:
    wider = edit(f"{PATH}/includeTargets", methods.targets("all_users"))
    found = known(tmp_path, form, wider, config=methods.APPROVED)
    assert {leaf["severity"] for leaf in found.values()} == {"info"}


@pytest.mark.parametrize("form", FORMS[:4])
def test_a_disabled_provider_serves_nobody(tmp_path: Path, form: Form) -> None:
    before = methods.policy(edit(f"{PATH}/state", "disabled"))
    fewer = edit(f"{PATH}/includeTargets", [])
    assert told(tmp_path, form, fewer, before=before) == {}
