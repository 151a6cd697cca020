"""The client's loop waits while it owns nothing, in the version that is locked."""

import threading
from pathlib import Path

import pytest

from monitor.sources.eventhub import idling
from monitor.sources.eventhub.idling import Unhurried, slow_down
from tests.eventhub.server import StandIn
from tests.sources.eventhub.desk import deployment, hub_at, reading


def test_the_locked_client_can_be_slowed_down_and_is(tmp_path: Path) -> None:
    with StandIn() as server, deployment(tmp_path) as monitor, reading(monitor, server) as reads:
        consumer, _ = reads
        (processor,) = consumer._client._event_processors.values()
        assert isinstance(processor._consumers, Unhurried)


def test_only_who_goes_over_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("monitor.sources.eventhub.idling.time.sleep", waited.append)
    partitions = Unhurried({"0": "consumer"})
    assert [*partitions.items()] == [("0", "consumer")]
    assert waited == []
    del partitions["0"]
    assert [*partitions.items()] == []
    assert waited == [idling.PAUSE_SECONDS]


def test_a_client_that_is_built_otherwise_is_left_alone() -> None:
    stopping = threading.Event()
    stopping.set()
    client = hub_at("Endpoint=sb://127.0.0.1;SharedAccessKeyName=a;SharedAccessKey=b").consumer("g")
    assert not slow_down(client, stopping), "nothing reads"
    client._event_processors["g", "0"] = object()  # type: ignore[assignment]  # a later version's
    assert not slow_down(client, stopping)
    client._event_processors.clear()
    client.close()
