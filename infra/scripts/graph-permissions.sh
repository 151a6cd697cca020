#!/usr/bin/env bash
# Step 2 of 3: what the service's identity may read in Microsoft Graph.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/common.sh
source "$here/common.sh"

# Read only, and each for one thing. Nothing here can change anything in the tenant.
permissions=(
  Policy.Read.All              # Conditional Access, named locations, strengths, methods policy
  RoleManagement.Read.Directory # who holds which directory role
  GroupMember.Read.All         # who is in the groups that policies name
  AuditLog.Read.All            # the registration report: who has which method
)

usage() {
  cat <<'TEXT'
graph-permissions.sh [--dry-run] [--skip-role-check]

Grants the managed identity read permissions in Microsoft Graph: Policy.Read.All,
RoleManagement.Read.Directory, GroupMember.Read.All, AuditLog.Read.All.
This version reads nothing from Graph by itself: a baseline is imported from a file. Leave the step
out until a version that does is deployed; everything else works without it.

Needs: Entra role Privileged Role Administrator. Can be run again.
TEXT
}

take_options "$@"
principal=$(need MFA_IDENTITY_PRINCIPAL_ID)
privileged_role_administrator=e8611ab8-c189-46e8-94e1-60213ab1f814
require_directory_role 'Privileged Role Administrator' "$privileged_role_administrator"

graph_app=00000003-0000-0000-c000-000000000000
graph=$(graph_url)
resource=$(az ad sp show --id "$graph_app" --query id --output tsv)
granted=$(az rest --method get --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignments" \
  --query "value[?resourceId=='$resource'].appRoleId" --output tsv)

wanted=()
for permission in "${permissions[@]}"; do
  role=$(az ad sp show --id "$graph_app" --output tsv \
    --query "appRoles[?value=='$permission' && contains(allowedMemberTypes, 'Application')].id | [0]")
  [[ -n $role ]] || die "Microsoft Graph has no application permission $permission"
  wanted+=("$role")
  if grep -qix "$role" <<<"$granted"; then
    say "$permission is granted."
    continue
  fi
  body=$(printf '{"principalId":"%s","resourceId":"%s","appRoleId":"%s"}' "$principal" "$resource" "$role")
  act az rest --method post --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignments" \
    --body "$body" --output none
  [[ $dry_run == true ]] || say "$permission is granted now."
done

for role in $granted; do
  [[ " ${wanted[*],,} " == *" ${role,,} "* ]] || say "More than needed: the identity also holds $role; take it away."
done
