"""credential-added-to-policy-app: joined by what the application was granted."""

from pathlib import Path
from typing import Any

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "credential-added-to-policy-app"
GRANT = acts.app_role("Policy.ReadWrite.ConditionalAccess", entra.at(-60))
KEY = "[KeyIdentifier=1,KeyType=Password,KeyUsage=Verify,DisplayName=a]"
SECRETS = "Update application \u2013 Certificates and secrets management "
OBJECT: entra.Json = {"id": "object-id", "displayName": "Another name", "type": "Application"}


def secret(
    activity: str, target: entra.Json, old: list[str], new: list[str], **more: Any
) -> entra.Json:
    properties = [("KeyDescription", old, new)]
    return entra.record(activity, entra.at(), target=target, properties=properties, **more)


@pytest.mark.parametrize(
    ("record", "certainty"),
    [
        (secret("Add service principal credentials", acts.APP_TARGET, [], [KEY]), "certain"),
        (secret(SECRETS, OBJECT, [], [KEY], details={"AppId": acts.APP_ID}), "certain"),
        (secret(SECRETS, {**OBJECT, "displayName": "Backup Robot"}, [], [KEY]), "possible"),
        (
            entra.record(
                "Update application",
                entra.at(),
                target=OBJECT,
                properties=[("FederatedIdentityCredentials", [], [{"Name": "x"}])],
                details={"AppId": acts.APP_ID},
            ),
            "certain",
        ),
    ],
)
def test_a_credential_of_a_holder_is_high(
    tmp_path: Path, record: entra.Json, certainty: str
) -> None:
    leaf = judged(tmp_path, GRANT, record)[RULE]
    assert leaf["severity"] == "high"
    assert leaf["certainty"] == certainty


def test_a_role_makes_a_holder_too(tmp_path: Path) -> None:
    given = acts.role("Add", entra.at(-60), user=acts.APP, kind="ServicePrincipal")
    added = secret("Add service principal credentials", acts.APP_TARGET, [], [KEY])
    assert RULE in judged(tmp_path, given, added)


def test_the_records_of_one_secret_are_one_finding(tmp_path: Path) -> None:
    details = {"AppId": acts.APP_ID}
    pair = [
        secret(name, OBJECT, [], [KEY], details=details) for name in (SECRETS, "Update application")
    ]
    assert RULE in judged(tmp_path, GRANT, *pair)


def test_another_application_a_removal_and_a_failure_are_silent(tmp_path: Path) -> None:
    name = "Add service principal credentials"
    stranger = {**acts.APP_TARGET, "id": "someone-else", "displayName": "Somebody else"}
    found = judged(
        tmp_path,
        GRANT,
        secret(name, stranger, [], [KEY]),
        secret(SECRETS, OBJECT, [KEY], [], details={"AppId": acts.APP_ID}),
        secret(name, acts.APP_TARGET, [], [KEY], result="failure"),
    )
    assert RULE not in found


def test_what_was_taken_back_makes_no_holder(tmp_path: Path) -> None:
    taken = acts.app_role("Policy.ReadWrite.ConditionalAccess", entra.at(-30), "Remove")
    added = secret("Add service principal credentials", acts.APP_TARGET, [], [KEY])
    assert RULE not in judged(tmp_path, GRANT, taken, added)
