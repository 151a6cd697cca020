"""Opens the consumer that settings and app settings describe."""

import os

from monitor.errors import InvalidInput
from monitor.settings import Settings, StorageSettings
from monitor.sources.eventhub.consumer import HubConsumer, Intake
from monitor.sources.eventhub.hub import hub_in_force
from monitor.wiring.places import storage_in_force


def open_consumer(settings: Settings, intake: Intake) -> HubConsumer:
    """Return a consumer that is not started yet.

    Where the ledger stands in Blob storage, partitions are shared out among several instances
    through the checkpoint container; on a directory there can only be one instance.

    Raises:
        InvalidInput: no hub is named, or a setting cannot be used.
        StorageUnavailable: the checkpoint container can neither be found nor made.
    """
    hub = hub_in_force(settings.eventhub, settings.storage)
    storage = storage_in_force(settings.storage, os.environ)
    if not storage.remote:
        return HubConsumer(hub, intake)
    # Imported here: a deployment on a directory does not pay for Azure's storage client.
    from monitor.sources.eventhub.ownership import open_ownership  # noqa: PLC0415 - see above

    container = settings.eventhub.checkpoint_container
    return HubConsumer(hub, intake, open_ownership(storage, container, _connection(storage)))


def _connection(storage: StorageSettings) -> str | None:
    if storage.connection_env is None:
        return None
    found = os.environ.get(storage.connection_env)
    if not found:
        raise InvalidInput(
            f"storage.connection_env: the variable {storage.connection_env} is not set"
        )
    return found
