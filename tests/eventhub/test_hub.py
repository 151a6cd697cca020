"""The stand-in's log: positions, retention, numbering."""

import pytest

from tests.eventhub.broker import Broker
from tests.eventhub.hub import Hub, Namespace, Partition, Refusal
from tests.eventhub.message import event


def filled(count: int, segment: str = "") -> Partition:
    log = Partition("0", segment=segment)
    for number in range(count):
        log.append(b"x" * 10, None, enqueued=1000 + number)
    return log


@pytest.mark.parametrize(
    ("selector", "first"),
    [
        (None, 0),
        ("amqp.annotation.x-opt-offset > '-1'", 0),
        ("amqp.annotation.x-opt-offset > '@latest'", 8),
        ("amqp.annotation.x-opt-offset > '30'", 4),
        ("amqp.annotation.x-opt-offset >= '30'", 3),
        ("amqp.annotation.x-opt-sequence-number > '3'", 4),
        ("amqp.annotation.x-opt-sequence-number >= '3'", 3),
        ("amqp.annotation.x-opt-sequence-number > '7'", 8),
        ("amqp.annotation.x-opt-enqueued-time > '1003'", 4),
        ("amqp.annotation.x-opt-enqueued-time >= '1003'", 3),
        ("amqp.annotation.x-opt-enqueued-time > '9999'", 8),
    ],
)
def test_a_selector_says_where_to_begin(selector: str | None, first: int) -> None:
    assert filled(8).start(selector) == first


def test_an_offset_behind_the_end_is_refused_as_the_service_does() -> None:
    for log in (filled(8), filled(0), filled(8, segment="1:")):
        with pytest.raises(Refusal, match="The supplied offset '71' is invalid"):
            log.start("amqp.annotation.x-opt-offset > '71'")


def test_a_number_behind_the_end_is_refused_as_the_service_does() -> None:
    with pytest.raises(Refusal, match=r"'8' is invalid\. The last sequence number"):
        filled(8).start("amqp.annotation.x-opt-sequence-number > '8'")


def test_what_is_gone_begins_with_the_oldest_that_is_left() -> None:
    log = filled(8)
    log.forget_before(5)
    assert (log.beginning, log.next) == (5, 8)
    assert log.start("amqp.annotation.x-opt-sequence-number > '1'") == 5
    found = log.at(0)
    assert found is not None
    assert found.sequence == 5
    log.forget_before(100)
    assert (log.beginning, log.next, log.last) == (8, 8, None)


def test_offsets_of_a_replicated_namespace_are_no_numbers() -> None:
    log = filled(3, segment="1:")
    assert [one.offset for one in log.events] == ["1:0", "1:10", "1:20"]
    assert log.start("amqp.annotation.x-opt-offset > '1:10'") == 2


def test_events_go_where_they_are_addressed_by_their_key_or_in_turn() -> None:
    names = Namespace()
    hub = names.make("H", 3, ())
    assert names.store(hub, event(b"a"), None, "2").sequence == 0
    for _ in range(3):
        names.store(hub, event(b"a"), None, None)
    assert [log.next for log in hub.partitions.values()] == [1, 1, 2]
    before = [log.next for log in hub.partitions.values()]
    for _ in range(4):
        names.store(hub, event(b"a"), "key", None)
    grown = [log.next - old for log, old in zip(hub.partitions.values(), before, strict=True)]
    assert sorted(grown) == [0, 0, 4]


def test_a_hub_made_anew_counts_from_the_start() -> None:
    names = Namespace()
    names.make("hub", 1, ())
    names.fill("HUB", [b"a", b"b"])
    assert names.hub("hub").partition("0").next == 2
    names.make("hub", 1, ())
    assert names.hub("Hub").partition("0").next == 0


@pytest.mark.parametrize(
    "address",
    [
        "hub",
        "nothing/ConsumerGroups/g/Partitions/0",
        "hub/ConsumerGroups/nothing/Partitions/0",
        "hub/ConsumerGroups/g/Partitions/9",
        "hub/ConsumerGroups/g/Elsewhere/0",
    ],
)
def test_an_address_that_names_nothing_is_refused(address: str) -> None:
    broker = Broker()
    broker.namespace.hubs["hub"] = Hub.made("hub", 1, ["g"])
    with pytest.raises(Refusal):
        broker.source(address)
