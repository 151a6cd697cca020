"""The client's links do not grow with what they received, in the version that is locked."""

from pathlib import Path
from typing import Any

from monitor.sources.eventhub.forgetting import forget_deliveries
from tests.eventhub.server import StandIn
from tests.sources.eventhub.desk import deployment, high, hub_at, reading, record, wait_for


def test_the_locked_client_can_be_made_to_forget_and_is(tmp_path: Path) -> None:
    with StandIn() as server, deployment(tmp_path) as monitor, reading(monitor, server) as reads:
        consumer, _ = reads
        (processor,) = consumer._client._event_processors.values()
        for sent in (40, 80, 120):
            server.send(*(record(number) for number in range(sent - 40, sent)))
            wait_for(lambda sent=sent: high(monitor) == sent - 1)  # type: ignore[misc]  # a default
            (receiver,) = processor._consumers.values()
            handler: Any = receiver._handler
            tags = handler._link._received_delivery_tags
            assert isinstance(tags, set)
            wait_for(lambda tags=tags: not tags)  # type: ignore[misc]  # likewise


def test_a_client_that_is_built_otherwise_is_left_alone() -> None:
    client = hub_at("Endpoint=sb://127.0.0.1;SharedAccessKeyName=a;SharedAccessKey=b").consumer("g")
    assert forget_deliveries(client) == 0, "nothing reads"
    client._event_processors["g", "0"] = object()  # type: ignore[assignment]  # a later version's
    assert forget_deliveries(client) == 0
    client._event_processors.clear()
    client.close()
