#!/usr/bin/env bash
# Begins the ledger: makes its signing key and first entry, and puts the key into the vault.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/common.sh
source "$here/common.sh"

usage() {
  cat <<'TEXT'
ledger-key.sh [--dry-run] [--skip-role-check]

Runs `mfa-monitor init` against the ledger of this deployment, puts the signing key into Key Vault as
mfa-monitor-signing-key, reads it back, and restarts the app. Does nothing where the key is there.
Keep the verifier key it prints, and give it to your auditor: it is what the ledger is checked with.

Needs: Azure roles Key Vault Secrets Officer on the vault and Storage Blob Data Contributor on both
storage accounts, for as long as this takes; take them away again afterwards. With private networking
run it inside the network. `mfa-monitor` has to be on PATH (make run puts it into .venv/bin).
TEXT
}

take_options "$@"
group=$(need AZURE_RESOURCE_GROUP)
vault=$(need MFA_VAULT_NAME)
app=$(need MFA_FUNCTION_APP)
MFA_MONITOR_LEDGER_ACCOUNT=$(need MFA_LEDGER_ACCOUNT_URL)
MFA_MONITOR_VIEW_ACCOUNT=$(need MFA_VIEW_ACCOUNT_URL)
export MFA_MONITOR_LEDGER_ACCOUNT MFA_MONITOR_VIEW_ACCOUNT
# A person runs this, not the identity of the service.
unset AZURE_CLIENT_ID MFA_MONITOR_SIGNING_KEY
secret=mfa-monitor-signing-key

scope=$(az keyvault show --resource-group "$group" --name "$vault" --query id --output tsv)
require_azure_role "$scope" 'Key Vault Secrets Officer' 'Key Vault Administrator'
for url in "$MFA_MONITOR_LEDGER_ACCOUNT" "$MFA_MONITOR_VIEW_ACCOUNT"; do
  account=${url#https://}
  scope=$(az storage account show --resource-group "$group" --name "${account%%.*}" --query id --output tsv)
  require_azure_role "$scope" 'Storage Blob Data Contributor' 'Storage Blob Data Owner'
done
found=$(az keyvault secret list --vault-name "$vault" --query "[?name=='$secret'].name" --output tsv)
if [[ -n $found ]]; then
  say "The signing key is in $vault. Nothing is done; to change it see docs/operations.md, rotation."
  exit 0
fi
command -v mfa-monitor >/dev/null || die "mfa-monitor is not on PATH" "PATH=\$PWD/.venv/bin:\$PATH $0"

# Kept where a failure leaves it: a key that is lost before it is in the vault costs a new log.
data=${MFA_MONITOR_INIT_DATA:-$PWD/mfa-monitor-init}
key=$data/keys/ledger.key
act mkdir -p "$data"
act chmod 700 "$data"
if [[ -e $key ]]; then
  say "A key of an earlier try is in $key; it goes on with that one."
else
  act mfa-monitor --data "$data" init
fi
act az keyvault secret set --vault-name "$vault" --name "$secret" --file "$key" --encoding utf-8 \
  --content-type text/plain --output none
if [[ $dry_run == true ]]; then
  act az functionapp restart --resource-group "$group" --name "$app"
  exit 0
fi
kept=$(az keyvault secret show --vault-name "$vault" --name "$secret" --query value --output tsv)
if [[ $kept != "$(cat "$key")" ]]; then
  die "the vault gave back another key than it was given" \
    "The key is still in $key. Do not delete it; set the secret again by hand."
fi
act az functionapp restart --resource-group "$group" --name "$app"
say "The key is in $vault. Destroy the copy once it is in your offline backup, or at once if you keep none:"
say "  shred -u $key"
