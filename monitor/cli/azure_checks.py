"""What `doctor` looks at in Azure: settings, secrets, identity, hub, retention, sign-in.

It sees what the process sees, and says what it cannot see: whether the diagnostic setting stands is
told by records that arrive, whether a retention is locked only by the management plane.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from monitor.cli.doctor import Check
from monitor.cli.door import Options
from monitor.cli.opening import open_existing
from monitor.errors import InvalidInput, MonitorError
from monitor.ledger.store import Store
from monitor.settings import Settings
from monitor.sources.eventhub import hub_in_force
from monitor.sources.eventhub.hub import CONNECTION
from monitor.sources.eventhub.looking import offsets_of
from monitor.sources.eventhub.standing import offset_fault
from monitor.wiring import Places, storage_in_force

SIGNS = (
    "MFA_MONITOR_LEDGER_ACCOUNT",
    "EventHubConnection__fullyQualifiedNamespace",
    "WEBSITE_SITE_NAME",
)
"""Any of these in the environment means that this is, or speaks for, a deployment in Azure."""
NEEDED = (
    "EventHubConnection__fullyQualifiedNamespace",
    "EVENTHUB_NAME",
    "EVENTHUB_CONSUMER_GROUP",
    "MFA_MONITOR_LEDGER_ACCOUNT",
    "MFA_MONITOR_VIEW_ACCOUNT",
)
UNRESOLVED = "@Microsoft.KeyVault("
"""How a variable begins whose reference to the vault the platform could not follow."""
SILENT = timedelta(hours=6)
"""How long without a record is worth a warning; infra's parameter silenceHours has it as well."""
GRAPH = "https://graph.microsoft.com/.default"
PAGE = "docs/operations.md"
_SET = "azd provision sets one; infra/scripts/lock-retention.sh locks it."


def azure_checks(
    options: Options, settings: Settings, environment: Mapping[str, str] = os.environ
) -> Iterator[Check]:
    """Yield the checks of a deployment in Azure; none where nothing says that it is one."""
    if not any(environment.get(name) for name in SIGNS):
        return
    yield check_app_settings(environment)
    yield check_references(environment)
    yield check_identity(environment)
    yield check_hub(settings, environment)
    yield check_stream(options)
    yield check_retention(options, settings, environment)
    yield check_graph(environment)
    yield from check_sign_in(environment)


def check_app_settings(environment: Mapping[str, str]) -> Check:
    """Are the settings there that infra writes, and is none of them a key?"""
    missing = [name for name in NEEDED if not environment.get(name)]
    if missing:
        text = f"not set: {', '.join(missing)}"
        return Check("settings", "fail", text, f"azd provision writes them; see {PAGE}.")
    if environment.get(CONNECTION):
        text = f"{CONNECTION} holds a connection string, which is a key"
        return Check("settings", "warn", text, "Take it out: the managed identity is enough.")
    return Check("settings", "ok", f"{len(NEEDED)} app settings are there, none is a key")


def check_references(environment: Mapping[str, str]) -> Check:
    """Did the platform follow every reference to the vault?"""
    broken = sorted(
        name for name, value in environment.items() if value.strip().startswith(UNRESOLVED)
    )
    if broken:
        text = f"the vault was not read for {', '.join(broken)}"
        advice = (
            "Is the secret there, has the identity Key Vault Secrets User, does the vault's"
            " firewall let the app in? Then restart the app."
        )
        return Check("vault", "fail", text, advice)
    return Check("vault", "ok", "no variable holds an unresolved Key Vault reference")


def check_identity(environment: Mapping[str, str]) -> Check:
    """Is there a managed identity to work as, and is it named?"""
    if environment.get("IDENTITY_ENDPOINT") or environment.get("MSI_ENDPOINT"):
        if environment.get("AZURE_CLIENT_ID"):
            return Check("identity", "ok", "a managed identity, named by AZURE_CLIENT_ID")
        advice = "Set AZURE_CLIENT_ID to its client id: a user-assigned identity is never guessed."
        return Check("identity", "warn", "a managed identity, but AZURE_CLIENT_ID is empty", advice)
    if environment.get("AZURE_FEDERATED_TOKEN_FILE"):
        return Check("identity", "ok", "a workload identity")
    text = "no managed identity here; whoever has signed in with az login is asked"
    return Check("identity", "warn", text, "Right on a desk. In Azure assign the identity.")


def check_hub(settings: Settings, environment: Mapping[str, str]) -> Check:
    """Can the hub be reached, with a group of our own, and is it one that Functions can read?"""
    try:
        hub = hub_in_force(settings.eventhub, settings.storage, environment)
    except InvalidInput as error:
        return Check("hub", "fail", str(error), f"See {PAGE}, deploy.")
    where = f"{hub.namespace}/{hub.name}"
    if hub.consumer_group.lower() == "$default":
        text = f"{where} is read with $Default, which any other reader may take away"
        return Check("hub", "fail", text, "Set EVENTHUB_CONSUMER_GROUP to a group of its own.")
    try:
        offsets = offsets_of(hub)
    except MonitorError as error:
        return Check("hub", "fail", str(error), error.advice)
    if any(offset_fault(offset) for offset in offsets.values()):
        advice = (
            "Its offsets are no numbers, and the Functions binding fails on them: turn"
            " geo-replication off, or read it with mfa-monitor run --from-eventhub."
        )
        return Check("hub", "fail", f"{where} is geo-replicated", advice)
    text = f"{where} is reached, {len(offsets)} partitions, group {hub.consumer_group}"
    if len(offsets) > 1:
        advice = "Works; one keeps the records in one order and avoids conflicts."
        return Check("hub", "warn", text, advice)
    return Check("hub", "ok", text)


def check_stream(options: Options) -> Check:
    """Do records arrive? That is what the diagnostic setting is for, and how it is seen."""
    try:
        with open_existing(options) as opened:
            pulses = opened.pulses()
    except MonitorError as error:
        return Check("stream", "warn", f"cannot be told: {error}", error.advice)
    if not pulses:
        advice = "Run infra/scripts/diagnostic-setting.sh; the first takes up to an hour."
        return Check("stream", "warn", "no record has come from the hub yet", advice)
    age = datetime.now(UTC) - max(pulses.values())
    text = f"the last record came {_in_words(age)} ago, of {len(pulses)} tenants"
    if age > SILENT:
        advice = f"See {PAGE}, alarm `silence`: is the diagnostic setting still there?"
        return Check("stream", "warn", text, advice)
    return Check("stream", "ok", text)


def _in_words(age: timedelta) -> str:
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def check_retention(options: Options, settings: Settings, environment: Mapping[str, str]) -> Check:
    """Has the ledger's container a retention? Whether it is locked cannot be seen from here."""
    try:
        storage = storage_in_force(settings.storage, environment)
        if not storage.remote:
            text = "the ledger stands in a directory: nothing keeps its owner from deleting"
            return Check("retention", "warn", text, "Name MFA_MONITOR_LEDGER_ACCOUNT.")
        if not _is_protected(Places(options.data, storage).store("ledger")):
            return Check("retention", "fail", "the ledger's container has no retention", _SET)
    except MonitorError as error:
        return Check("retention", "fail", str(error), error.advice)
    text = "the ledger's container has a retention; only Azure's management says if it is locked"
    return Check("retention", "ok", text, f"az storage container immutability-policy show; {PAGE}.")


def _is_protected(ledger: Store) -> bool:
    # Imported here: a ledger in a directory does not pay for Azure's client.
    from monitor.storage.blob import BlobStore  # noqa: PLC0415 - see above

    return isinstance(ledger, BlobStore) and ledger.protection().immutability_policy


def check_graph(environment: Mapping[str, str]) -> Check:
    """What may the identity do in Microsoft Graph? This version needs nothing there."""
    if not environment.get("IDENTITY_ENDPOINT"):
        text = "not looked at: there is no managed identity here, and this version reads no Graph"
        return Check("graph", "ok", text)
    # Imported here: only where there is an identity does anybody pay for Azure's client.
    from monitor.storage.permissions import application_permissions  # noqa: PLC0415 - see above

    try:
        roles = application_permissions(GRAPH, environment.get("AZURE_CLIENT_ID"))
    except MonitorError as error:
        return Check("graph", "warn", f"cannot be told: {error}", error.advice)
    writing = sorted(role for role in roles if "Write" in role or "FullControl" in role)
    if writing:
        advice = "Take them away: nothing here ever writes to Graph."
        return Check("graph", "fail", f"may write: {', '.join(writing)}", advice)
    text = f"may read: {', '.join(sorted(roles))}" if roles else "no permission, and none is needed"
    return Check("graph", "ok", f"{text} (this version reads no Graph)")


def check_sign_in(environment: Mapping[str, str]) -> Iterator[Check]:
    """Does App Service ask for a token before the app sees a request?"""
    if not environment.get("WEBSITE_SITE_NAME"):
        return
    if environment.get("WEBSITE_AUTH_ENABLED", "").lower() != "true":
        advice = "azd provision turns it on; see modules/function.bicep."
        yield Check("sign-in", "fail", "App Service Authentication is off", advice)
    elif not environment.get("WEBSITE_AUTH_CLIENT_ID"):
        advice = "Run infra/scripts/app-registration.sh, then azd provision."
        yield Check("sign-in", "warn", "on, without an app registration: nobody gets in", advice)
    else:
        yield Check("sign-in", "ok", "App Service Authentication is on, with an app registration")
