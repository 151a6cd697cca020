"""The hub in force: settings, app settings over them, and a connection string in place of both."""

from datetime import UTC, datetime
from typing import Any

import pytest
from azure.eventhub import EventData
from azure.eventhub._pyamqp.message import Message
from azure.eventhub.exceptions import AuthenticationError

from monitor.errors import InvalidInput
from monitor.events.batch import EventHubPartition
from monitor.settings import EventHubSettings, StorageSettings
from monitor.sources.eventhub.hub import Hub, hub_in_force, message_of
from tests.eventhub.server import connection_string

NOWHERE = StorageSettings()
NAMED = EventHubSettings(namespace="Audit.servicebus.windows.net", hub="Logs", epoch="2")


def test_settings_name_the_hub_and_app_settings_go_first() -> None:
    hub = hub_in_force(NAMED, StorageSettings(client_id="who"), {})
    assert hub == Hub(
        "Audit.servicebus.windows.net", "Logs", "mfa-monitor", "$Default", "2", None, "who"
    )
    told = {
        "EventHubConnection__fullyQualifiedNamespace": "other.servicebus.windows.net",
        "EVENTHUB_NAME": "hub",
        "EVENTHUB_CONSUMER_GROUP": "group",
        "EVENTHUB_REPAIR_GROUP": "repair",
        "EVENTHUB_EPOCH": "3",
        "AZURE_CLIENT_ID": "me",
    }
    assert hub_in_force(NAMED, NOWHERE, told) == Hub(
        "other.servicebus.windows.net", "hub", "group", "repair", "3", None, "me"
    )


def test_a_connection_string_names_what_settings_do_not() -> None:
    string = connection_string(5000, "logs")
    bare = EventHubSettings(connection_env="CONNECTION")
    hub = hub_in_force(bare, NOWHERE, {"CONNECTION": string})
    assert (hub.namespace, hub.name, hub.connection) == ("127.0.0.1", "logs", string)
    hub = hub_in_force(NAMED, NOWHERE, {"EventHubConnection": string})
    assert (hub.namespace, hub.name) == ("Audit.servicebus.windows.net", "Logs")


def test_the_ledger_names_a_partition_as_the_functions_door_does() -> None:
    hub = hub_in_force(NAMED, NOWHERE, {})
    assert hub.partition("0") == EventHubPartition(
        "audit.servicebus.windows.net", "logs", "mfa-monitor", "0", "2"
    )


@pytest.mark.parametrize(
    ("section", "environment", "words"),
    [
        (EventHubSettings(), {}, r"eventhub\.namespace: not set.*fullyQualifiedNamespace"),
        (EventHubSettings(namespace="a.b"), {}, r"eventhub\.hub: not set.*EVENTHUB_NAME"),
        (NAMED, {"EVENTHUB_EPOCH": "a b"}, r"eventhub\.epoch"),
        (NAMED, {"EVENTHUB_CONSUMER_GROUP": "a/b"}, r"eventhub\.consumer_group"),
        (EventHubSettings(connection_env="GONE"), {}, "the variable GONE is not set"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    section: EventHubSettings, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        hub_in_force(section, NOWHERE, environment)


def test_a_bad_connection_string_is_never_quoted() -> None:
    hub = Hub("ns", "hub", "g", "r", "0", "Endpoint=;SharedAccessKey=secret")
    with pytest.raises(InvalidInput) as caught:
        hub.consumer("g")
    assert "secret" not in str(caught.value)
    with pytest.raises(InvalidInput):
        hub.producer()


def test_an_error_of_the_client_is_told_without_its_text() -> None:
    error = AuthenticationError("token eyJ0 of alice@example.com")
    assert "AuthenticationError" in str(Hub("ns", "hub", "g", "r", "0").unavailable(error))
    assert "alice" not in str(Hub("ns", "hub", "g", "r", "0").unavailable(error))


def received(message: Message) -> EventData:
    """The event as a reader gets it."""
    annotations: dict[str | bytes, Any] = {
        b"x-opt-sequence-number": 7,
        b"x-opt-enqueued-time": 1000,
    }
    return EventData._from_message(message._replace(message_annotations=annotations))


def test_a_body_comes_through_byte_for_byte_and_other_kinds_as_text() -> None:
    message = message_of(received(Message(data=[b"\xff{ not ", b"json"])))
    assert (message.body, message.sequence) == (b"\xff{ not json", 7)
    assert message.enqueued == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    other = message_of(received(Message(value={b"a": 1})))
    assert other.body == b"{b'a': 1}"
