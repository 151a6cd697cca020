"""Who may do what: roles, authentication, what is closed, and that nothing has a key."""

import re
from typing import Any

import pytest

from tests.infra.bicep import INFRA, Tree, body, default, every, parsed, properties, text, variable

README = (INFRA / "README.md").read_text()

# learn.microsoft.com/azure/role-based-access-control/built-in-roles
BUILT_IN = {
    "dataReceiver": ("a638d3c7-ab3a-418d-83e6-5f17a39d4fde", "Azure Event Hubs Data Receiver"),
    "blobOwner": ("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "Storage Blob Data Owner"),
    "secretsUser": ("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User"),
    "metricsPublisher": ("3913510d-42f4-4e42-8a64-420c390055eb", "Monitoring Metrics Publisher"),
}
ASSIGNMENTS = {
    ("modules/hub.bicep", "hub", "dataReceiver"),
    ("modules/host.bicep", "account", "blobOwner"),
    ("modules/vault.bicep", "vault", "secretsUser"),
    ("modules/telemetry.bicep", "insights", "metricsPublisher"),
    ("modules/ledger.bicep", "ledgerContainer", "ledgerRoleId"),
    ("modules/ledger.bicep", "rawContainer", "ledgerRoleId"),
}
ACCOUNTS = [("modules/ledger.bicep", "account"), ("modules/host.bicep", "account")]
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def role_of(config: Tree) -> str:
    named: Any = config["properties"]["roleDefinitionId"]
    if isinstance(named, str):
        return named
    return str(named["function"]["parameters"]["resource_name_1"])


def test_exactly_these_roles_are_given_and_no_other() -> None:
    given = {
        (name, config["scope"], role_of(config))
        for name, _, config in every("Microsoft.Authorization/roleAssignments")
    }

    assert given == ASSIGNMENTS


@pytest.mark.parametrize("symbol", list(BUILT_IN))
def test_a_built_in_role_is_the_documented_one(symbol: str) -> None:
    identifier, role = BUILT_IN[symbol]
    files = [name for name, _, one in ASSIGNMENTS if one == symbol]

    assert [variable(name, symbol) for name in files] == [identifier]
    assert role in README


def test_roles_are_given_to_the_managed_identity_as_a_service_principal() -> None:
    for _, _, config in every("Microsoft.Authorization/roleAssignments"):
        assert config["properties"]["principalId"] == "principalId"
        assert config["properties"]["principalType"] == "ServicePrincipal"
        assert config["name"]["function"]["type"] == "guid"


def test_the_ledger_can_be_read_and_added_to_and_nothing_else() -> None:
    (permissions,) = properties("modules/ledger-role.bicep", "role")["permissions"]

    assert permissions["dataActions"] == [f"{BLOBS}/read", f"{BLOBS}/add/action"]
    assert permissions["actions"] == [
        "Microsoft.Storage/storageAccounts/blobServices/containers/read"
    ]
    assert "*" not in str(permissions)


@pytest.mark.parametrize(("name", "symbol"), ACCOUNTS)
def test_storage_has_no_keys_no_public_blobs_and_speaks_tls_12(name: str, symbol: str) -> None:
    account = properties(name, symbol)

    assert account["allowSharedKeyAccess"] is False
    assert account["allowBlobPublicAccess"] is False
    assert account["allowCrossTenantReplication"] is False
    assert account["minimumTlsVersion"] == "TLS1_2"
    assert account["supportsHttpsTrafficOnly"] is True
    assert body(name, symbol)["sku"]["name"] == "Standard_ZRS"
    assert account["publicNetworkAccess"] == "publicAccess"
    assert account["networkAcls"]["defaultAction"] == "firewall"


def test_every_container_is_private() -> None:
    containers = list(every("Microsoft.Storage/storageAccounts/blobServices/containers"))

    assert len(containers) == 5
    assert all(one["properties"] == {"publicAccess": "None"} for _, _, one in containers)


def test_the_vault_uses_roles_and_cannot_be_purged() -> None:
    vault = properties("modules/vault.bicep", "vault")

    assert vault["enableRbacAuthorization"] is True
    assert vault["enablePurgeProtection"] is True
    assert vault["enableSoftDelete"] is True
    assert "accessPolicies" not in vault
    assert list(every("Microsoft.KeyVault/vaults/secrets")) == []


def test_the_hub_speaks_tls_12_and_has_one_rule_which_is_entras() -> None:
    namespace = properties("modules/hub.bicep", "namespace")
    (rule,) = every("Microsoft.EventHub/namespaces/eventhubs/authorizationRules")

    assert namespace["minimumTlsVersion"] == "1.2"
    assert namespace["disableLocalAuth"] == "localAuthOff"
    assert rule[2]["name"] == "entra-diagnostic-setting"
    assert list(every("Microsoft.EventHub/namespaces/authorizationRules")) == []


def test_shared_keys_are_left_on_because_entra_delivers_with_one_and_that_is_said() -> None:
    # Turning them off is a parameter; the reason for its default stands where people read it.
    assert default("main.bicep", "hubLocalAuthOff") is False
    assert "hubLocalAuthOff" in README
    assert "MicrosoftDocs/azure-docs" in README


def test_geo_replication_is_refused() -> None:
    hub = text("modules/hub.bicep")

    assert "geoDataReplication" not in hub
    assert "disasterRecoveryConfigs" not in hub
    assert "No geo-replication" in hub


def test_private_networking_closes_everything() -> None:
    for symbol, closed in (("publicAccess", "Disabled"), ("firewall", "Deny")):
        chosen = variable("main.bicep", symbol)["operator"]["operands"]
        assert chosen["condition"] == "privateNetworking"
        assert chosen["true_value"] == closed
    rules = properties("modules/hub.bicep", "networkRules")
    assert rules["defaultAction"] == "firewall"
    assert rules["trustedServiceAccessEnabled"] is True, "Azure Monitor delivers as one"
    reached = {one["name"] for one in variable("modules/network.bicep", "endpoints")}
    assert reached == {"ledger", "host", "hub", "vault"}


def test_the_app_has_one_identity_no_passwords_and_asks_for_a_token() -> None:
    app = body("modules/function.bicep", "app")

    assert app["identity"]["type"] == "UserAssigned"
    assert app["properties"]["httpsOnly"] is True
    assert app["properties"]["keyVaultReferenceIdentity"] == "identityId"
    assert app["properties"]["siteConfig"]["minTlsVersion"] == "1.2"
    for symbol in ("noFtpPassword", "noScmPassword"):
        assert properties("modules/function.bicep", symbol) == {"allow": False}
    checked = properties("modules/function.bicep", "auth")["globalValidation"]
    assert checked["requireAuthentication"] is True
    assert checked["unauthenticatedClientAction"] == "Return401"
    assert checked["excludedPaths"] == ["/healthz"]


def test_telemetry_is_taken_from_identities_only() -> None:
    assert properties("modules/telemetry.bicep", "insights")["DisableLocalAuth"] is True
    workspace = properties("modules/telemetry.bicep", "workspace")
    assert workspace["features"]["disableLocalAuth"] is True


def test_what_cannot_be_made_again_is_locked_against_deletion() -> None:
    locks = {
        (name, config["scope"], config["properties"]["level"])
        for name, _, config in every("Microsoft.Authorization/locks")
    }

    assert locks == {
        ("modules/ledger.bicep", "account", "CanNotDelete"),
        ("modules/vault.bicep", "vault", "CanNotDelete"),
        ("modules/hub.bicep", "namespace", "CanNotDelete"),
    }


def test_every_resource_that_holds_something_logs_who_uses_it() -> None:
    watched = {
        (name, config["scope"])
        for name, _, config in every("Microsoft.Insights/diagnosticSettings")
    }

    assert watched == {
        ("modules/ledger.bicep", "blobs"),
        ("modules/host.bicep", "blobs"),
        ("modules/vault.bicep", "vault"),
        ("modules/hub.bicep", "namespace"),
        ("modules/function.bicep", "app"),
    }
    ledger = {one["category"] for one in properties("modules/ledger.bicep", "logs")["logs"]}
    assert ledger == {"StorageRead", "StorageWrite", "StorageDelete"}


def test_the_diagnostic_setting_is_of_the_tenant_and_sends_audit_logs_only() -> None:
    tree = parsed("tenant/diagnostic-setting.bicep")
    setting = properties("tenant/diagnostic-setting.bicep", "setting")

    assert tree["globals"]["scope"]["value"] == "tenant"
    assert setting["logs"] == [{"category": "AuditLogs", "enabled": True}]


def test_the_readme_gives_the_reason_for_every_role() -> None:
    rows = re.findall(r"^\| `(\w[\w -]*)` \| (.+?) \| (.+?) \| (.{20,}) \|$", README, re.MULTILINE)
    told = " ".join(" ".join(row) for row in rows)

    for _, role in BUILT_IN.values():
        assert role in told
    assert "MFA monitor ledger writer" in told
