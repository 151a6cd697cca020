"""Postures are immutable, share what did not change, and tell what they could not read."""

from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from monitor.errors import UnknownShape
from monitor.posture.document import Document, DocumentKind
from monitor.posture.parts import (
    Group,
    MethodsPolicy,
    NamedLocation,
    interval,
    merged,
    parse_part,
)
from monitor.posture.policy import Wire
from monitor.posture.posture import Posture

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def document(kind: DocumentKind, id_: str, **body: JsonValue) -> Document:
    return Document(kind, id_, NOON, body)


POLICY = document(DocumentKind.POLICY, "P1", displayName="One", state="enabled")


def test_with_and_without() -> None:
    empty = Posture("t")
    one = empty.with_document(POLICY)
    assert empty.policies == {}
    assert list(one.policies) == ["p1"]
    assert one.document(DocumentKind.POLICY, "p1") is POLICY
    assert one.name_of("P1") == "One"
    assert one.name_of("x") == "x"
    assert one.without(DocumentKind.POLICY, "P1").policies == {}
    assert one.without(DocumentKind.POLICY, "other").policies == one.policies


def test_unchanged_parts_are_shared() -> None:
    one = Posture("t", [POLICY])
    two = one.with_document(document(DocumentKind.POLICY, "p2"))
    assert two.policies["p1"] is one.policies["p1"]
    assert two.world is one.world
    three = two.with_document(document(DocumentKind.GROUP, "g", members=["u"]))
    assert three.world is not two.world
    assert three.policies is two.policies
    assert two.without(DocumentKind.GROUP, "no such") is two
    four = three.with_document(document(DocumentKind.PER_USER_MFA, "u", perUserMfaState="enforced"))
    assert four.world is three.world
    assert four.per_user_mfa == {"u": "enforced"}


def test_a_replaced_document_replaces() -> None:
    one = Posture("t", [POLICY])
    two = one.with_document(document(DocumentKind.POLICY, "p1", state="disabled"))
    assert one.policies["p1"].enforced
    assert not two.policies["p1"].enforced


def test_baseline() -> None:
    seen = Posture("t", [POLICY])
    assert not seen.has_baseline
    whole = seen.with_complete([DocumentKind.POLICY])
    assert whole.has_baseline
    assert whole.with_document(POLICY).has_baseline
    assert whole.policies == seen.policies
    assert not seen.has_baseline


def test_what_cannot_be_read_is_told_and_left_out() -> None:
    broken = Posture(
        "t",
        [
            POLICY,
            document(DocumentKind.POLICY, "bad", conditions="x"),
            document(DocumentKind.LOCATION, "where", ipRanges=[{"cidrAddress": "10.0.0.0/99"}]),
            document(DocumentKind.POLICY, "odd", displayName="Odd", state="halfway"),
        ],
    )
    assert set(broken.policies) == {"p1", "odd"}
    assert broken.locations == {}
    told = " | ".join(broken.not_understood)
    assert "bad" in told
    assert "10.0.0.0/99" in told or "ipRanges" in told
    assert "Odd (odd): state=halfway" in broken.not_understood


def test_defaults_and_service() -> None:
    posture = Posture(
        "t",
        [
            document(DocumentKind.SECURITY_DEFAULTS, "d", isEnabled=True),
            document(DocumentKind.MFA_SERVICE, "m", trustedIps=["10.0.0.0/8"]),
            document(DocumentKind.ROLE, "object-id", roleTemplateId="R1", members=[{"id": "U"}]),
            document(DocumentKind.PER_USER_MFA, "off", perUserMfaState="disabled"),
            document(DocumentKind.USER, "u", userPrincipalName="u@x", userType="Guest"),
        ],
    )
    assert posture.security_defaults is True
    assert posture.world.service is not None
    assert posture.world.service.intervals == merged([interval("10.0.0.0/8")])
    assert posture.world.roles["r1"].members == {"u"}
    assert posture.per_user_mfa == {}
    assert posture.world.users["u"].user_type == "Guest"
    assert Posture("t").security_defaults is None
    assert Posture("t").world.methods is None


@pytest.mark.parametrize(
    ("model", "body", "what"),
    [
        (NamedLocation, {"ipRanges": "10.0.0.0/8"}, "ipRanges"),
        (NamedLocation, {"ipRanges": [{}]}, "ipRanges"),
        (NamedLocation, {"ipRanges": [{"cidrAddress": "ward"}]}, "ward"),
        (Group, {"members": ["a", 1]}, "members"),
        (Group, {"members": "a"}, "members"),
        (MethodsPolicy, {"authenticationMethodConfigurations": [1]}, "authenticationMethod"),
    ],
)
def test_parts_that_cannot_be_read(
    model: type[Wire], body: dict[str, JsonValue], what: str
) -> None:
    with pytest.raises(UnknownShape, match=what):
        parse_part(model, body)


def test_ranges_are_merged() -> None:
    halves = parse_part(
        NamedLocation,
        {"ipRanges": [{"cidrAddress": "10.128.0.0/9"}, {"cidrAddress": "10.0.0.0/9"}]},
    )
    whole = parse_part(NamedLocation, {"IpRanges": [{"CidrAddress": "10.0.0.0/8"}]})
    assert halves.intervals == whole.intervals
    mixed = merged([interval("::/0"), interval("0.0.0.0/0"), interval("1.1.1.1")])
    assert [version for version, _, _ in mixed] == [4, 6]


@pytest.mark.parametrize(
    ("kind", "body", "path"),
    [
        (DocumentKind.LOCATION, {"asNumbers": [1]}, "asNumbers"),
        (
            DocumentKind.LOCATION,
            {"countriesAndRegions": ["US"], "countryLookupMethod": "newMethod"},
            "countryLookupMethod=newMethod",
        ),
        (DocumentKind.PER_USER_MFA, {"perUserMfaState": "mandatory"}, "perUserMfaState=mandatory"),
        (DocumentKind.SECURITY_DEFAULTS, {"isEnabled": True, "future": 1}, "future"),
        (
            DocumentKind.STRENGTH,
            {"allowedCombinations": ["password,sms", "newThing,password"]},
            "allowedCombinations=newThing",
        ),
        (DocumentKind.USER, {"userType": "Robot"}, "userType=Robot"),
        (DocumentKind.MFA_SERVICE, {"trustedIps": [], "skipFromMoon": True}, "skipFromMoon"),
        (
            DocumentKind.METHODS_POLICY,
            {"authenticationMethodConfigurations": [{"id": "Sms", "state": "perhaps"}]},
            "authenticationMethodConfigurations.Sms.state=perhaps",
        ),
        (
            DocumentKind.POLICY,
            {"conditions": {"applications": {"includeApplications": ["AllMicrosoftApps"]}}},
            "conditions.applications.includeApplications=AllMicrosoftApps",
        ),
        (
            DocumentKind.POLICY,
            {"sessionControls": {"signInFrequency": {"type": "weeks", "value": 1}}},
            "sessionControls.signInFrequency.type=weeks",
        ),
    ],
)
def test_what_nobody_modelled_is_listed_of_every_kind(
    kind: DocumentKind, body: dict[str, JsonValue], path: str
) -> None:
    found = Posture("t", [Document(kind, "X1", NOON, {"displayName": "N", **body})])
    assert found.not_understood == (f"N (x1): {path}",)


def test_members_that_say_nothing_are_not_listed() -> None:
    body: dict[str, JsonValue] = {
        "createdDateTime": "2026-01-01T00:00:00Z",
        "countriesAndRegions": ["US"],
        "countryLookupMethod": "ClientIPAddress",
    }
    documents = [
        Document(DocumentKind.LOCATION, "l", NOON, body),
        Document(DocumentKind.GROUP, "g", NOON, {"mail": "g@example.org", "userType": "guest"}),
        Document(DocumentKind.USER, "u", NOON, {"userType": "guest", "jobTitle": "nurse"}),
    ]
    assert Posture("t", documents).not_understood == ()
