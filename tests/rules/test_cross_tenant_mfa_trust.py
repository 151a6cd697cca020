"""cross-tenant-mfa-trust: read in whatever shape it comes, else pending."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import judged

RULE = "cross-tenant-mfa-trust"
DEFAULT = "Update the company default cross-tenant access setting"
PARTNER = "Update a partner cross-tenant access setting"
ADDED = "Add a partner to cross-tenant access setting"
THEIRS = "bbbbbbbb-0000-4000-8000-000000000002"


def trust(accepted: object) -> entra.Json:
    return {"isMfaAccepted": accepted, "isCompliantDeviceAccepted": False}


def setting(
    activity: str, *properties: tuple[str, Any, Any], result: str = "success"
) -> entra.Json:
    target = {"id": THEIRS, "displayName": "Partner clinic", "type": "Policy"}
    return entra.record(
        activity, entra.at(), target=target, properties=[*properties], result=result
    )


@pytest.mark.parametrize(
    ("record", "severity"),
    [
        (setting(DEFAULT, ("inboundTrust", trust(False), trust(True))), "high"),
        (setting(DEFAULT, ("inboundTrust", None, trust(True))), "high"),
        (setting(PARTNER, ("inboundTrust", trust(False), trust(True))), "medium"),
        (setting(PARTNER, ("InboundTrust", [trust(False)], [{"IsMfaAccepted": "True"}])), "medium"),
        (setting(ADDED, ("Settings", None, {"inboundTrust": trust(True)})), "medium"),
        (setting(PARTNER, ("inboundTrust.isMfaAccepted", [False], [True])), "medium"),
        (
            setting(
                "Update a multi tenant org partner configuration template",
                ("inboundTrust", trust(False), trust(True)),
            ),
            "medium",
        ),
    ],
)
def test_trust_that_begins_is_named(tmp_path: Path, record: entra.Json, severity: str) -> None:
    leaf = judged(tmp_path, record)[RULE]
    assert leaf["severity"] == severity
    assert leaf["certainty"] == "certain"


@pytest.mark.parametrize(
    "record",
    [
        setting(PARTNER),
        setting(PARTNER, ("inboundTrust", None, "something new")),
        setting(PARTNER, ("trustSettings", {"mfa": 0}, {"mfa": 1})),
        setting(DEFAULT, ("inboundTrust", {"other": 1}, {"other": 2})),
    ],
)
def test_what_cannot_be_read_is_pending(tmp_path: Path, record: entra.Json) -> None:
    leaf = judged(tmp_path, record)[RULE]
    assert (leaf["severity"], leaf["certainty"]) == ("medium", "possible")
    assert leaf["details"] == {"read_pending": True}


@pytest.mark.parametrize(
    "record",
    [
        setting(DEFAULT, ("inboundTrust", trust(True), trust(False))),
        setting(DEFAULT, ("inboundTrust", trust(True), trust(True))),
        setting(PARTNER, ("b2bCollaborationInbound", {"accessType": 2}, {"accessType": 1})),
        setting(ADDED, ("tenantId", None, THEIRS)),
        setting(ADDED),
        setting("Create a partner cross-tenant identity sync setting"),
        setting("Reset the cross-tenant access default setting"),
        setting(DEFAULT, ("inboundTrust", trust(False), trust(True)), result="failure"),
    ],
)
def test_what_trusts_nobody_new_is_silent(tmp_path: Path, record: entra.Json) -> None:
    assert RULE not in judged(tmp_path, record)


def test_a_value_that_is_no_json_is_pending(tmp_path: Path) -> None:
    record = setting(PARTNER, ("inboundTrust", None, None))
    shown = record["properties"]["targetResources"][0]["modifiedProperties"][0]
    shown["newValue"] = '{"isMfaAccepted": tru'
    assert judged(tmp_path, record)[RULE]["details"] == {"read_pending": True}
