"""The ledger's store in a container of Azure Blob storage.

An object is a block blob written by one Put Blob request, so it is there whole or not at all.
`create` sends `If-None-Match: *`: the service refuses the second writer of a name, which is also
all that a container under a locked retention policy allows.

**Unknown outcomes.** The client library repeats a request whose answer it did not get. Where the
first one had been carried out, the repeated `create` meets its own object, and the answer here is
False. That is right by the protocol: False never means "somebody else's", it means "read what
stands there", and every caller in `monitor.ledger` does so. What may not happen, and does not, is
True for an object that another writer made, or False for one that is not there.

This module imports Azure's client (half a second): import it where a container is opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobPrefix, BlobProperties, ContainerClient, ContentSettings

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.storage.faults import ABSENT_BLOB, CHANGED, code_of, unavailable
from monitor.storage.names import checked, is_name

TRIES = 3
"""How often one request is sent before the store counts as out of reach."""
CONNECT_SECONDS = 5
READ_SECONDS = 12
"""How long the service may be silent. With TRIES and the pauses between them an operation ends
within a minute, and an append, which is at most three creates and three reads, far below the
functionTimeout of ten minutes (host.json), which would move the checkpoint."""
LARGEST_PUT = 256 * 1024 * 1024
"""Up to this size, in bytes, an object is one request; nothing in a ledger comes near it."""

CLIENT_OPTIONS: dict[str, Any] = {
    "retry_total": TRIES - 1,
    "initial_backoff": 1,
    "increment_base": 2,
    "random_jitter_range": 1,
    "connection_timeout": CONNECT_SECONDS,
    "read_timeout": READ_SECONDS,
    "max_single_put_size": LARGEST_PUT,
    "http_logging_level": 10,  # DEBUG: a line for each request would drown a host's log
    "user_agent": "entra-mfa-monitor",
}
"""What every client of a container is made with."""

_CONFLICT, _PRECONDITION, _FORBIDDEN = 409, 412, 403
_NO_CONTAINER = "ContainerNotFound"
_CONTENT = ContentSettings(content_type="application/octet-stream")


@dataclass(frozen=True, slots=True)
class Protection:
    """What a container says of itself: is there a retention policy, a legal hold, versioning?

    Whether a policy is locked only the management plane tells.
    """

    immutability_policy: bool
    legal_hold: bool
    version_level: bool


class BlobStore:
    """The ledger's store in one container. Safe among threads, and among processes.

    Every method raises StorageUnavailable with the object's name, the cause and advice, and
    ValueError for a name no object may have.
    """

    def __init__(self, container: ContainerClient) -> None:
        self._container = container
        self.place = f"{container.primary_hostname}/{container.container_name}"

    def get(self, name: str) -> bytes | None:
        """Return the object, or None where there is none of that name."""
        blob = self._container.get_blob_client(checked(name))
        try:
            return blob.download_blob().readall()
        except ResourceNotFoundError as error:
            if code_of(error) in ABSENT_BLOB:
                return None
            raise self._unavailable(name, error) from error
        except AzureError as error:
            raise self._unavailable(name, error) from error

    def create(self, name: str, content: bytes) -> bool:
        """Create the object, durable on return; False where there is one.

        See the head of this module for what False means.
        """
        try:
            self._upload(checked(name), content, overwrite=False)
        except HttpResponseError as error:
            # Which code says "exists" depends on the container's policy (BlobAlreadyExists,
            # BlobImmutableDueToPolicy, a legal hold, a lease), and others with the same status mean
            # something else (ContainerBeingDeleted): only the object itself tells.
            # 403 among them: a role that may add blobs and not write over any says so by it.
            refused = error.status_code in (_CONFLICT, _PRECONDITION, _FORBIDDEN)
            if refused and self._exists(name):
                return False
            raise self._unavailable(name, error) from error
        except AzureError as error:
            raise self._unavailable(name, error) from error
        return True

    def put(self, name: str, content: bytes) -> None:
        """Create or replace the object: a reader sees the old one or the new one, whole."""
        with self._reached(checked(name)):
            self._upload(name, content, overwrite=True)

    def swap(self, name: str, expected: bytes | None, content: bytes) -> bool:
        """Put the object if it still holds `expected`; None stands for no object of that name.

        False where it holds something else. Where the object holds `content` afterwards the answer
        is True, whoever put it there.
        """
        if expected is None:
            return self.create(name, content) or self.get(name) == content
        blob = self._container.get_blob_client(checked(name))
        try:
            held = blob.download_blob()
            if held.readall() != expected:
                return False
            self._upload(
                name,
                content,
                overwrite=True,
                etag=held.properties.etag,
                match_condition=MatchConditions.IfNotModified,
            )
        except HttpResponseError as error:
            if code_of(error) in CHANGED:
                return self.get(name) == content
            raise self._unavailable(name, error) from error
        except AzureError as error:
            raise self._unavailable(name, error) from error
        return True

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of the objects directly in a folder, in their order."""
        with self._reached(checked(folder)):
            for found in self._container.walk_blobs(name_starts_with=f"{folder}/", delimiter="/"):
                if not isinstance(found, BlobPrefix) and is_name(found.name):
                    yield found.name

    def every(self, folder: str) -> Iterator[str]:
        """Yield the names of all objects below a folder, of all there are where it is empty."""
        start = f"{checked(folder)}/" if folder else None
        with self._reached(folder or self._container.container_name):
            for name in self._container.list_blob_names(name_starts_with=start):
                if is_name(name):
                    yield name

    def created(self, name: str) -> datetime | None:
        """Return when the service says it made the object (UTC); None where there is none."""
        found = self._properties(checked(name))
        return None if found is None else found.creation_time

    def ensure(self) -> bool:
        """Make the container where it is missing; tell whether this call made it.

        Where it is there, an identity that may only read and write objects is enough.
        """
        try:
            self._container.get_blob_client("any").get_blob_properties()
        except HttpResponseError as error:
            if code_of(error) in ABSENT_BLOB:
                return False
            if code_of(error) == _NO_CONTAINER:
                return self._make()
            raise self._unavailable(self._container.container_name, error) from error
        except AzureError as error:
            raise self._unavailable(self._container.container_name, error) from error
        return False

    def _make(self) -> bool:
        try:
            self._container.create_container()
        except HttpResponseError as error:
            if code_of(error) == "ContainerAlreadyExists":
                return False
            raise self._unavailable(self._container.container_name, error) from error
        except AzureError as error:
            raise self._unavailable(self._container.container_name, error) from error
        return True

    def protection(self) -> Protection:
        """Ask the container what protects its objects."""
        with self._reached(self._container.container_name):
            told = self._container.get_container_properties()
        return Protection(
            bool(told.has_immutability_policy),
            bool(told.has_legal_hold),
            bool(told.immutable_storage_with_versioning_enabled),
        )

    def _upload(self, name: str, content: bytes, *, overwrite: bool, **condition: Any) -> None:
        blob = self._container.get_blob_client(name)
        # The service computes the MD5 of what arrives, and refuses what is not what was sent.
        blob.upload_blob(
            content,
            overwrite=overwrite,
            content_settings=_CONTENT,
            validate_content=True,
            **condition,
        )

    def _exists(self, name: str) -> bool:
        return self._properties(name) is not None

    def _properties(self, name: str) -> BlobProperties | None:
        blob = self._container.get_blob_client(name)
        try:
            return blob.get_blob_properties()
        except ResourceNotFoundError as error:
            if code_of(error) in ABSENT_BLOB:
                return None
            raise self._unavailable(name, error) from error
        except AzureError as error:
            raise self._unavailable(name, error) from error

    @contextmanager
    def _reached(self, name: str) -> Iterator[None]:
        try:
            yield
        except AzureError as error:
            raise self._unavailable(name, error) from error

    def _unavailable(self, name: str, error: AzureError) -> StorageUnavailable:
        return unavailable(name, self.place, error)


def open_container(
    account: str | None,
    container: str,
    *,
    connection: str | None = None,
    client_id: str | None = None,
) -> BlobStore:
    """Open a container by a connection string, or as this machine's identity at a blob endpoint.

    Nothing is sent before the first call of the store. `account` is the blob endpoint
    (`https://<name>.blob.core.windows.net`), and is not looked at where `connection` is given.
    Which identity that is: `monitor.storage.credential`.

    Raises:
        InvalidInput: the connection string is malformed, or there is neither it nor an account.
    """
    if connection is not None:
        try:
            client = ContainerClient.from_connection_string(connection, container, **CLIENT_OPTIONS)
        except ValueError as error:
            # Without the text of the error: it may quote the key.
            raise InvalidInput("the connection string of the storage is malformed") from error
    elif account is not None:
        client = ContainerClient(account, container, _identity(client_id), **CLIENT_OPTIONS)
    else:
        raise InvalidInput("storage: neither an account nor a connection string is given")
    return BlobStore(client)


@lru_cache(maxsize=8)
def _identity(client_id: str | None) -> Any:
    """Share one credential, and its tokens, among the containers of a process."""
    # Imported here: whoever has a connection string does not pay for azure.identity.
    from monitor.storage.credential import credential  # noqa: PLC0415 - see above

    return credential(client_id)
