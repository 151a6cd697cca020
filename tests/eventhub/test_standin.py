"""azure-eventhub against the stand-in, unmodified: the client's own words come back."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient
from azure.eventhub.exceptions import AuthenticationError, EventDataSendError, EventHubError

from tests.eventhub.server import GROUP, StandIn, connection_string

Batch = Sequence[EventData]


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with StandIn(3) as running:
        yield running


def consumer(server: StandIn, group: str = GROUP, **options: Any) -> EventHubConsumerClient:
    return EventHubConsumerClient.from_connection_string(
        server.connection_string, group, retry_total=0, **options
    )


class Reading:
    """A receiver in a thread, until it has seen so many events or met an error."""

    def __init__(self, server: StandIn, wanted: int, group: str = GROUP, **options: Any) -> None:
        self.events: list[EventData] = []
        self.errors: list[Exception] = []
        self._wanted = wanted
        self._client = consumer(server, group)
        self._thread = threading.Thread(target=self._run, args=(options,), daemon=True)
        self._thread.start()

    def _run(self, options: dict[str, Any]) -> None:
        self._client.receive_batch(self._take, on_error=self._fail, **options)

    def _take(self, _context: object, events: Batch) -> None:
        self.events += events
        if len(self.events) >= self._wanted:
            self._client.close()

    def _fail(self, _context: object, error: Exception) -> None:
        self.errors.append(error)
        self._client.close()

    def wait(self) -> "Reading":
        self._thread.join(15)
        assert not self._thread.is_alive()
        return self

    @property
    def numbers(self) -> list[int | None]:
        return [event.sequence_number for event in self.events]


def stored(server: StandIn) -> int:
    return sum(server.next(one) for one in "012")


def test_what_a_producer_sends_a_consumer_gets(server: StandIn) -> None:
    before = stored(server)
    with EventHubProducerClient.from_connection_string(server.connection_string) as producer:
        batch = producer.create_batch(partition_id="0")
        for number in range(5):
            event = EventData(b"%d" % number)
            event.properties = {"mark": "run"}
            batch.add(event)
        producer.send_batch(batch)
        producer.send_batch([EventData(b"x" * 900_000)], partition_id="0")
        producer.send_batch([EventData(b"keyed")] * 2, partition_key="k")
        with pytest.raises(ValueError, match="size"):
            producer.create_batch(partition_id="0").add(EventData(b"x" * 1_100_000))
    assert stored(server) == before + 8
    reading = Reading(server, 6, partition_id="0", starting_position="-1").wait()
    assert reading.numbers[:6] == [*range(6)]
    bodies = [b"".join(event.body) for event in reading.events]  # type: ignore[arg-type]  # data
    assert bodies[:5] == [b"0", b"1", b"2", b"3", b"4"]
    assert len(bodies[5]) == 900_000
    assert reading.events[0].properties == {b"mark": b"run"}
    assert reading.events[0].enqueued_time is not None


def test_positions_and_retention(server: StandIn) -> None:
    server.send(*(b"%d" % number for number in range(10)), partition="1")
    first = server.next("1") - 10
    server.forget_before(first + 5, "1")
    place: dict[str, Any] = {"partition_id": "1", "starting_position": first + 6}
    after = Reading(server, 3, **place)
    at = Reading(server, 4, **place, starting_position_inclusive=True)
    gone = Reading(server, 5, partition_id="1", starting_position=first)
    assert after.wait().numbers == [first + 7, first + 8, first + 9]
    assert at.wait().numbers[0] == first + 6
    assert gone.wait().numbers == [*range(first + 5, first + 10)]
    with consumer(server) as client:
        properties = client.get_partition_properties("1")
    assert properties["beginning_sequence_number"] == first + 5
    assert properties["last_enqueued_sequence_number"] == first + 9


def test_a_higher_owner_takes_the_link_and_nobody_comes_in_without_a_level(server: StandIn) -> None:
    place: dict[str, Any] = {"partition_id": "2", "starting_position": "@latest"}
    low = Reading(server, 1, **place, owner_level=1)
    until(lambda: server.readers() == 1)
    bare = Reading(server, 1, **place)
    lower = Reading(server, 1, **place, owner_level=0)
    assert "stolen" in str(bare.wait().errors[0])
    assert "stolen" in str(lower.wait().errors[0])
    upper = Reading(server, 1, **place, owner_level=2)
    other = Reading(server, 1, "$Default", **place)
    assert "stolen" in str(low.wait().errors[0])
    until(lambda: server.readers() == 2)
    server.send(b"now", partition="2")
    assert len(upper.wait().events) == len(other.wait().events) == 1


def test_what_is_not_there_or_not_allowed_is_refused(server: StandIn) -> None:
    missing = Reading(server, 1, "nothing", partition_id="0")
    assert "not-found" in str(missing.wait().errors[0])
    elsewhere = EventHubConsumerClient.from_connection_string(
        connection_string(server.port, "nothing"), GROUP, retry_total=0
    )
    with elsewhere, pytest.raises(EventHubError):
        elsewhere.get_partition_ids()
    server.deny("the key was rolled")
    with consumer(server) as client, pytest.raises(AuthenticationError, match="was rolled"):
        client.get_partition_ids()
    server.deny("")


def test_sends_are_rejected_and_lines_cut_on_demand(server: StandIn) -> None:
    with EventHubProducerClient.from_connection_string(
        server.connection_string, retry_total=2, retry_backoff_factor=0.01
    ) as producer:
        at = server.next("2")
        server.reject_next(1, "amqp:not-allowed")
        with pytest.raises(EventDataSendError, match="ordered by the test"):
            producer.send_batch([EventData(b"never")], partition_id="2")
        server.reject_next()
        producer.send_batch([EventData(b"busy at first")], partition_id="2")
        server.drop_connections()
        server.refuse_next(1)
        producer.send_batch([EventData(b"cut off at first")], partition_id="2")
        assert server.next("2") == at + 2


def until(truth: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(500):
        if truth():
            return
        pause.wait(0.02)
    pytest.fail("it has not come about")
