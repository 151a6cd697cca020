"""temporary-access-pass-loosened: longer, shorter, more than once."""

from pathlib import Path

import pytest

from tests import entra, methods
from tests.methods import FORMS, Form, edit, told

ACCESS = "/methods/TemporaryAccessPass"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit(f"{ACCESS}/isUsableOnce", False),
        edit(f"{ACCESS}/maximumLifetimeInMinutes", 43200),
        edit(f"{ACCESS}/defaultLifetimeInMinutes", 480),
        edit(f"{ACCESS}/defaultLength", 6),
    ],
)
def test_a_looser_pass_is_medium(tmp_path: Path, form: Form, patch: methods.Json) -> None:
    found = told(tmp_path, form, patch)
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "temporary-access-pass-loosened": "medium"
    }


@pytest.mark.parametrize("form", FORMS)
def test_switching_it_on_is_low(tmp_path: Path, form: Form) -> None:
    before = methods.policy(edit(f"{ACCESS}/state", "disabled"))
    found = told(tmp_path, form, edit(f"{ACCESS}/state", "enabled"), before=before)
    assert found["temporary-access-pass-loosened"]["severity"] == "low"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "patch",
    [
        edit(f"{ACCESS}/maximumLifetimeInMinutes", 60),
        edit(f"{ACCESS}/defaultLength", 12),
        edit(f"{ACCESS}/state", "disabled"),
    ],
)
def test_a_tighter_pass_is_silent(tmp_path: Path, form: Form, patch: methods.Json) -> None:
    assert told(tmp_path, form, patch) == {}


def test_an_issued_pass_is_another_matter(tmp_path: Path) -> None:
    record = entra.about_user(
        "Admin registered security info",
        entra.at(),
        service="Authentication Methods",
        reason="Admin registered temporary access pass method for user",
    )
    assert "temporary-access-pass-loosened" not in methods.judged(tmp_path, record)
