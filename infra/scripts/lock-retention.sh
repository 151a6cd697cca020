#!/usr/bin/env bash
# Locks the retention of the ledger container. It cannot be undone by anybody, Microsoft included.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/common.sh
source "$here/common.sh"

usage() {
  cat <<'TEXT'
lock-retention.sh [--dry-run] [--skip-role-check] [--confirm=ACCOUNT]

Locks the time-based retention of the container `ledger`. From then on no blob in it can be changed or
deleted before it is as old as the policy says, the policy cannot be removed or shortened (five
extensions are possible), and the storage account cannot be deleted. You pay for it until then.
Asks for the name of the account, or takes it from --confirm.

Needs: Azure role Storage Account Contributor or Owner on the account. Can be run again.
TEXT
}

confirmed=
for option in "$@"; do
  case "$option" in
    --confirm=*) confirmed=${option#--confirm=} ;;
    *) take_options "$option" ;;
  esac
done
group=$(need AZURE_RESOURCE_GROUP)
account=$(need MFA_LEDGER_ACCOUNT_NAME)
scope=$(az storage account show --resource-group "$group" --name "$account" --query id --output tsv)
require_azure_role "$scope" 'Storage Account Contributor' Contributor Owner

policy=(az storage container immutability-policy)
where=(--resource-group "$group" --account-name "$account" --container-name ledger)
state=$("${policy[@]}" show "${where[@]}" --query state --output tsv)
days=$("${policy[@]}" show "${where[@]}" --query immutabilityPeriodSinceCreationInDays --output tsv)
if [[ ${state,,} == locked ]]; then
  say "The ledger of $account is locked for $days days."
  remember MFA_LEDGER_LOCKED true
  exit 0
fi
[[ $days =~ ^[1-9][0-9]*$ ]] || die "the container ledger of $account has no retention" "Run azd provision."

say "Container ledger of $account: $days days from the creation of each blob, not locked yet."
say "Locking it cannot be undone. Nobody can shorten it or delete the account before the last blob is that old."
if [[ $dry_run == false && $confirmed != "$account" ]]; then
  [[ -t 0 && -z $confirmed ]] || die "not confirmed" "Give --confirm=$account to lock it."
  read -r -p "Type the name of the account to lock it: " confirmed
  [[ $confirmed == "$account" ]] || die "that is not its name; nothing was done"
fi
etag=$("${policy[@]}" show "${where[@]}" --query etag --output tsv)
act "${policy[@]}" lock "${where[@]}" --if-match "$etag" --output none
remember MFA_LEDGER_LOCKED true
say "Check: ${policy[*]} show ${where[*]} --query state"
