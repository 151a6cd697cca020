"""change-not-understood: an unknown key, value or shape is a finding, never silence."""

from pathlib import Path

import pytest

from tests import entra
from tests.corridor import judged

BASE = entra.policy()


@pytest.mark.parametrize(
    "patch",
    [
        {"op": "add", "path": "/conditions/moonPhase", "value": ["full"]},
        {"op": "add", "path": "/grantControls/builtInControls/-", "value": "telepathy"},
        {"op": "replace", "path": "/state", "value": "enabledOnTuesdays"},
    ],
)
def test_an_unknown_key_or_value_is_named(tmp_path: Path, patch: entra.Json) -> None:
    found = judged(tmp_path, entra.ca_change(BASE, entra.policy(patch), entra.at()))
    assert found["change-not-understood"]["severity"] == "medium"


def test_an_unreadable_document_is_named(tmp_path: Path) -> None:
    record = entra.ca_change(BASE, entra.policy(entra.excluding()), entra.at())
    record["properties"]["targetResources"][0]["modifiedProperties"][0]["newValue"] = "hidden"
    assert set(judged(tmp_path, record)) == {"change-not-understood"}


def test_a_methods_policy_in_an_unknown_form_is_named(tmp_path: Path) -> None:
    record = entra.record(
        "Authentication Methods Policy Update",
        entra.at(),
        properties=[("SomethingNew", "a", "b")],
        service="Authentication Methods",
    )
    assert set(judged(tmp_path, record)) == {"change-not-understood"}


def test_known_fields_are_silent(tmp_path: Path) -> None:
    renamed = entra.policy(displayName="x")
    assert judged(tmp_path, entra.ca_change(BASE, renamed, entra.at())) == {}


def test_a_failed_attempt_in_an_unknown_shape_is_silent(tmp_path: Path) -> None:
    record = entra.ca_change(BASE, entra.policy(entra.excluding()), entra.at(), result="failure")
    record["properties"]["targetResources"][0]["modifiedProperties"][0]["newValue"] = "hidden"
    assert judged(tmp_path, record) == {}
