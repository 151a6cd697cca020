# What the steps share; sourced, never run. Bash 4.4 or newer, and the Azure CLI logged in.
# Reads are always made, also with --dry-run; `act` is the only thing that changes anything.

dry_run=false
check_roles=true

say() { printf '%s\n' "$*"; }

die() {
  printf 'error: %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

# take_common OPTION: true if it is one of the options that all steps have.
take_common() {
  case "$1" in
    --dry-run) dry_run=true ;;
    --skip-role-check) check_roles=false ;;
    --help) usage && exit 0 ;;
    *) return 1 ;;
  esac
}

take_options() {
  local option
  for option in "$@"; do
    take_common "$option" || die "unknown option $option" "See --help."
  done
}

# act COMMAND...: run it, or with --dry-run print it.
act() {
  if [[ $dry_run == true ]]; then
    printf 'would run:'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

# need NAME: print the value of an output of the deployment, from the environment or from azd.
need() {
  local value=${!1:-}
  if [[ -z $value ]] && command -v azd >/dev/null; then
    value=$(azd env get-value "$1" 2>/dev/null) || value=
  fi
  if [[ -z $value ]]; then
    die "$1 is not known" "Run azd provision first, or set it: $1=... $0"
  fi
  printf '%s' "$value"
}

# remember NAME VALUE: keep it where the next azd provision finds it.
remember() {
  if command -v azd >/dev/null; then
    act azd env set "$1" "$2"
  else
    say "azd is not here: set $1=$2 yourself before the next azd provision."
  fi
}

management_url() { az cloud show --query endpoints.resourceManager --output tsv | sed 's:/*$::'; }
graph_url() { az cloud show --query endpoints.microsoftGraphResourceId --output tsv | sed 's:/*$::'; }

# require_directory_role NAME TEMPLATE_ID...: the caller holds one of these Entra roles, active now.
# Global Administrator has what each of them has.
require_directory_role() {
  local name=$1 held wanted
  shift
  [[ $check_roles == true ]] || return 0
  held=$(az rest --method get \
    --url "$(graph_url)/v1.0/me/transitiveMemberOf?\$top=999" \
    --query 'value[].roleTemplateId' --output tsv) ||
    die "your Entra roles cannot be read" \
      "A service principal cannot be asked: give it $name and use --skip-role-check."
  for wanted in "$@" 62e90394-69f5-4237-9190-012177145e10; do
    grep -qix "$wanted" <<<"$held" && return 0
  done
  die "this step needs the Entra role $name, and you do not hold it now" \
    "Activate it (PIM), or ask somebody who has it to run this step."
}

# require_azure_role SCOPE NAME...: the caller holds one of these Azure roles there or above.
require_azure_role() {
  local scope=$1 me held wanted
  shift
  [[ $check_roles == true ]] || return 0
  me=$(az ad signed-in-user show --query id --output tsv) ||
    die "it cannot be told who you are" \
      "A service principal cannot be asked: give it $1 at $scope and use --skip-role-check."
  held=$(az role assignment list --assignee "$me" --scope "$scope" --include-inherited \
    --include-groups --query '[].roleDefinitionName' --output tsv)
  for wanted in "$@"; do
    grep -qx "$wanted" <<<"$held" && return 0
  done
  die "this step needs the Azure role $1 at $scope, and you do not hold it" \
    "Owner can give it: az role assignment create --assignee $me --role '$1' --scope $scope"
}
