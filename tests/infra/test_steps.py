"""The steps after provisioning, run with an `az` that records: what they check, do and leave."""

import json
import subprocess
from pathlib import Path

import pytest

from monitor.functions.access import Role
from tests.infra.azure import BASH, SCRIPTS, VALUES, Cloud
from tests.infra.bicep import parsed, properties

ROLES = {
    "diagnostic-setting.sh": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "graph-permissions.sh": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "app-registration.sh": "158c047a-c907-4556-b7ef-446551a6b5f7",
}
"""Template ids of Entra roles (learn.microsoft.com/entra/identity/role-based-access-control)."""
STEPS = [*ROLES, "ledger-key.sh", "lock-retention.sh"]
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
AZURE_ROLES = [
    "Key Vault Secrets Officer",
    "Storage Account Contributor",
    "Storage Blob Data Contributor",
]
GRAPH_ROLES = {
    "Policy.Read.All": "r-policy",
    "RoleManagement.Read.Directory": "r-roles",
    "GroupMember.Read.All": "r-groups",
    "AuditLog.Read.All": "r-report",
}


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """A deployment with nothing done yet, and a caller who holds every role."""
    made = Cloud(tmp_path)
    made.says("az cloud show", "resourceManager", answer="https://management.example/")
    made.says("az cloud show", "microsoftGraph", answer="https://graph.example/")
    made.says("transitiveMemberOf", answer="\n".join(ROLES.values()))
    made.says("az ad signed-in-user show", answer="me-1")
    made.says(
        "az role assignment list",
        answer="\n".join(AZURE_ROLES),
    )
    made.says("az eventhubs namespace show", answer="false")
    made.says("diagnosticSettings?", answer="")
    made.says("az ad sp show", "--query id", answer="graph-1")
    for name, identifier in GRAPH_ROLES.items():
        made.says("az ad sp show", name, answer=identifier)
    made.says("appRoleAssignments", "get", answer="")
    made.says("az ad app list", answer="")
    made.says("applications", "post", answer="client-1")
    made.says("az ad sp list", answer="")
    made.says("az keyvault show", answer="/vaults/kv-test")
    made.says("az keyvault secret list", answer="")
    made.says("az storage account show", answer="/accounts/ledgeraccount")
    made.says("immutability-policy show", "--query state", answer="Unlocked")
    made.says("immutability-policy show", "immutabilityPeriod", answer="2557")
    made.says("immutability-policy show", "--query etag", answer="8d0etag")
    return made


def written(call: list[str]) -> object:
    return json.loads(call[call.index("--body") + 1])


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: path.name)
def test_a_script_is_well_formed(path: Path) -> None:
    done = subprocess.run([BASH, "-n", str(path)], capture_output=True, text=True, check=False)
    text = path.read_text()

    assert (done.returncode, done.stderr) == (0, "")
    assert "\t" not in text
    assert "eval " not in text
    if path.name != "common.sh":
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "set -euo pipefail" in text
        assert path.stat().st_mode & 0o111


@pytest.mark.parametrize("step", STEPS)
def test_help_tells_the_role_and_asks_nothing_of_azure(cloud: Cloud, step: str) -> None:
    done = cloud.run(step, "--help")

    assert done.returncode == 0
    assert "Needs: " in done.stdout
    assert "--dry-run" in done.stdout
    assert cloud.calls() == []


@pytest.mark.parametrize("step", STEPS)
def test_a_dry_run_says_what_it_would_do_and_does_nothing(cloud: Cloud, step: str) -> None:
    done = cloud.run(step, "--dry-run")

    assert done.returncode == 0, done.stderr
    assert "would run: " in done.stdout
    assert cloud.changes() == []
    assert cloud.calls(), "what is there is read"


@pytest.mark.parametrize("step", STEPS)
def test_without_the_role_nothing_is_done_and_the_role_is_named(cloud: Cloud, step: str) -> None:
    cloud.says("transitiveMemberOf", answer="00000000-0000-0000-0000-000000000000")
    cloud.says("az role assignment list", answer="Reader")
    done = cloud.run(
        step, "--confirm=ledgeraccount" if step == "lock-retention.sh" else "--dry-run"
    )

    assert done.returncode == 1
    assert "needs the" in done.stderr
    assert "role" in done.stderr
    assert cloud.changes() == []


@pytest.mark.parametrize("step", list(ROLES))
def test_each_entra_step_takes_its_own_role_or_a_global_administrator(
    cloud: Cloud, step: str
) -> None:
    for role, code in ((ROLES[step], 0), (GLOBAL_ADMINISTRATOR, 0), ("f-another", 1)):
        cloud.says("transitiveMemberOf", answer=role)
        assert cloud.run(step, "--dry-run").returncode == code


@pytest.mark.parametrize("step", STEPS)
def test_the_role_check_can_be_left_out(cloud: Cloud, step: str) -> None:
    cloud.says("transitiveMemberOf", answer=1)
    cloud.says("az ad signed-in-user show", answer=1)

    assert cloud.run(step, "--dry-run").returncode == 1
    assert cloud.run(step, "--dry-run", "--skip-role-check").returncode == 0


@pytest.mark.parametrize("step", STEPS)
def test_an_unknown_option_is_refused(cloud: Cloud, step: str) -> None:
    done = cloud.run(step, "--force")

    assert done.returncode == 1
    assert "unknown option --force" in done.stderr
    assert cloud.calls() == []


@pytest.mark.parametrize("step", STEPS)
def test_a_value_that_nobody_knows_is_asked_for(cloud: Cloud, step: str) -> None:
    asked = next(name for name in VALUES if f"$(need {name})" in (SCRIPTS / step).read_text())
    done = cloud.run(step, "--dry-run", without=asked)

    assert done.returncode == 1
    assert asked in done.stderr
    assert "azd provision" in done.stderr


@pytest.mark.parametrize("step", STEPS)
def test_a_value_comes_from_azd_where_the_environment_has_none(cloud: Cloud, step: str) -> None:
    asked = next(name for name in VALUES if f"$(need {name})" in (SCRIPTS / step).read_text())
    cloud.says("azd env get-value", asked, answer=VALUES[asked])

    assert cloud.run(step, "--dry-run", without=asked).returncode == 0


@pytest.mark.parametrize("step", STEPS)
def test_a_read_that_fails_ends_the_step_before_it_changes_anything(
    cloud: Cloud, step: str
) -> None:
    for wanted, _ in list(cloud.answers):
        if wanted[0] in {"az cloud show", "transitiveMemberOf", "az ad signed-in-user show"}:
            continue
        if "post" in wanted:
            continue
        cloud.says(*wanted, answer=1)
    done = cloud.run(step, "--skip-role-check")

    assert done.returncode != 0
    assert cloud.changes() == []


def test_the_diagnostic_setting_is_the_one_of_the_template(cloud: Cloud) -> None:
    done = cloud.run("diagnostic-setting.sh")
    (call,) = cloud.changes()
    setting = properties("tenant/diagnostic-setting.bicep", "setting")
    resource = parsed("tenant/diagnostic-setting.bicep")["resources"]["setting"]

    assert done.returncode == 0, done.stderr
    assert call[:4] == ["az", "rest", "--method", "put"]
    assert call[5] == (
        f"https://management.example/providers/{resource['type']}/mfa-monitor"
        f"?api-version={resource['api_version']}"
    )
    assert written(call) == {
        "properties": {
            **setting,
            "eventHubAuthorizationRuleId": VALUES["MFA_HUB_RULE_ID"],
            "eventHubName": VALUES["MFA_HUB_NAME"],
        }
    }


@pytest.mark.parametrize("between", ["\t", "\n"])
def test_a_diagnostic_setting_that_is_right_is_left_alone(cloud: Cloud, between: str) -> None:
    now = [VALUES["MFA_HUB_RULE_ID"].upper(), VALUES["MFA_HUB_NAME"], "True"]
    cloud.says("diagnosticSettings?", answer=between.join(now))

    assert "is there" in cloud.run("diagnostic-setting.sh").stdout
    assert cloud.changes() == []


def test_a_diagnostic_setting_to_another_hub_is_written_anew(cloud: Cloud) -> None:
    cloud.says("diagnosticSettings?", answer="/another/rule\tother-hub\ttrue")

    assert "written anew" in cloud.run("diagnostic-setting.sh").stdout
    assert len(cloud.changes()) == 1


def test_entra_is_not_pointed_at_a_hub_that_refuses_its_key(cloud: Cloud) -> None:
    cloud.says("az eventhubs namespace show", answer="True")
    done = cloud.run("diagnostic-setting.sh")

    assert done.returncode == 1
    assert "hubLocalAuthOff" in done.stderr
    assert cloud.changes() == []


def test_graph_permissions_are_granted_once_and_only_read(cloud: Cloud) -> None:
    cloud.says("appRoleAssignments", "get", answer="r-policy\nr-groups")
    done = cloud.run("graph-permissions.sh")
    bodies = [written(call) for call in cloud.changes()]

    assert done.returncode == 0, done.stderr
    assert bodies == [
        {"principalId": "principal-1", "resourceId": "graph-1", "appRoleId": role}
        for role in ("r-roles", "r-report")
    ]
    assert "Write" not in (SCRIPTS / "graph-permissions.sh").read_text()


def test_more_graph_permissions_than_needed_are_pointed_out(cloud: Cloud) -> None:
    cloud.says("appRoleAssignments", "get", answer="\n".join([*GRAPH_ROLES.values(), "r-extra"]))
    done = cloud.run("graph-permissions.sh")

    assert "r-extra" in done.stdout
    assert done.stdout.count("More than needed") == 1
    assert cloud.changes() == []


def test_a_permission_that_graph_does_not_know_ends_the_step(cloud: Cloud) -> None:
    cloud.says("az ad sp show", "AuditLog.Read.All", answer="")
    done = cloud.run("graph-permissions.sh")

    assert done.returncode == 1
    assert "AuditLog.Read.All" in done.stderr


def test_the_app_registration_has_the_three_roles_and_no_secret(cloud: Cloud) -> None:
    done = cloud.run("app-registration.sh")
    made, uri, principal, kept = cloud.changes()
    body = written(made)

    assert done.returncode == 0, done.stderr
    assert isinstance(body, dict)
    assert [role["value"] for role in body["appRoles"]] == [role.value for role in Role]
    assert len({role["id"] for role in body["appRoles"]}) == 3
    assert body["signInAudience"] == "AzureADMyOrg"
    assert body["api"] == {"requestedAccessTokenVersion": 2}
    assert body["web"]["redirectUris"] == ["https://func-test.example/.auth/login/aad/callback"]
    assert uri[-2:] == ["--identifier-uris", "api://client-1"]
    assert written(principal) == {"appId": "client-1", "appRoleAssignmentRequired": True}
    assert kept == ["azd", "env", "set", "MFA_AUTH_CLIENT_ID", "client-1"]
    assert not cloud.calls("credential")


def test_an_app_registration_that_is_there_is_taken(cloud: Cloud) -> None:
    cloud.says("az ad app list", "appId", answer="client-9")
    cloud.says("az ad app list", "identifierUris", answer="api://client-9")
    cloud.says("az ad sp list", answer="sp-9")
    done = cloud.run("app-registration.sh")

    assert "client-9" in done.stdout
    assert cloud.changes() == [["azd", "env", "set", "MFA_AUTH_CLIENT_ID", "client-9"]]


def key_in(cloud: Cloud) -> Path:
    file = cloud.root / "mfa-monitor-init" / "keys" / "ledger.key"
    file.parent.mkdir(parents=True)
    file.write_text("PRIVATE+KEY+test\n")
    return file


def test_the_key_goes_from_its_file_into_the_vault_and_is_read_back(cloud: Cloud) -> None:
    key = key_in(cloud)
    cloud.says("az keyvault secret show", answer="PRIVATE+KEY+test")
    done = cloud.run("ledger-key.sh")
    stored, restarted = cloud.changes()

    assert done.returncode == 0, done.stderr
    assert stored[stored.index("--file") + 1] == str(key)
    assert "PRIVATE" not in " ".join(stored)
    assert restarted[:3] == ["az", "functionapp", "restart"]
    assert key.exists(), "only a person destroys a key"
    assert "PRIVATE" not in done.stdout + done.stderr


def test_a_key_that_the_vault_gives_back_changed_stops_everything(cloud: Cloud) -> None:
    key = key_in(cloud)
    cloud.says("az keyvault secret show", answer="PRIVATE+KEY+other")
    done = cloud.run("ledger-key.sh")

    assert done.returncode == 1
    assert str(key) in done.stderr
    assert not cloud.calls("restart")


def test_the_ledger_is_begun_where_the_deployment_has_it(cloud: Cloud) -> None:
    done = cloud.run("ledger-key.sh", "--dry-run", AZURE_CLIENT_ID="the-apps")

    assert "mfa-monitor --data" in done.stdout
    assert done.stdout.index(" init") < done.stdout.index("secret set")


def test_the_ledger_is_not_begun_without_the_right_to_write_it(cloud: Cloud) -> None:
    cloud.says("az storage account show", "hostaccount", answer="/accounts/hostaccount")
    cloud.says("az role assignment list", "hostaccount", answer="Reader")
    done = cloud.run("ledger-key.sh")

    assert done.returncode == 1
    assert "Storage Blob Data Contributor at /accounts/hostaccount" in done.stderr
    assert cloud.changes() == []


def test_a_key_that_is_in_the_vault_is_never_replaced(cloud: Cloud) -> None:
    cloud.says("az keyvault secret list", answer="mfa-monitor-signing-key")
    done = cloud.run("ledger-key.sh")

    assert done.returncode == 0
    assert "Nothing is done" in done.stdout
    assert cloud.changes() == []


def test_the_lock_needs_the_name_of_the_account(cloud: Cloud) -> None:
    for options in ([], ["--confirm=another"], ["--confirm="]):
        done = cloud.run("lock-retention.sh", *options)
        assert done.returncode == 1
        assert "not confirmed" in done.stderr
        assert cloud.changes() == []


def test_the_lock_is_of_the_policy_that_was_shown(cloud: Cloud) -> None:
    done = cloud.run("lock-retention.sh", "--confirm=ledgeraccount")
    locked, kept = cloud.changes()

    assert done.returncode == 0, done.stderr
    assert "2557 days" in done.stdout
    assert locked[1:5] == ["storage", "container", "immutability-policy", "lock"]
    assert locked[locked.index("--if-match") + 1] == "8d0etag"
    assert locked[locked.index("--container-name") + 1] == "ledger"
    assert kept == ["azd", "env", "set", "MFA_LEDGER_LOCKED", "true"]


def test_a_locked_ledger_is_only_remembered(cloud: Cloud) -> None:
    cloud.says("immutability-policy show", "--query state", answer="Locked")
    cloud.run("lock-retention.sh")

    assert cloud.changes() == [["azd", "env", "set", "MFA_LEDGER_LOCKED", "true"]]


def test_a_container_without_retention_is_not_locked(cloud: Cloud) -> None:
    cloud.says("immutability-policy show", "immutabilityPeriod", answer="0")
    done = cloud.run("lock-retention.sh", "--confirm=ledgeraccount")

    assert done.returncode == 1
    assert "no retention" in done.stderr
    assert cloud.changes() == []


def test_azd_is_told_of_every_step(cloud: Cloud) -> None:
    told = cloud.run("postprovision.sh")

    assert told.returncode == 0
    assert [step for step in STEPS if step not in told.stdout] == []
    assert cloud.calls() == []
