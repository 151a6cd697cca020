"""Several processes append to one log in Blob storage; and one over a network that loses things."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.errors import LedgerConflict, StorageUnavailable
from monitor.ledger.log import Log
from monitor.ledger.publisher import publish
from monitor.ledger.store import Store
from monitor.ledger.verify import verify
from tests.azurite import fresh_name
from tests.ledger.writing import KEY, PARTITION, deliver, entered
from tests.storage.bad_network import ONCE, SPOILED, BadNetwork, Spoil

if TYPE_CHECKING:
    from tests.azurite import Azurite

pytestmark = pytest.mark.filterwarnings(*SPOILED)
ROOT = Path(__file__).parents[2]
CONTENDER = Path(__file__).with_name("contender.py")
PROCESSES = 4
EVENTS = 8


def test_of_several_processes_each_event_is_entered_once(azurite: "Azurite") -> None:
    container = fresh_name()
    store = azurite.store(container)
    writers = [
        subprocess.Popen(
            [
                sys.executable,
                str(ROOT / "tests/storage/contender.py"),
                container,
                name,
                f"{EVENTS}",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "CONNECTION": azurite.connection_string},
        )
        for name in "abcd"[:PROCESSES]
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    lost = [int(writer.communicate()[0]) for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * PROCESSES
    found = entered(store)
    assert Counter(found) == Counter((name, n) for name in "abcd" for n in range(EVENTS))
    for name in "abcd":
        assert [n for who, n in found if who == name] == list(range(EVENTS))
    batches = list(Log(store).batches())
    assert [batch.seq for batch in batches] == list(range(PROCESSES * EVENTS))
    assert sum(lost) > 0, "nobody contended"


SCENARIO = ((0, 1), (1, 2, 3), (4,))
LOST = (Spoil.LOST_REQUEST, Spoil.LOST_REPLY, Spoil.DONE_AND_FAILED)


def write(ledger: Store, view: Store | None = None) -> None:
    """What a writer does in its life: deliver with overlap, and perhaps publish."""
    log = Log(ledger)
    for positions in SCENARIO:
        deliver(log, positions)
    if view is not None:
        publish(ledger, view, KEY, log)


def until_done(work: Callable[[], None]) -> None:
    """Do it as a host does: anew, until it is done."""
    for _ in range(len(LOST) + 2):
        try:
            work()
        except (StorageUnavailable, LedgerConflict):
            continue
        return
    raise AssertionError("never done")


@pytest.mark.parametrize(("options", "step"), [(ONCE, 1), ({}, 3)], ids=["one-try", "three-tries"])
def test_whatever_request_is_lost_each_event_is_entered_once(
    azurite: "Azurite", network: BadNetwork, options: dict[str, Any], step: int
) -> None:
    """Requests of a writer's life in turn, each lost in one of the ways.

    Every way at every operation: `tests/ledger/test_faults.py`, without the network.
    """
    network.spoil(lambda _number, _method: None)
    write(network.store(made(azurite)))
    requests = len(network.asked)
    assert requests > 6
    for spoiled in range(0, requests, step):
        store = network.store(made(azurite), **options)
        spoil = LOST[(spoiled // step) % len(LOST)]
        network.spoil(partial(at_number, spoiled, spoil))
        until_done(partial(write, store))
        assert len(network.asked) > spoiled
        network.spoil(lambda _number, _method: None)
        assert entered(store) == [(PARTITION, position) for position in range(5)], spoiled


def at_number(wanted: int, spoil: Spoil, number: int, _method: str) -> Spoil | None:
    """Spoil one request."""
    return spoil if number == wanted else None


def test_what_is_published_over_a_bad_network_is_valid(
    azurite: "Azurite", network: BadNetwork
) -> None:
    """Every eleventh of the first requests is lost, in one way after the other."""
    ledger, view = (network.store(made(azurite), **ONCE) for _ in "lv")

    def plan(number: int, _method: str) -> Spoil | None:
        turn, rest = divmod(number, 11)
        return None if rest or turn >= len(LOST) else LOST[turn % len(LOST)]

    network.spoil(plan)
    until_done(lambda: write(ledger, view))
    network.spoil(lambda _number, _method: None)
    write(ledger, view)
    report = verify(ledger, view, KEY.vkey)
    assert report.valid, report.problems
    assert report.unsigned == 0


def made(azurite: "Azurite") -> str:
    """A container that is there."""
    name = fresh_name()
    azurite.store(name)
    return name
