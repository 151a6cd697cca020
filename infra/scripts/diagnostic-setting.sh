#!/usr/bin/env bash
# Step 1 of 3: Entra sends AuditLogs to the hub.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/common.sh
source "$here/common.sh"

usage() {
  cat <<'TEXT'
diagnostic-setting.sh [--dry-run] [--skip-role-check]

Makes the Entra diagnostic setting `mfa-monitor`: AuditLogs to the event hub of this deployment.
The same as infra/tenant/diagnostic-setting.bicep, without a role at the tenant's root.

Needs: Entra role Security Administrator, and the right to list the keys of the hub's rule (Azure
role Contributor on the resource group). Can be run again; it changes nothing that is right already.
TEXT
}

take_options "$@"
group=$(need AZURE_RESOURCE_GROUP)
namespace=$(need MFA_HUB_NAMESPACE)
hub=$(need MFA_HUB_NAME)
rule=$(need MFA_HUB_RULE_ID)
security_administrator=194ae4cb-b126-40b2-bd5b-6091b380977d
require_directory_role 'Security Administrator' "$security_administrator"

local_auth_off=$(az eventhubs namespace show --resource-group "$group" --name "$namespace" \
  --query disableLocalAuth --output tsv)
if [[ ${local_auth_off,,} == true ]]; then
  die "the namespace $namespace refuses shared keys, and Entra delivers with one" \
    "Set hubLocalAuthOff to false and run azd provision; see infra/README.md."
fi

settings=$(management_url)/providers/microsoft.aadiam/diagnosticSettings
version='api-version=2017-04-01'
now=$(az rest --method get --url "$settings?$version" \
  --query "value[?name=='mfa-monitor'].[properties.eventHubAuthorizationRuleId, properties.eventHubName, properties.logs[?category=='AuditLogs'] | [0].enabled] | [0]" \
  --output tsv)
if [[ ${now,,} == "${rule,,}"$'\t'"${hub,,}"$'\t'true || ${now,,} == "${rule,,}"$'\n'"${hub,,}"$'\n'true ]]; then
  say "The setting is there: AuditLogs go to $hub in $namespace."
  exit 0
fi
if [[ -n $now ]]; then
  say "The setting mfa-monitor is there with other values; it is written anew."
fi
body=$(printf '{"properties":{"eventHubAuthorizationRuleId":"%s","eventHubName":"%s","logs":[{"category":"AuditLogs","enabled":true}]}}' "$rule" "$hub")
act az rest --method put --url "$settings/mfa-monitor?$version" --body "$body" --output none
say "AuditLogs go to $hub in $namespace. The first records take up to an hour or so to arrive."
say "Check: change something harmless in Entra, then mfa-monitor doctor, or GET /healthz: last_commit."
