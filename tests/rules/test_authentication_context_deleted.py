"""authentication-context-deleted: a step-up falls away."""

from pathlib import Path
from typing import Any

from tests import entra
from tests.corridor import findings, ingest, judged, opened

TARGET: entra.Json = {"id": "c1", "displayName": "Patient records", "type": "Policy"}


def record(verb: str, *rows: tuple[str, Any, Any], **more: Any) -> entra.Json:
    name = f"{verb} AuthenticationContextClassReference"
    return entra.record(name, entra.at(5), target=TARGET, properties=list(rows), **more)


def test_a_deletion_is_medium_and_names_the_policies(tmp_path: Path) -> None:
    applications = "/conditions/applications"
    policy = entra.policy(
        {"op": "replace", "path": f"{applications}/includeApplications", "value": []},
        {
            "op": "replace",
            "path": f"{applications}/includeAuthenticationContextClassReferences",
            "value": ["c1"],
        },
    )
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(None, policy, entra.at(1)))
        found: Any = findings(ingest(monitor, record("Delete")))
    leaf = found["authentication-context-deleted"]
    assert (leaf["severity"], leaf["certainty"]) == ("medium", "certain")
    assert leaf["details"]["policies"] == ["Require MFA for everyone"]


def test_unpublished_is_told_and_what_is_not_shown_is_possible(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    found = judged(tmp_path / "a", record("Update", ("isAvailable", True, False)))
    assert found["authentication-context-deleted"]["certainty"] == "certain"
    found = judged(tmp_path / "b", record("Update"))
    assert found["authentication-context-deleted"]["certainty"] == "possible"


def test_another_description_or_a_new_context_is_silent(tmp_path: Path) -> None:
    described = record("Update", ("description", "a", "b"))
    assert judged(tmp_path, described, record("Add", ("id", None, "c2"))) == {}


def test_a_failed_attempt_is_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, record("Delete", result="failure")) == {}
