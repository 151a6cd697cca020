"""A policy in every spelling it comes in."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from monitor.errors import UnknownShape
from monitor.posture.policy import CONTROLS, GUEST_KINDS, parse_policy
from monitor.posture.wire import canonical, flags, tidy, words

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "objects"

GRAPH: dict[str, JsonValue] = {
    "id": "p",
    "displayName": "Require MFA",
    "state": "enabled",
    "conditions": {
        "users": {"includeUsers": ["All"], "excludeGroups": ["G1"]},
        "applications": {"includeApplications": ["Office365", "EHR"]},
        "clientAppTypes": ["all"],
        "insiderRiskLevels": "minor,elevated",
        "authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"},
    },
    "grantControls": {"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]},
    "sessionControls": {"signInFrequency": {"value": 4, "type": "hours", "isEnabled": True}},
}


def test_ids_are_lower_case_and_keywords_as_graph_spells_them() -> None:
    policy = parse_policy(GRAPH)
    assert policy.enforced
    assert policy.conditions.users.exclude_groups == ("g1",)
    assert policy.conditions.applications.include_applications == ("Office365", "ehr")
    assert policy.conditions.insider_risk_levels == ("minor", "elevated")
    assert policy.not_understood == ()


def pascal(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(inner) for key, inner in value.items()}
    return [pascal(inner) for inner in value] if isinstance(value, list) else value


def test_powershell_spelling_is_the_same_policy() -> None:
    other = pascal(GRAPH)
    assert isinstance(other, dict)
    assert parse_policy(other) == parse_policy(GRAPH)


def test_nulls_and_annotations_say_nothing() -> None:
    noisy: dict[str, JsonValue] = {
        **GRAPH,
        "sessionControls@odata.context": "x",
        "#microsoft.graph.restore": {"title": "x"},
        "deletedDateTime": None,
        "partialEnablementStrategy": None,
    }
    assert parse_policy(noisy) == parse_policy(GRAPH)


def test_enum_members_in_any_case() -> None:
    shouted = json.loads(json.dumps(GRAPH).replace("mfa", "MFA").replace('"all"', '"ALL"'))
    assert parse_policy(shouted) == parse_policy(GRAPH)


@given(st.sets(st.sampled_from(GUEST_KINDS)))
def test_guest_kinds_as_mask_and_as_words(kinds: set[str]) -> None:
    mask = sum(1 << GUEST_KINDS.index(kind) for kind in kinds)

    def policy(value: JsonValue) -> Any:
        guests = {"guestOrExternalUserTypes": value, "externalTenants": {}}
        return parse_policy({"conditions": {"users": {"excludeGuestsOrExternalUsers": guests}}})

    text = ",".join(kind for kind in GUEST_KINDS if kind in kinds)
    assert policy(mask) == policy(text)
    assert policy(mask).not_understood == ()


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        ({"conditions": {"weather": ["rain"]}}, "conditions.weather"),
        ({"conditions": {"users": {"includeMoods": ["x"]}}}, "conditions.users.includeMoods"),
        ({"conditions": {"clientAppTypes": ["fax"]}}, "conditions.clientAppTypes=fax"),
        ({"state": "halfway"}, "state=halfway"),
        (
            {"grantControls": {"builtInControls": ["faceScan"]}},
            "grantControls.builtInControls=faceScan",
        ),
        ({"grantControls": {"operator": "XOR"}}, "grantControls.operator=XOR"),
        ({"conditions": {"times": {"from": "8"}}}, "conditions.times"),
        (
            {
                "conditions": {
                    "users": {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": 64 + 1}}
                }
            },
            "conditions.users.includeGuestsOrExternalUsers.guestOrExternalUserTypes=bit 64",
        ),
        ({"partialEnablementStrategy": {"x": 1}}, "partialEnablementStrategy"),
    ],
)
def test_what_nobody_modelled_is_listed(patch: dict[str, JsonValue], path: str) -> None:
    assert parse_policy({"id": "p", **patch}).not_understood == (path,)


@pytest.mark.parametrize("empty", [None, [], {}, ""])
def test_an_empty_unknown_member_says_nothing(empty: JsonValue) -> None:
    assert parse_policy({"conditions": {"weather": empty}}).not_understood == ()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"conditions": {"users": {"includeUsers": [1]}}}, "conditions.users.includeUsers"),
        ({"conditions": "none"}, "conditions"),
        ({"grantControls": {"builtInControls": {"a": 1}}}, "grantControls.builtInControls"),
        ({"state": 1}, "state"),
    ],
)
def test_wrong_types_name_the_path(body: dict[str, JsonValue], path: str) -> None:
    with pytest.raises(UnknownShape, match=path.replace(".", r"\.")):
        parse_policy(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*GRAPH, "x"]), JSON))
def test_any_json_parses_or_is_refused_by_name(body: dict[str, JsonValue]) -> None:
    try:
        policy = parse_policy(body)
    except UnknownShape as error:
        assert "conditional access policy" in str(error)  # noqa: PT017  # either outcome is right
    else:
        assert parse_policy(body) == policy


def test_tidy_and_words() -> None:
    assert tidy({"A@odata.type": 1, "B": [None, {"C": None, "D": 1}]}) == {"b": [{"d": 1}]}
    assert words(" a , b,") == ["a", "b"]
    assert words(None) == []
    assert flags(3, {1: "one", 2: "two"}) == ["one", "two"]
    assert flags(0, {1: "one"}) == []
    assert flags("one", {1: "one"}) == ["one"]
    assert canonical("MFA", CONTROLS) == "mfa"
    assert canonical("other", CONTROLS) == "other"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared is not here")
def test_powershell_exports_are_understood() -> None:
    exported = json.loads(
        (CORPUS / "scubagear" / "conditional_access_policies.json").read_text("utf-8")
    )
    policies = [parse_policy(body) for body in exported]
    assert len(policies) == 7
    assert all(policy.not_understood == () for policy in policies)
    assert all(policy.enforced and policy.name for policy in policies)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared is not here")
def test_microsofts_own_example() -> None:
    folder = CORPUS / "entra-docs-ca-policy-example"
    old, new = (
        parse_policy(json.loads((folder / f"{name}.json").read_text("utf-8")))
        for name in ("old", "new")
    )
    assert old.not_understood == new.not_understood == ()
    assert old.grant_controls != new.grant_controls
