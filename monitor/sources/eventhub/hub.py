"""The hub that is read: its name in the ledger, and the clients that reach it."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

from pydantic import ValidationError

from monitor.errors import InvalidInput, MonitorError
from monitor.events.batch import EventHubPartition, Message, SourceBatch
from monitor.settings import EventHubSettings, StorageSettings

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient

Client = TypeVar("Client")

APP_SETTINGS = {
    "namespace": "EventHubConnection__fullyQualifiedNamespace",
    "hub": "EVENTHUB_NAME",
    "consumer_group": "EVENTHUB_CONSUMER_GROUP",
    "repair_group": "EVENTHUB_REPAIR_GROUP",
    "epoch": "EVENTHUB_EPOCH",
}
CONNECTION = "EventHubConnection"
"""The app setting with a connection string, where the Functions host is given one."""

# What goes wrong is reported to us and said in our own words. Without a handler of its own the
# client's warnings would reach standard error past the redaction; a host's handlers still get them.
logging.getLogger("azure").addHandler(logging.NullHandler())


class HubUnavailable(MonitorError):
    """The hub cannot be reached, or refuses us (exit code 3)."""

    advice = (
        "Check the namespace, the network and the role (Azure Event Hubs Data Receiver to read,"
        " Data Sender to send); see docs/eventhub.md."
    )


class Kept(NamedTuple):
    """What a partition still holds: the first and the last sequence number; empty if crossed."""

    beginning: int
    last: int


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub in force. `connection` is a connection string, in place of a managed identity."""

    namespace: str
    name: str
    consumer_group: str
    repair_group: str
    epoch: str
    connection: str | None = None
    client_id: str | None = None

    def partition(self, identity: str) -> EventHubPartition:
        """Return the partition as the ledger names it, whoever reads it."""
        return EventHubPartition.named(
            self.namespace, self.name, self.consumer_group, identity, self.epoch
        )

    def batch(self, partition: str, events: "Sequence[EventData]") -> SourceBatch:
        """Return events of one partition as a batch, each body byte for byte."""
        return SourceBatch(self.partition(partition), tuple(map(message_of, events)))

    def consumer(self, group: str, **options: Any) -> "EventHubConsumerClient":
        """Return a client that reads for a consumer group; `options` are the client's own.

        Raises:
            InvalidInput: the connection string cannot be used.
        """
        # Imported here: a deployment without Event Hubs does not pay for the client.
        from azure.eventhub import EventHubConsumerClient  # noqa: PLC0415 - see above

        if self.connection:
            return _from_connection(
                EventHubConsumerClient.from_connection_string,
                self.connection,
                consumer_group=group,
                eventhub_name=self.name,
                **options,
            )
        return EventHubConsumerClient(
            self.namespace, self.name, group, credential=_proof(self.client_id), **options
        )

    def producer(self) -> "EventHubProducerClient":
        """Return a client that sends.

        Raises:
            InvalidInput: the connection string cannot be used.
        """
        from azure.eventhub import EventHubProducerClient  # noqa: PLC0415 - see `consumer`

        if self.connection:
            return _from_connection(
                EventHubProducerClient.from_connection_string,
                self.connection,
                eventhub_name=self.name,
            )
        return EventHubProducerClient(self.namespace, self.name, credential=_proof(self.client_id))

    def unavailable(self, error: Exception) -> HubUnavailable:
        """Return an error of the client in our words: its class and condition, never its text.

        The text of an authentication error may hold a token's claims.
        """
        condition = getattr(error, "error", None)
        told = condition.decode() if isinstance(condition, bytes) else condition
        reason = f" ({told})" if isinstance(told, str) else ""
        return HubUnavailable(f"{self.namespace}/{self.name}: {type(error).__name__}{reason}")


def kept(client: "EventHubConsumerClient", partition: str) -> Kept:
    """Ask a partition what it still holds.

    Raises:
        EventHubError: the client could not reach it.
    """
    told = client.get_partition_properties(partition)
    return Kept(told["beginning_sequence_number"], told["last_enqueued_sequence_number"])


def message_of(event: "EventData") -> Message:
    """Return the event as a message.

    Entra sends data sections. Whatever else somebody sends is written out as text, so that it is
    quarantined with what it held.
    """
    from azure.eventhub.amqp import AmqpMessageBodyType  # noqa: PLC0415 - see `Hub.consumer`

    if event.body_type == AmqpMessageBodyType.DATA:
        body = b"".join(cast("Iterable[bytes]", event.body))
    else:
        body = repr(event.body).encode()
    return Message(body=body, sequence=event.sequence_number, enqueued=event.enqueued_time)


def hub_in_force(
    section: EventHubSettings,
    storage: StorageSettings,
    environment: Mapping[str, str] | None = None,
) -> Hub:
    """Return the hub that settings and app settings name; app settings go first.

    Raises:
        InvalidInput: no hub or no namespace is named, or a setting is not what it must be.
    """
    variables = os.environ if environment is None else environment
    told = {name: variables.get(variable) for name, variable in APP_SETTINGS.items()}
    said = section.model_dump() | {name: value for name, value in told.items() if value}
    try:
        settings = EventHubSettings.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidInput(f"eventhub.{first['loc'][0]}: {first['msg']}") from error
    connection = _connection(settings, variables)
    namespace = settings.namespace or (_host(connection) if connection else None)
    name = settings.hub or (_part(connection, "entitypath") if connection else None)
    if not namespace or not name:
        missing = "namespace" if not namespace else "hub"
        raise InvalidInput(
            f"eventhub.{missing}: not set; name it in monitor.toml or in the app setting"
            f" {APP_SETTINGS[missing]}"
        )
    return Hub(
        namespace,
        name,
        settings.consumer_group,
        settings.repair_group,
        settings.epoch,
        connection,
        variables.get("AZURE_CLIENT_ID") or storage.client_id,
    )


def _proof(client_id: str | None) -> "TokenCredential":
    from monitor.storage.credential import credential  # noqa: PLC0415 - see `Hub.consumer`

    return credential(client_id)


def _connection(settings: EventHubSettings, variables: Mapping[str, str]) -> str | None:
    if settings.connection_env is None:
        return variables.get(CONNECTION) or None
    found = variables.get(settings.connection_env)
    if not found:
        raise InvalidInput(
            f"eventhub.connection_env: the variable {settings.connection_env} is not set"
        )
    return found


def _part(connection: str, name: str) -> str | None:
    parts = (part.partition("=") for part in connection.split(";"))
    return next((value for key, _, value in parts if key.strip().lower() == name), None)


def _host(connection: str) -> str | None:
    return urlsplit(_part(connection, "endpoint") or "").hostname


def _from_connection(make: Callable[..., Client], connection: str, **options: Any) -> Client:
    try:
        return make(connection, **options)
    except ValueError as error:
        # The text may quote the string, and with it the key.
        raise InvalidInput("eventhub: the connection string cannot be used") from error
