"""external-mfa-app-changed: joined by application id to the provider that is configured."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra, methods
from tests.methods import judged

RULE = "external-mfa-app-changed"
PRINCIPAL = "bbbbbbbb-0000-4000-8000-0000000000c1"
GRAPH = "bbbbbbbb-0000-4000-8000-0000000000c2"
OTHER_APP = "bbbbbbbb-0000-4000-8000-0000000000c3"
KNOWN = methods.as_part(
    methods.policy({"op": "remove", "path": f"/methods/{methods.PROVIDER}"}),
    methods.BASE,
    entra.at(0),
)
NAMES = "TargetId.ServicePrincipalNames"


def act(
    activity: str, *rows: tuple[str, Any, Any], app: str = methods.APP_ID, **more: Any
) -> entra.Json:
    """An act on a service principal whose record names the application id, as real ones do."""
    target = {"id": PRINCIPAL, "displayName": "Duo Entra app", "type": "ServicePrincipal"}
    return entra.record(
        activity,
        entra.at(5),
        target=more.pop("target", target),
        properties=[*rows, (NAMES, None, f"{app};https://duo.example")],
        category="ApplicationManagement",
        **more,
    )


KEY = "[KeyIdentifier=1,KeyType=Password,KeyUsage=Verify,DisplayName=x]"
ACTS = {
    "removed": act("Remove service principal"),
    "removed for good": act("Hard delete service principal"),
    "consent revoked": act("Revoke consent"),
    "disabled": act("Update service principal", ("AccountEnabled", [True], [False])),
    "secret": act("Add service principal credentials", ("KeyDescription", [], [KEY])),
    "key": act("Update service principal", ("KeyDescription", [], [KEY])),
    "issuer": act("Update application", ("FederatedIdentityCredentials", [], [{"Name": "x"}])),
    "permission": act(
        "Remove delegated permission grant",
        ("DelegatedPermissionGrant.Scope", " openid profile", ""),
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_on_the_providers_application_is_high(tmp_path: Path, name: str) -> None:
    leaf = judged(tmp_path, KNOWN, ACTS[name])[RULE]
    assert (leaf["severity"], leaf["certainty"]) == ("high", "certain")
    assert "*Duo*" in str(leaf["witness"])
    assert leaf["object"]["id"] == PRINCIPAL


def test_a_declared_provider_is_watched_too(tmp_path: Path) -> None:
    assert RULE in judged(tmp_path, ACTS["removed"], config=methods.APPROVED)


def grant(old: str, new: str | None, *, appid: str | None = None, name: str = "") -> entra.Json:
    """A permission grant: the target is the resource, the client stands in the properties."""
    record = entra.record(
        "Remove delegated permission grant",
        entra.at(5),
        target={"id": GRAPH, "displayName": "Microsoft Graph", "type": "ServicePrincipal"},
        properties=[
            ("DelegatedPermissionGrant.Scope", old, new),
            ("ServicePrincipal.ObjectID", None, PRINCIPAL),
            ("ServicePrincipal.AppId", None, appid),
        ],
        details={"AppId": "00000003-0000-0000-c000-000000000000"},
    )
    client = {"id": PRINCIPAL, "displayName": name or None, "type": "ServicePrincipal"}
    record["properties"]["targetResources"].append({**client, "modifiedProperties": []})
    return record


CREATED = entra.record(
    "Add service principal",
    entra.at(-5),
    target={"id": PRINCIPAL, "displayName": "Duo Entra app", "type": "ServicePrincipal"},
    properties=[("AppPrincipalId", [], [methods.APP_ID])],
)


def test_a_withdrawn_permission_is_joined_by_the_service_principal_seen(tmp_path: Path) -> None:
    found = judged(tmp_path, CREATED, KNOWN, grant(" openid profile", None))
    assert found[RULE]["certainty"] == "certain"


def test_or_by_the_application_id_or_the_name_it_shows(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    shown = judged(tmp_path / "a", KNOWN, grant(" openid", None, appid=methods.APP_ID))
    assert shown[RULE]["certainty"] == "certain"
    named = judged(tmp_path / "b", KNOWN, grant(" openid", None, name="Duo"))
    assert named[RULE]["certainty"] == "possible"


def test_a_grant_written_anew_with_more_is_silent(tmp_path: Path) -> None:
    assert RULE not in judged(tmp_path, CREATED, KNOWN, grant(" openid", " openid profile"))


@pytest.mark.parametrize(
    "record",
    [
        act("Remove service principal", app=OTHER_APP),
        act("Update service principal", ("AccountEnabled", [False], [True])),
        act("Update service principal", ("KeyDescription", [KEY], [])),
        act("Remove service principal", result="failure"),
        act("Update application", ("RequiredResourceAccess", [], [{}])),
    ],
)
def test_others_and_the_harmless_are_silent(tmp_path: Path, record: entra.Json) -> None:
    assert RULE not in judged(tmp_path, KNOWN, record)


def test_without_a_provider_nothing_is_joined(tmp_path: Path) -> None:
    assert RULE not in judged(tmp_path, ACTS["removed"])
