#!/usr/bin/env bash
# Step 3 of 3: who may call the service over HTTP.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/common.sh
source "$here/common.sh"

usage() {
  cat <<'TEXT'
app-registration.sh [--dry-run] [--skip-role-check]

Makes the app registration that App Service Authentication checks tokens against, with the app roles
Auditor, Security and Admin. Assignment is required: who has no role gets no token. No secret is made.
Afterwards run azd provision once more: it writes the client id into the function app.

Needs: Entra role Cloud Application Administrator or Application Administrator. Can be run again.
TEXT
}

take_options "$@"
app=$(need MFA_FUNCTION_APP)
host=$(need MFA_FUNCTION_HOST)
application_administrator=9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3
cloud_application_administrator=158c047a-c907-4556-b7ef-446551a6b5f7
require_directory_role 'Cloud Application Administrator' \
  "$cloud_application_administrator" "$application_administrator"

graph=$(graph_url)
name="MFA monitor ($app)"
client=$(az ad app list --filter "displayName eq '$name'" --query '[0].appId' --output tsv)
if [[ -z $client || $client == None ]]; then
  # The ids of app roles are ours to choose and must stay what they are.
  roles='[
    {"id":"7c2f2a3e-5d0b-4c57-9a7e-5a3c0f6b1d01","value":"Auditor","displayName":"Auditor","description":"Reads the record and exports evidence.","isEnabled":true,"allowedMemberTypes":["User","Application"]},
    {"id":"7c2f2a3e-5d0b-4c57-9a7e-5a3c0f6b1d02","value":"Security","displayName":"Security","description":"Reads the record and acknowledges findings.","isEnabled":true,"allowedMemberTypes":["User","Application"]},
    {"id":"7c2f2a3e-5d0b-4c57-9a7e-5a3c0f6b1d03","value":"Admin","displayName":"Admin","description":"Sends records over HTTP and runs the service.","isEnabled":true,"allowedMemberTypes":["User","Application"]}
  ]'
  body=$(printf '{"displayName":"%s","signInAudience":"AzureADMyOrg","api":{"requestedAccessTokenVersion":2},"web":{"redirectUris":["https://%s/.auth/login/aad/callback"]},"appRoles":%s}' "$name" "$host" "$roles")
  if [[ $dry_run == true ]]; then
    act az rest --method post --url "$graph/v1.0/applications" --body "$body"
    client='<client-id>'
  else
    client=$(az rest --method post --url "$graph/v1.0/applications" --body "$body" --query appId --output tsv)
  fi
else
  say "The app registration is there: $client."
fi

uri=$(az ad app list --filter "displayName eq '$name'" --query '[0].identifierUris[0]' --output tsv)
if [[ $uri != "api://$client" ]]; then
  act az ad app update --id "$client" --identifier-uris "api://$client"
fi
principal=$(az ad sp list --filter "appId eq '$client'" --query '[0].id' --output tsv)
if [[ -z $principal || $principal == None ]]; then
  act az rest --method post --url "$graph/v1.0/servicePrincipals" --output none \
    --body "$(printf '{"appId":"%s","appRoleAssignmentRequired":true}' "$client")"
fi

remember MFA_AUTH_CLIENT_ID "$client"
say "Next: azd provision, then give people and programs a role:"
say "  Entra admin center > Enterprise applications > $name > Users and groups"
