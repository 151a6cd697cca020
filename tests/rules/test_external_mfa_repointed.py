"""external-mfa-repointed: another host, client or application answers for the provider."""

from pathlib import Path

import pytest

from tests import methods
from tests.methods import FORMS, Form, edit, told

SETTING = f"/methods/{methods.PROVIDER}/openIdConnectSetting"
MOVES = {
    "discovery URL": edit(f"{SETTING}/discoveryUrl", methods.ROGUE),
    "client id": edit(f"{SETTING}/clientId", "cccccccc-0000-4000-8000-000000000001"),
    "application id": edit(
        f"/methods/{methods.PROVIDER}/appId", "cccccccc-0000-4000-8000-000000000002"
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", MOVES)
def test_each_value_of_the_anchor_is_critical(tmp_path: Path, form: Form, what: str) -> None:
    found = told(tmp_path, form, MOVES[what], config=methods.APPROVED)
    assert set(found) == {"external-mfa-repointed"}
    leaf = found["external-mfa-repointed"]
    assert leaf["severity"] == "critical"
    assert what in leaf["witness"]
    assert MOVES[what]["value"] in leaf["witness"]


@pytest.mark.parametrize("form", FORMS)
def test_to_an_approved_anchor_is_information(tmp_path: Path, form: Form) -> None:
    before = methods.policy(MOVES["discovery URL"])
    back = edit(f"{SETTING}/discoveryUrl", methods.DISCOVERY)
    found = told(tmp_path, form, back, before=before, config=methods.APPROVED)
    assert {name: leaf["severity"] for name, leaf in found.items()} == {
        "external-mfa-repointed": "info"
    }


@pytest.mark.parametrize("form", FORMS)
def test_another_path_at_the_same_host_is_critical_without_approval(
    tmp_path: Path, form: Form
) -> None:
    moved = edit(f"{SETTING}/discoveryUrl", methods.DISCOVERY.replace(".well", "x/.well"))
    assert told(tmp_path, form, moved)["external-mfa-repointed"]["severity"] == "critical"


@pytest.mark.parametrize("form", FORMS)
def test_a_new_name_or_other_targets_are_no_repointing(tmp_path: Path, form: Form) -> None:
    renamed = edit(f"/methods/{methods.PROVIDER}/displayName", "Duo Security")
    assert told(tmp_path, form, renamed) == {}


def test_upper_case_is_the_same_anchor(tmp_path: Path) -> None:
    upper = edit(f"/methods/{methods.PROVIDER}/appId", methods.APP_ID.upper())
    assert told(tmp_path, FORMS[2], upper) == {}
