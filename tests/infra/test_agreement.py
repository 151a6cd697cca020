"""What infra says and what the code, the host settings and the docs say is the same."""

import json
import re
from typing import Any

import pytest

from monitor.settings import StorageSettings
from monitor.settings.eventhub import EventHubSettings
from monitor.telemetry.catalogue import METRICS
from tests.infra.bicep import (
    INFRA,
    ROOT,
    alarms,
    app_settings,
    body,
    code,
    default,
    every,
    modules,
    parsed,
    properties,
)

SAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
DOCS = (ROOT / "docs" / "functions.md").read_text()
README = (INFRA / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
FUNCTION = "modules/function.bicep"

# What a deployment sets in another form, or not at all, and why.
LOCAL_ONLY = {
    "FUNCTIONS_WORKER_RUNTIME": "functionAppConfig has the runtime, and Flex refuses the setting",
    "AzureWebJobsStorage": "an account name and an identity in place of a connection string",
}
PLATFORM = {
    "AzureWebJobsStorage__accountName",
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "EventHubConnection__credential",
    "EventHubConnection__clientId",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
}
PARAMETERS = ["main.parameters.json", "main.small.parameters.json", "main.large.parameters.json"]


def parameters(name: str) -> dict[str, Any]:
    values = json.loads((INFRA / name).read_text())["parameters"]
    return {key: one["value"] for key, one in values.items()}


def test_every_setting_of_the_sample_is_deployed() -> None:
    assert set(SAMPLE) - set(LOCAL_ONLY) <= set(app_settings())
    assert not set(LOCAL_ONLY) & set(app_settings())


def test_every_setting_that_is_deployed_is_documented() -> None:
    for name in set(app_settings()) - PLATFORM:
        told = rf"^\| `{re.escape(name)}` \| .{{20,}} \|$"
        assert re.search(told, DOCS, re.MULTILINE) or re.search(told, README, re.MULTILINE), name
    for name in PLATFORM:
        assert name in README or name.split("__")[-1] in DOCS, name


def test_the_code_reads_every_setting_of_ours() -> None:
    source = "".join(path.read_text() for path in (ROOT / "monitor").rglob("*.py"))
    for name in set(app_settings()) - PLATFORM - {"PYTHON_ENABLE_OPENTELEMETRY"}:
        assert f'"{name}"' in source, f"nobody reads {name}"


def test_settings_that_are_the_same_everywhere_have_the_same_value() -> None:
    deployed = app_settings()

    assert default("main.bicep", "hubName") == SAMPLE["EVENTHUB_NAME"]
    assert default("main.bicep", "hubEpoch") == SAMPLE["EVENTHUB_EPOCH"]
    assert body("modules/hub.bicep", "consumers")["name"] == SAMPLE["EVENTHUB_CONSUMER_GROUP"]
    assert body("modules/hub.bicep", "repair")["name"] == SAMPLE["EVENTHUB_REPAIR_GROUP"]
    assert deployed["EVENTHUB_REPAIR_GROUP"] == "repairGroup"
    assert deployed["PYTHON_ENABLE_OPENTELEMETRY"] == SAMPLE["PYTHON_ENABLE_OPENTELEMETRY"]
    assert deployed["EVENTHUB_NAME"] == "hubName"
    assert deployed["EVENTHUB_EPOCH"] == "hubEpoch"


def test_the_hub_is_the_one_the_consumer_expects() -> None:
    expected = EventHubSettings()

    assert body("modules/hub.bicep", "consumers")["name"] == expected.consumer_group
    assert default("main.bicep", "hubEpoch") == expected.epoch
    assert body("modules/host.bicep", "checkpointContainer")["name"] == (
        expected.checkpoint_container
    )


def test_every_connection_is_by_identity() -> None:
    deployed = app_settings()

    for connection in ("AzureWebJobsStorage", "EventHubConnection"):
        assert deployed[f"{connection}__credential"] == "managedidentity"
        assert deployed[f"{connection}__clientId"] == "clientId"
        assert connection not in deployed
    assert deployed["AZURE_CLIENT_ID"] == "clientId"
    assert deployed["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] == (
        "ClientId=${clientId};Authorization=AAD"
    )


def test_the_signing_key_and_the_channels_come_from_the_vault() -> None:
    content = code(FUNCTION)

    assert app_settings()["MFA_MONITOR_SIGNING_KEY"] == (
        "@Microsoft.KeyVault(SecretUri=${vaultUrl}secrets/mfa-monitor-signing-key)"
    )
    assert "secrets/${toLower(replace(setting, '_', '-'))})" in content
    script = (INFRA / "scripts" / "ledger-key.sh").read_text()
    assert "secret=mfa-monitor-signing-key" in script


def test_containers_are_the_ones_the_storage_settings_name() -> None:
    expected = StorageSettings()

    assert body("modules/ledger.bicep", "ledgerContainer")["name"] == expected.ledger_container
    assert body("modules/ledger.bicep", "rawContainer")["name"] == expected.raw_container
    assert body("modules/host.bicep", "viewContainer")["name"] == expected.view_container


def test_the_ledger_and_the_view_stand_in_different_accounts() -> None:
    given = modules()["function"]["params"]

    assert "ledger" in str(given["ledgerAccountUrl"])
    assert "host" in str(given["viewAccountUrl"])
    assert modules()["ledger"]["params"]["name"] != modules()["host"]["params"]["name"]


def test_the_ledger_is_kept_seven_years_and_nothing_may_be_appended_to() -> None:
    retention = properties("modules/ledger.bicep", "retention")

    assert default("main.bicep", "ledgerRetentionDays") == 2557
    assert retention["immutabilityPeriodSinceCreationInDays"] == "retentionDays"
    assert retention["allowProtectedAppendWrites"] is False
    assert retention["allowProtectedAppendWritesAll"] is False
    assert "2,557" in README
    assert "2,557" in OPERATIONS


def test_a_locked_policy_is_left_alone() -> None:
    retention = parsed("modules/ledger.bicep")["resources"]["retention"]["config"]

    assert retention["condition"]["operator"]["type"] == "not"
    assert modules()["ledger"]["params"]["locked"] == "ledgerLocked"
    assert default("main.bicep", "ledgerLocked") is False


def test_raw_expires_and_the_ledger_does_not() -> None:
    (rule,) = properties("modules/ledger.bicep", "expiry")["policy"]["rules"]

    assert rule["definition"]["filters"]["prefixMatch"] == ["raw/"]
    assert rule["definition"]["actions"]["baseBlob"] == {
        "delete": {"daysAfterCreationGreaterThan": "rawRetentionDays"}
    }
    assert properties("modules/ledger.bicep", "blobs")["isVersioningEnabled"] is False


def test_the_hub_keeps_seven_days_in_one_partition() -> None:
    retention = properties("modules/hub.bicep", "hub")["retentionDescription"]

    assert retention == {"cleanupPolicy": "Delete", "retentionTimeInHours": 7 * 24}
    assert default("main.bicep", "partitionCount") == 1
    assert body("modules/hub.bicep", "namespace")["sku"]["name"] == "Standard"


def test_the_function_app_is_flex_consumption_on_python_313() -> None:
    config = properties(FUNCTION, "app")["functionAppConfig"]

    assert body(FUNCTION, "plan")["sku"] == {"tier": "FlexConsumption", "name": "FC1"}
    assert config["runtime"] == {"name": "python", "version": "3.13"}
    assert config["deployment"]["storage"]["authentication"]["type"] == "UserAssignedIdentity"
    assert "function:ingest" in code(FUNCTION)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_file_fits_the_parameters(name: str) -> None:
    given = parameters(name)
    declared = parsed("main.bicep")["parameters"]
    types = {"int": int, "bool": bool, "array": list, "string": str}

    assert set(given) <= set(declared)
    assert {one for one in declared if declared[one]["default"] is None} <= set(given)
    for key, value in given.items():
        if isinstance(value, str) and value.startswith("${"):
            continue  # azd puts the value in, and turns it into the type of the parameter
        assert type(value) is types[declared[key]["type"]], key
        for one in declared[key]["decorators"]:
            if one["type"] == "allowed":
                assert value in one["argument"], key
            elif one["type"] == "minValue":
                assert int(str(value)) >= int(one["argument"]), key
            elif one["type"] == "maxValue":
                assert int(str(value)) <= int(one["argument"]), key


def test_azd_deploys_the_small_hospital_unless_told_otherwise() -> None:
    assert parameters("main.parameters.json") == parameters("main.small.parameters.json")
    assert parameters("main.large.parameters.json")["alwaysReadyInstances"] == 1
    assert parameters("main.large.parameters.json")["privateNetworking"] is True


def test_outputs_are_what_the_steps_ask_for() -> None:
    steps = "".join(path.read_text() for path in (INFRA / "scripts").glob("*.sh"))
    asked = set(re.findall(r"\$\(need (\w+)\)", steps))
    made = set(parsed("main.bicep")["outputs"])

    assert asked == made


def test_what_a_step_remembers_is_what_the_parameters_read() -> None:
    steps = "".join(path.read_text() for path in (INFRA / "scripts").glob("*.sh"))
    remembered = set(re.findall(r"^\s*remember (\w+) ", steps, re.MULTILINE))
    read = set(re.findall(r"\$\{(MFA_\w+)", (INFRA / "main.parameters.json").read_text()))

    assert remembered <= read
    assert read - remembered == {"MFA_ALERT_EMAIL", "MFA_HUB_EPOCH"}
    assert all(f"`{name}`" in OPERATIONS for name in read - remembered)


def test_azure_yaml_names_what_is_there() -> None:
    text = (ROOT / "azure.yaml").read_text()
    hook = re.search(r"run: (\S+)", text)

    assert hook is not None
    assert (ROOT / hook[1]).is_file()
    assert re.search(r"path: infra\n\s+module: main\n", text)
    assert (INFRA / "main.bicep").is_file()
    service = re.search(r"services:\n  (\w+):", text)
    assert service is not None
    assert f"'azd-service-name': '{service[1]}'" in code(FUNCTION)


def test_the_cost_table_names_every_resource_that_is_paid_for() -> None:
    table = README[README.index("## What it costs") :]
    paid = {
        "Microsoft.EventHub/namespaces": "Event Hubs",
        "Microsoft.Web/serverfarms": "Flex Consumption",
        "Microsoft.Storage/storageAccounts": "Storage",
        "Microsoft.KeyVault/vaults": "Key Vault",
        "Microsoft.OperationalInsights/workspaces": "Log Analytics",
        "Microsoft.Insights/scheduledQueryRules": "alert rules",
        "Microsoft.Insights/metricAlerts": "alert rules",
        "Microsoft.Network/privateEndpoints": "Private endpoints",
        "Microsoft.Network/privateDnsZones": "Private DNS zones",
    }
    for kind, word in paid.items():
        assert list(every(kind)), kind
        assert re.search(rf"^\| {word}", table, re.MULTILINE | re.IGNORECASE), word
    assert "estimate" in table
    assert "check" in table


@pytest.mark.parametrize("alarm", [one["name"] for one in alarms()] + ["throttled"])
def test_operations_says_what_an_azure_alarm_means_and_what_to_do(alarm: str) -> None:
    row = re.search(
        rf"^### `{alarm}`.*?\n(.+?)(?=^### |^## |\Z)", OPERATIONS, re.MULTILINE | re.DOTALL
    )

    assert row is not None, alarm
    assert "Do:" in row[1]


def test_alarms_ask_for_metrics_that_there_are() -> None:
    asked = set(re.findall(r"mfa_monitor\.\w+", str(alarms())))

    assert asked
    assert asked <= {metric.name for metric in METRICS}


def test_windows_of_alarms_are_ones_that_azure_takes() -> None:
    minutes = {"PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H"}
    for rule in alarms():
        assert rule["every"] in minutes
        assert isinstance(rule["window"], dict) or rule["window"] in minutes
        assert 0 <= rule["severity"] <= 4
