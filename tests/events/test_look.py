"""A look into records that matter or not by what they changed."""

import pytest

from monitor.events.read import read_message
from tests import entra

NAME = "Policy.ReadWrite.ConditionalAccess"


def kept(record: entra.Json) -> bool:
    reading = read_message(entra.body(record))
    assert reading.seen == 1
    # the same record outside an envelope goes another way
    alone = read_message(entra.body(record)[len('{"records": [') : -len("]}")])
    assert (len(reading.events), reading.irrelevant) == (len(alone.events), alone.irrelevant)
    return bool(reading.events)


@pytest.mark.parametrize(
    ("activity", "name", "value", "expected"),
    [
        ("Update group", "MembershipRule", "x", True),
        ("Update group", "MembershipRuleProcessingState", "Paused", True),
        ("Update group", "Description", "x", False),
        ("Update application", "FederatedIdentityCredentials", ["x"], True),
        ("Update application", "KeyDescription", ["x"], True),
        ("Update application", "AppAddress", ["x"], False),
        ("Update service principal", "AccountEnabled", [False], True),
        ("Update service principal", "TargetId.ServicePrincipalNames", "x", False),
        ("Consent to application", "ConsentAction.Permissions", f"Scope: {NAME.lower()}", True),
        ("Consent to application", "ConsentAction.Permissions", "Scope: User.Read", False),
        ("Add delegated permission grant", "DelegatedPermissionGrant.Scope", NAME, True),
        ("Add delegated permission grant", "DelegatedPermissionGrant.Scope", "openid", False),
    ],
)
def test_what_changed_decides(activity: str, name: str, value: object, expected: bool) -> None:
    record = entra.record(activity, entra.at(), properties=[(name, None, value)])
    assert kept(record) is expected


def test_a_chunk_is_kept_because_it_shows_nothing() -> None:
    chunk = entra.record("Update group", entra.at(), details={"id": "1", "seq": "2"})
    assert kept(chunk)


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        ("Add app role assignment to service principal", True),
        ("Add app role assignment grant to user", False),
        ("Add member to role completed (PIM activation)", True),
        ("Add member to role requested (PIM activation)", False),
        ("Remove member from role in PIM canceled (permanent)", False),
        ("Self-service password reset flow activity progress", False),
        ("Reset password (self-service)", True),
    ],
)
def test_steps_and_grants_to_people_are_counted(activity: str, expected: bool) -> None:
    assert kept(entra.record(activity, entra.at())) is expected
