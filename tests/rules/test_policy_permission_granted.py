"""policy-permission-granted: app roles, consents, directory roles of applications."""

from pathlib import Path
from typing import Any

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "policy-permission-granted"
NAME = "Policy.ReadWrite.ConditionalAccess"


def consent(scope: str, minutes: float = 0, **more: Any) -> entra.Json:
    grant = f"[] => [[Id: x, ClientId: {acts.APP}, PrincipalId: , Scope: {scope}, Created: ]]; "
    return entra.record(
        "Consent to application",
        entra.at(minutes),
        target=acts.APP_TARGET,
        properties=[("ConsentAction.Permissions", None, grant)],
        **more,
    )


def delegated(scope: str, minutes: float = 0) -> entra.Json:
    return entra.record(
        "Add delegated permission grant",
        entra.at(minutes),
        target={"id": "graph", "displayName": "Microsoft Graph", "type": "ServicePrincipal"},
        properties=[
            ("DelegatedPermissionGrant.Scope", None, scope),
            ("ServicePrincipal.ObjectID", None, acts.APP),
        ],
    )


@pytest.mark.parametrize(
    "name",
    [
        NAME,
        "Policy.ReadWrite.AuthenticationMethod",
        "Policy.ReadWrite.SecurityDefaults",
        "Policy.ReadWrite.CrossTenantAccess",
        "UserAuthenticationMethod.ReadWrite.All",
        "RoleManagement.ReadWrite.Directory",
    ],
)
def test_each_permission_is_high_in_each_form(tmp_path: Path, name: str) -> None:
    records = (acts.app_role(name, entra.at()), consent(f"openid {name}"), delegated(f" {name} "))
    for place, record in enumerate(records):
        found = judged(tmp_path / str(place), record)
        assert set(found) == {RULE}, place
        assert found[RULE]["severity"] == "high"
        assert name in str(found[RULE]["witness"])
        assert acts.about(found[RULE])["id"] == acts.APP


def test_an_app_role_is_known_by_its_id(tmp_path: Path) -> None:
    record = acts.app_role("", entra.at())
    changed = record["properties"]["targetResources"][0]["modifiedProperties"]
    identity = '"01c0a623-fc9b-48e9-b794-0756f8e8f067"'
    changed.append({"displayName": "AppRole.Id", "oldValue": None, "newValue": identity})
    assert set(judged(tmp_path, record)) == {RULE}


def test_a_directory_role_of_an_application_counts(tmp_path: Path) -> None:
    found = judged(tmp_path, acts.role("Add", entra.at(), user=acts.APP, kind="ServicePrincipal"))
    assert set(found) == {RULE}


def test_the_records_of_one_consent_are_one_finding(tmp_path: Path) -> None:
    assert set(judged(tmp_path, delegated(NAME), consent(NAME, 0.01))) == {RULE}


def test_what_was_taken_back_is_news_again(tmp_path: Path) -> None:
    given = [acts.app_role(NAME, entra.at(minutes)) for minutes in (0, 20)]
    taken = acts.app_role(NAME, entra.at(10), "Remove")
    with pytest.raises(AssertionError, match=RULE):
        judged(tmp_path, given[0], taken, given[1])


@pytest.mark.parametrize(
    "record",
    [
        consent("openid profile User.Read"),
        consent(NAME, result="failure"),
        acts.app_role("Mail.Read", entra.at()),
        acts.app_role(NAME, entra.at(), "Remove"),
        acts.role("Add", entra.at(), user=acts.APP, kind="ServicePrincipal", template="ordinary"),
    ],
)
def test_look_alikes_are_silent(tmp_path: Path, record: entra.Json) -> None:
    assert judged(tmp_path, record) == {}
