"""privileged-role-outside-mfa-scope: power for somebody whom nothing asks for MFA."""

import json
from pathlib import Path

import pytest

from tests import acts, entra
from tests.corridor import findings, ingest, opened

RULE = "privileged-role-outside-mfa-scope"
USERS = "/conditions/users"
SPARED = {"op": "add", "path": f"{USERS}/excludeUsers/-", "value": entra.USER}
OFFICE = {
    "op": "add",
    "path": "/conditions/locations",
    "value": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]},
}
NOBODY = {"op": "replace", "path": f"{USERS}/includeUsers", "value": []}
HOLDERS = {"op": "add", "path": f"{USERS}/includeRoles/-", "value": acts.ROLE}
FOR_ROLE = {**entra.policy(NOBODY, HOLDERS), "id": "p-2", "displayName": "Administrators"}
REPORTED = entra.policy(SPARED, state="enabledForReportingButNotEnforced")
GIVEN = acts.role("Add", entra.at())


def after(
    data: Path, record: entra.Json, *policies: entra.Json, before: tuple[entra.Json, ...] = ()
) -> dict[str, entra.Json]:
    with opened(data) as monitor:
        made = [entra.ca_change(None, body, entra.at(-60)) for body in policies]
        if made or before:
            ingest(monitor, *made, *before)
        return findings(ingest(monitor, record))


def baselined(data: Path, record: entra.Json, *policies: entra.Json) -> dict[str, entra.Json]:
    path = data / "policies.json"
    path.write_text(json.dumps({"value": [*policies]}), encoding="utf-8")
    with opened(data / "deployment") as monitor:
        monitor.import_baseline(path, entra.TENANT)
        return findings(ingest(monitor, record))


@pytest.mark.parametrize(
    "record",
    [
        GIVEN,
        acts.role("Add eligible", entra.at()),
        acts.pim("Add eligible member to role in PIM completed (timebound)", entra.at()),
    ],
)
def test_an_excluded_account_is_high(tmp_path: Path, record: entra.Json) -> None:
    leaf = after(tmp_path, record, entra.policy(SPARED))[RULE]
    assert (leaf["severity"], leaf["certainty"]) == ("high", "possible")
    assert "no policy that was seen asks the account for MFA" in leaf["witness"]


def test_a_member_of_an_excluded_group_is_high(tmp_path: Path) -> None:
    joined = acts.member("Add", entra.at(-30))
    found = after(tmp_path, GIVEN, entra.policy(entra.excluding()), before=(joined,))
    assert found[RULE]["severity"] == "high"


def test_with_a_baseline_it_is_certain(tmp_path: Path) -> None:
    leaf = baselined(tmp_path, GIVEN, entra.policy(SPARED))[RULE]
    assert leaf["certainty"] == "certain"
    assert "no policy asks the account for MFA" in leaf["witness"]


def test_a_policy_for_the_role_asks_its_new_holder(tmp_path: Path) -> None:
    assert RULE not in after(tmp_path, GIVEN, entra.policy(SPARED), FOR_ROLE)


@pytest.mark.parametrize(
    "policies",
    [
        (),
        (entra.policy(),),
        (entra.policy(OFFICE),),
        (entra.policy(entra.excluding()),),
        (REPORTED,),
        ({**FOR_ROLE, **entra.policy(NOBODY), "id": "p-3"},),
    ],
    ids=["nothing known", "covered", "at one place", "perhaps a member", "report-only", "narrow"],
)
def test_no_certain_hole_in_a_known_demand_is_silent(
    tmp_path: Path, policies: tuple[entra.Json, ...]
) -> None:
    assert RULE not in after(tmp_path, GIVEN, *policies)


def test_a_policy_for_a_group_of_unknown_members_is_silent(tmp_path: Path) -> None:
    some = {"op": "add", "path": f"{USERS}/includeGroups/-", "value": entra.GROUP}
    assert RULE not in baselined(tmp_path, GIVEN, entra.policy(NOBODY, some))


def test_a_baseline_without_any_demand_leaves_security_defaults_open(tmp_path: Path) -> None:
    assert RULE not in baselined(tmp_path, GIVEN, REPORTED)


@pytest.mark.parametrize(
    "record",
    [
        acts.role("Remove", entra.at()),
        acts.role("Add", entra.at(), result="failure"),
        acts.role("Add", entra.at(), template="aaaaaaaa-0000-4000-8000-0000000000b9"),
        acts.role("Add", entra.at(), kind="ServicePrincipal"),
        acts.by_app(acts.role("Add", entra.at()), acts.PIM_APP),
        acts.pim("Add member to role completed (PIM activation)", entra.at()),
    ],
)
def test_look_alikes_are_silent(tmp_path: Path, record: entra.Json) -> None:
    assert RULE not in after(tmp_path, record, entra.policy(SPARED))


def test_two_accounts_that_bear_its_id_as_name_do_not_disturb(tmp_path: Path) -> None:
    changed = [("UserType", ["Guest"], ["Member"])]
    named = {"displayName": entra.USER, "type": "User"}
    others = [
        entra.record("Update user", entra.at(-30), target={"id": n, **named}, properties=changed)
        for n in ("u-1", "u-2")
    ]
    found = after(tmp_path, GIVEN, entra.policy(SPARED), before=(*others,))
    assert "internal-error" not in found
    assert RULE in found
