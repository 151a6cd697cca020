"""Who reads which partition, where there are several instances: blobs of the view account.

The client keeps two things in a checkpoint store: who owns a partition, and how far it was read.
Only the first is taken from it. How far a partition was read stands in the ledger, committed with
the records themselves; a checkpoint is written after that commit, for tools that measure lag, and
never read again. So a lost, late or foreign checkpoint can neither lose a record nor repeat one.
"""

from collections.abc import Iterable
from typing import Any, cast

from azure.eventhub.extensions.checkpointstoreblob import BlobCheckpointStore

from monitor.settings import StorageSettings
from monitor.storage.blob import open_container
from monitor.storage.credential import credential


class Ownership(BlobCheckpointStore):
    """Ownership in blobs; checkpoints are written and not read."""

    def list_checkpoints(
        self,
        fully_qualified_namespace: str,  # noqa: ARG002 - the store's signature
        eventhub_name: str,  # noqa: ARG002 - the store's signature
        consumer_group: str,  # noqa: ARG002 - the store's signature
        **kwargs: Any,  # noqa: ARG002 - the store's signature
    ) -> Iterable[dict[str, Any]]:
        """Return none: partitions begin where the ledger says."""
        return []


def open_ownership(storage: StorageSettings, container: str, connection: str | None) -> Ownership:
    """Open the store in the view account, making its container where it is not there.

    `connection` is the storage connection string, in place of a managed identity.

    Raises:
        StorageUnavailable: the container can neither be found nor made.
        InvalidInput: the connection string cannot be used.
    """
    account = storage.view_account or storage.ledger_account
    client = storage.client_id
    open_container(account, container, connection=connection, client_id=client).ensure()
    if connection:
        # Typed as its base class, it makes one of the class it is called on.
        return cast("Ownership", Ownership.from_connection_string(connection, container))
    return Ownership(str(account), container, credential=credential(client))
