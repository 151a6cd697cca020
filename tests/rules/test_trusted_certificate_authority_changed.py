"""trusted-certificate-authority-changed: any authority added or edited; a removal is milder."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import judged

RULE = "trusted-certificate-authority-changed"


def authority(activity: str, **more: Any) -> entra.Json:
    target = {"id": "ca-1", "displayName": "Hospital Root", "type": "Other"}
    return entra.record(activity, entra.at(), target=target, category="DirectoryManagement", **more)


def company(old: object, new: object, name: str = "TrustedCAsForPasswordlessAuth") -> entra.Json:
    target = {"id": entra.TENANT, "displayName": "Hospital", "type": "Other"}
    shown = [(name, old, new)]
    return entra.record("Set Company Information", entra.at(), target=target, properties=shown)


@pytest.mark.parametrize(
    ("record", "severity"),
    [
        (authority("Create CertificateAuthorityEntity"), "high"),
        (authority("Update CertificateAuthorityEntity"), "high"),
        (authority("Create PublicKeyInfrastructure"), "high"),
        (authority("Restore CertificateAuthorityEntity"), "high"),
        (authority("Add CertificateBasedAuthConfiguration"), "high"),
        (authority("Delete CertificateAuthorityEntity"), "low"),
        (authority("Hard Delete PublicKeyInfrastructure"), "low"),
        (company(["A"], ["A", "B"]), "high"),
        (company([], ["hidden"]), "high"),
    ],
)
def test_a_changed_authority_is_named(tmp_path: Path, record: entra.Json, severity: str) -> None:
    leaf = judged(tmp_path, record)[RULE]
    assert leaf["severity"] == severity
    assert leaf["certainty"] == "possible"


@pytest.mark.parametrize(
    "record",
    [
        authority("Create CertificateAuthorityEntity", result="failure"),
        company(["A"], ["A"]),
        company(["A"], ["B"], name="MarketingNotificationEmails"),
    ],
)
def test_what_changes_no_authority_is_silent(tmp_path: Path, record: entra.Json) -> None:
    assert RULE not in judged(tmp_path, record)
