"""The consumer on the stand-in: each record has its one entry, whatever happens on the way."""

from pathlib import Path

from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.sources.eventhub.consumer import HubConsumer
from tests.eventhub.server import StandIn
from tests.sources.eventhub.desk import (
    deployment,
    entries,
    expected,
    high,
    reading,
    record,
    users,
    wait_for,
)


def send(server: StandIn, first: int, last: int, partition: str = "0") -> None:
    server.send(*(record(number) for number in range(first, last)), partition=partition)


def test_deliveries_that_repeat_overlap_break_or_cannot_be_read_are_entered_once(
    tmp_path: Path,
) -> None:
    with StandIn(2) as server, deployment(tmp_path) as monitor:
        server.drop_after(11)
        send(server, 0, 40)
        send(server, 100, 120, "1")
        with reading(monitor, server) as (consumer, _):
            wait_for(lambda: high(monitor) == 39)
            server.redeliver(25)
            server.send(b"{ broken", b"\xff\x00", record(40), b"{}")
            wait_for(lambda: high(monitor) == 43)
            server.redeliver(3)
            send(server, 41, 50)
            wait_for(lambda: high(monitor) == 52)
            wait_for(lambda: high(monitor, "1") == 19)
        assert consumer.fault is None
        assert monitor.gaps() == ()
        assert monitor.verify().valid
    assert users(tmp_path) == expected(*range(50), *range(100, 120))
    assert sum(leaf["t"] == "quarantine" for leaf in entries(tmp_path)) == 3


def test_a_start_is_where_the_ledger_ends_and_a_stop_loses_nothing(tmp_path: Path) -> None:
    """On a hub that is not young, with offsets that are no numbers (geo-replication)."""
    with StandIn(segment="1:") as server, deployment(tmp_path) as monitor:
        server.skip_to(5_000)
        send(server, 0, 10)
        with reading(monitor, server):
            wait_for(lambda: high(monitor) >= 5_000)
        send(server, 10, 20)
        before, entered = server.delivered(), high(monitor)
        with reading(monitor, server) as (_, intake):
            wait_for(lambda: high(monitor) == 5_019)
        assert intake.taken == 5_020 - entered, "the last one entered, and what is new"
        assert server.delivered() - before == intake.taken
        assert monitor.gaps() == ()
    assert users(tmp_path) == expected(*range(20))


def test_a_store_out_of_reach_holds_the_batch_until_it_is_back(tmp_path: Path) -> None:
    with StandIn() as server, deployment(tmp_path) as monitor:
        with reading(monitor, server) as (consumer, intake):
            intake.faults += [StorageUnavailable("no disk"), StorageUnavailable("no disk")]
            send(server, 0, 5)
            wait_for(lambda: high(monitor) == 4)
            intake.faults += [StorageUnavailable("no disk")] * 99
            send(server, 5, 9)
            wait_for(lambda: len(intake.faults) < 99)
        assert consumer.fault is None
        assert high(monitor) == 4, "a stop does not wait for the store, and enters nothing"
    assert users(tmp_path) == expected(*range(5))


def test_a_ledger_that_takes_nothing_more_ends_it(tmp_path: Path) -> None:
    with StandIn() as server, deployment(tmp_path) as monitor:
        with reading(monitor, server) as (consumer, intake):
            intake.faults.append(LedgerCorrupt("two roots"))
            send(server, 0, 2)
            wait_for(lambda: consumer.fault is not None)
            wait_for(lambda: server.readers() == 0)
        assert isinstance(consumer.fault, LedgerCorrupt)
        assert users(tmp_path) == []


def test_a_hub_made_anew_is_said_and_a_new_epoch_goes_on(tmp_path: Path) -> None:
    with StandIn() as server, deployment(tmp_path) as monitor:
        send(server, 0, 8)
        with reading(monitor, server) as (consumer, _):
            wait_for(lambda: high(monitor) == 7)
            server.anew()
            send(server, 10, 13)
            wait_for(lambda: consumer.fault is not None)
        restart(consumer, "ends at event 2")
        send(server, 13, 30)
        with reading(monitor, server) as (consumer, _):
            wait_for(lambda: consumer.fault is not None)
        restart(consumer, "was enqueued later")
        with reading(monitor, server, epoch="1"):
            wait_for(lambda: high(monitor, epoch="1") == 19)
    assert users(tmp_path) == expected(*range(8), *range(10, 30))


def restart(consumer: HubConsumer, words: str) -> None:
    assert isinstance(consumer.fault, LedgerCorrupt)
    assert words in str(consumer.fault)
