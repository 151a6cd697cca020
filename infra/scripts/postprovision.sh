#!/usr/bin/env bash
# Told by azd after each provision: the steps that need a person with another role.
set -euo pipefail
cat <<'TEXT'

The resources are there. Steps that azd cannot take, each can be run again, each has --dry-run:

  infra/scripts/diagnostic-setting.sh   Entra: Security Administrator             records arrive
  infra/scripts/graph-permissions.sh    Entra: Privileged Role Administrator      not used by this version yet
  infra/scripts/app-registration.sh     Entra: Cloud Application Administrator    then azd provision again
  infra/scripts/ledger-key.sh           Azure: Key Vault Secrets Officer ...      checkpoints are signed
  infra/scripts/lock-retention.sh       Azure: Storage Account Contributor        cannot be undone: last of all

What each does and how to check it: docs/operations.md.
TEXT
