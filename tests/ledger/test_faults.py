"""Every store operation of append and publish, failing in every way; then the same again, healed.

The two columns of the table: what a fault did to the store (happened or not), and what the writer
heard of it (died, was refused, heard nothing). After each the log verifies and no batch is lost or
entered twice.
"""

import itertools

import pytest

from monitor.errors import LedgerConflict, StorageUnavailable
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Batch, Log
from monitor.ledger.publisher import Publisher, head_hint, witnessed
from monitor.ledger.verify import verify
from monitor.storage.memory import MemoryStore
from tests.ledger.faulty import Crash, Fault, FaultyStore, Plan, WriteOnceStore
from tests.ledger.writing import KEY, PARTITION, deliver, entered

DELIVERIES = (range(3), range(2, 7), range(9, 12))
EVERYTHING = sorted({position for delivery in DELIVERIES for position in delivery})


class Run:
    """The deliveries one after another, each published; a host that goes on until all is done."""

    def __init__(self, plan: Plan) -> None:
        self.kept, self.shown = WriteOnceStore(), MemoryStore()
        self.ledger, self.view = FaultyStore(self.kept, plan), FaultyStore(self.shown, plan)
        self.acknowledged: list[Batch] = []

    def go(self) -> None:
        """Deliver everything once, from a process that has just started."""
        log = Log(self.ledger, hint=head_hint(self.view))
        shown = witnessed(self.view, (KEY.verifier,))
        log.witness(shown.size if shown else 0)
        publisher = Publisher(self.ledger, self.view, log, (KEY,), Follower(log).ring)
        for delivery in DELIVERIES:
            batch = deliver(log, delivery)
            if batch:
                self.acknowledged.append(batch)
            publisher.publish()

    def check(self) -> None:
        """Assert that nothing is lost, doubled, or wrong."""
        assert entered(self.kept) == [(PARTITION, position) for position in EVERYTHING]
        for batch in self.acknowledged:
            assert Log(self.kept).read(batch.seq) == batch
        report = verify(self.kept, self.shown, KEY.vkey)
        assert report.valid, report.problems
        assert report.unsigned == 0


def operations() -> int:
    """How many store operations a run without faults has."""
    plan = Plan()
    run = Run(plan)
    run.go()
    run.check()
    return plan.calls


OPERATIONS = operations()


def heal(run: Run) -> int:
    """Start the process again until it gets through; return how often that took."""
    for tries in itertools.count(1):
        assert tries < 6
        try:
            run.go()
        except (Crash, StorageUnavailable, LedgerConflict):
            continue
        return tries
    raise AssertionError


@pytest.mark.parametrize("fault", list(Fault))
def test_one_fault_at_every_operation(fault: Fault) -> None:
    for at in range(OPERATIONS):
        run = Run(Plan({at: fault}))
        heal(run)
        run.check()


@pytest.mark.parametrize(("first", "second"), list(itertools.product(Fault, repeat=2)))
def test_two_faults_close_together(first: Fault, second: Fault) -> None:
    for at in range(list(Fault).index(first) % 2, OPERATIONS, 2):
        run = Run(Plan({at: first, at + 1 + at % 3: second}))
        heal(run)
        run.check()


def test_the_faults_do_hit() -> None:
    assert OPERATIONS > 20
    struck = [Run(Plan({at: Fault.CRASH_AFTER})) for at in range(OPERATIONS)]
    assert [heal(run) for run in struck] == [2] * OPERATIONS
