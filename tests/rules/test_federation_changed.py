"""federation-changed: what the record shows decides, and what it cannot show is read pending."""

from pathlib import Path

import pytest

from tests import entra
from tests.corridor import judged

SETTINGS, AUTHENTICATION = "Set federation settings on domain", "Set domain authentication"


def domain(activity: str, *live: str, result: str = "success") -> entra.Json:
    """A record about a domain; `live` is LiveType before and after."""
    return entra.record(
        activity,
        entra.at(),
        target={"id": None, "displayName": "hospital.example", "type": "Domain"},
        properties=[("LiveType", [live[0]], [live[1]])] if live else [],
        category="DirectoryManagement",
        result=result,
    )


@pytest.mark.parametrize(
    ("record", "severity"),
    [
        (domain(SETTINGS), "high"),
        (domain(AUTHENTICATION), "high"),
        (domain(AUTHENTICATION, "Managed", "Federated"), "critical"),
        (domain("Add verified domain", "None", "Federated"), "critical"),
        (domain(AUTHENTICATION, "Federated", "Managed"), "low"),
        (domain(SETTINGS, "Federated", "Federated"), "high"),
    ],
)
def test_a_change_of_trust_is_named(tmp_path: Path, record: entra.Json, severity: str) -> None:
    leaf = judged(tmp_path, record)["federation-changed"]
    assert leaf["severity"] == severity
    assert leaf["object"] == {
        "kind": "domain",
        "id": "hospital.example",
        "name": "hospital.example",
    }
    assert isinstance(leaf["details"], dict)
    assert leaf["details"]["read_pending"] is True


@pytest.mark.parametrize(
    "record",
    [
        domain("Verify domain"),
        domain("Add unverified domain", "None", "Managed"),
        domain("Set DirSync feature"),
        domain(SETTINGS, result="failure"),
        domain(AUTHENTICATION, "Managed", "Federated", result="failure"),
    ],
)
def test_other_work_on_domains_is_silent(tmp_path: Path, record: entra.Json) -> None:
    assert judged(tmp_path, record) == {}


def test_a_relabelled_record_is_not_taken_for_harmless(tmp_path: Path) -> None:
    record = domain("Add unverified domain", "None", "Managed")
    record["operationName"] = AUTHENTICATION
    assert judged(tmp_path, record)["federation-changed"]["severity"] == "high"


def test_a_domain_without_a_name_is_still_named(tmp_path: Path) -> None:
    record = domain(SETTINGS)
    record["properties"]["targetResources"] = []
    assert set(judged(tmp_path, record)) == {"federation-changed"}
