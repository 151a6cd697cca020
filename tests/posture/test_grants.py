"""Permissions to change who needs MFA: reading the records that give and take them."""

import pytest

from monitor.events.read import read_message
from monitor.posture.grants import PERMISSIONS, Grant, held_permissions, read_grant
from tests import acts, entra

NAME = "Policy.ReadWrite.ConditionalAccess"


def grant(record: entra.Json) -> Grant | None:
    events = read_message(entra.body(record)).events
    return read_grant(events[0]) if events else None


def consent(before: str, after: str) -> entra.Json:
    sides = [
        f"[[Id: x, ClientId: {acts.APP}, Scope: {scope}, Created: ]]" for scope in (before, after)
    ]
    return entra.record(
        "Consent to application",
        entra.at(),
        target=acts.APP_TARGET,
        properties=[("ConsentAction.Permissions", None, f"{sides[0]} => {sides[1]}; ")],
    )


def test_an_app_role_is_read_with_the_application() -> None:
    seen = grant(acts.app_role(NAME, entra.at()))
    expected = (acts.APP, "Backup Robot", acts.APP_ID)
    assert seen is not None
    assert (seen.app, seen.name, seen.app_id) == expected
    assert seen.gained == {f"application {NAME}"}
    assert held_permissions(seen.applied(None)) == seen.gained


def test_taking_an_app_role_back_undoes_it() -> None:
    given, taken = (grant(acts.app_role(NAME, entra.at(), verb)) for verb in ("Add", "Remove"))
    assert given is not None
    assert taken is not None
    assert held_permissions(taken.applied(given.applied(None))) == frozenset()


def test_a_consent_gains_only_what_was_not_there() -> None:
    assert grant(consent(NAME, f"{NAME} User.Read")) is None
    seen = grant(consent("User.Read", f"User.Read {NAME.lower()}"))
    assert seen is not None
    assert seen.gained == {f"delegated {NAME}"}
    assert seen.app == acts.APP


@pytest.mark.parametrize("scope", ["User.Read", f"{NAME}.Own", f"X{NAME}", ""])
def test_other_scopes_are_none_of_ours(scope: str) -> None:
    assert grant(consent("", scope)) is None
    assert scope.casefold() not in PERMISSIONS


def test_a_removed_delegated_grant_is_read_from_either_side() -> None:
    for sides in ((NAME, None), (None, NAME)):
        record = entra.record(
            "Remove delegated permission grant",
            entra.at(),
            properties=[
                ("DelegatedPermissionGrant.Scope", *sides),
                ("ServicePrincipal.ObjectID", acts.APP, None),
            ],
        )
        seen = grant(record)
        assert seen is not None
        assert not seen.gained
        assert seen.lost == {f"delegated {NAME}"}
