"""Postures from files, and the errors that name file and key."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from monitor.errors import InvalidInput
from monitor.posture.document import DocumentKind
from monitor.posture.files import documents, load_path, load_posture

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "objects"
BUNDLE: dict[str, JsonValue] = {
    "conditionalAccessPolicies": [
        {"id": "p", "state": "enabled", "modifiedDateTime": "2026-01-02T03:04:05Z"}
    ],
    "namedLocations": [{"id": "l", "ipRanges": [{"cidrAddress": "10.0.0.0/8"}]}],
    "authenticationStrengthPolicies": [{"id": "s", "allowedCombinations": ["fido2"]}],
    "securityDefaults": {"isEnabled": False},
    "authenticationMethodsPolicy": {"authenticationMethodConfigurations": []},
    "groups": [{"id": "g", "members": [{"id": "u"}]}, {"id": "h"}],
}


def test_the_bundle() -> None:
    found = load_posture(BUNDLE, "t", at=NOON)
    assert found.has_baseline
    assert list(found.policies) == ["p"]
    assert list(found.locations) == ["l"]
    assert list(found.strengths) == ["s"]
    assert found.security_defaults is False
    assert found.groups["g"].members_complete
    assert not found.groups["h"].members_complete
    assert found.document(DocumentKind.POLICY, "p").at.year == 2026  # type: ignore[union-attr]  # listed above
    assert found.document(DocumentKind.GROUP, "g").at == NOON  # type: ignore[union-attr]  # listed above


def test_every_key_is_optional() -> None:
    found = load_posture({}, "t", at=NOON)
    assert found.documents == {}
    assert not found.has_baseline
    assert load_posture({"conditionalAccessPolicies": []}, "t", at=NOON).has_baseline
    assert load_posture({"securityDefaults": None}, "t", at=NOON).security_defaults is None


@pytest.mark.parametrize(
    "value",
    [
        [{"id": "p", "conditions": {}}],
        {"id": "p", "conditions": {}},
        {"@odata.context": "x", "value": [{"Id": "p", "Conditions": {}}]},
        {"ConditionalAccessPolicies": {"value": [{"id": "p"}]}},
        {"conditionalAccessPolicies": [{"displayName": "P"}]},
    ],
)
def test_other_shapes(value: JsonValue) -> None:
    assert list(load_posture(value, "t", at=NOON).policies) == ["p"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"conditionalAccessPolicys": []}, "f: unknown key|f.0.: not an object"),
        ({"namedLocations": [], "extra": 1}, "f: unknown key 'extra'"),
        ({"namedLocations": 7}, "f: namedLocations: expected a list, not int"),
        ({"namedLocations": [7]}, r"f: namedLocations\[0\]: expected an object"),
        ({"namedLocations": [{}]}, r"f: namedLocations\[0\]: no id"),
        ({"groups": [{"id": "a"}, {"id": "A"}]}, r"groups\[1\]: the id A stands twice"),
        ({"securityDefaults": []}, "f: securityDefaults: expected an object"),
        ({"securityDefaults": {"isEnabled": "maybe"}}, "isEnabled"),
        (
            {"conditionalAccessPolicies": [{"id": "p", "conditions": 1}]},
            r"f: conditionalAccessPolicies\[0\]: .*conditions",
        ),
        ([{"id": "x"}], r"f\[0\]: not an object this program knows"),
        ([1], r"f\[0\]: expected an object"),
        ("text", "f: expected an object or a list, not str"),
        (None, "f: expected an object or a list, not NoneType"),
    ],
)
def test_bad_documents(value: JsonValue, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        documents(value, at=NOON, name="f")


def test_files_and_directories(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "policy.json").write_text('\ufeff{"id": "p", "conditions": {}}', "utf-8")
    (tmp_path / "where.json").write_text('{"id": "l", "countriesAndRegions": ["NL"]}', "utf-8")
    (tmp_path / "notes.txt").write_text("not read", "utf-8")
    found = load_path(tmp_path, "t", at=NOON)
    assert (list(found.policies), list(found.locations)) == (["p"], ["l"])
    assert list(load_path(tmp_path / "where.json", "t", at=NOON).locations) == ["l"]


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"a": NaN}', b"", b"[" * 100_000])
def test_files_that_are_not_json(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"bad\.json: not JSON"):
        load_path(path, "t", at=NOON)


@pytest.mark.parametrize("depth", [101, 495, 900, 200_000])
@pytest.mark.parametrize("closed", [True, False])
def test_nesting_without_end_is_refused_by_name(tmp_path: Path, depth: int, closed: bool) -> None:
    """Deeper than the interpreter can go, and as deep as only the JSON reader can."""
    path = tmp_path / "deep.json"
    path.write_text('{"conditions":' + "[" * depth + ("]" * depth + "}" if closed else ""))
    with pytest.raises(InvalidInput, match=r"deep\.json: (not JSON|nested more than 100)"):
        load_path(path, "t", at=NOON)


def test_an_id_in_two_files_is_refused_by_both_names(tmp_path: Path) -> None:
    body = {"id": "P1", "displayName": "MFA", "conditions": {}, "state": "enabled"}
    (tmp_path / "one.json").write_text(json.dumps(body))
    (tmp_path / "two.json").write_text(json.dumps({**body, "id": "p1", "state": "disabled"}))
    with pytest.raises(InvalidInput, match=r"one\.json and .*two\.json: .* p1 stands twice"):
        load_path(tmp_path, "t", at=NOON)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no \.json files"):
        load_path(tmp_path, "t", at=NOON)
    with pytest.raises(InvalidInput, match="absent"):
        load_path(tmp_path / "absent", "t", at=NOON)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared is not here")
def test_a_directory_of_real_exports() -> None:
    found = load_path(CORPUS / "j0eyv-ca-policies", "t", at=NOON)
    assert (len(found.policies), len(found.locations)) == (36, 3)
    assert found.not_understood == ()


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared is not here")
def test_a_list_of_powershell_exports() -> None:
    path = CORPUS / "scubagear" / "conditional_access_policies.json"
    assert len(load_path(path, "t", at=NOON).policies) == len(json.loads(path.read_text("utf-8")))
