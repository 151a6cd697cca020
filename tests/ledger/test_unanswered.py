"""A create whose answer never came is settled by reading back."""

import pytest

from monitor.errors import LedgerConflict, StorageUnavailable
from monitor.ledger.log import Log
from tests.ledger.faulty import Fault, FaultyStore, Plan, WriteOnceStore
from tests.ledger.writing import PARTITION, deliver, draft, entered, leaf


@pytest.fixture
def store() -> WriteOnceStore:
    return WriteOnceStore()


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.LOST_REPLY, Fault.LATE])
def test_an_unanswered_create_is_settled_by_reading_back(
    store: WriteOnceStore, fault: Fault
) -> None:
    log = Log(FaultyStore(store, Plan({1: fault})))
    head = log.head()
    batch = log.append(draft([leaf(1)], head), head)
    assert Log(store).read(0) == batch


def test_an_unanswered_create_that_somebody_else_won_is_a_conflict(
    store: WriteOnceStore,
) -> None:
    class Overtaken(FaultyStore):
        def create(self, name: str, content: bytes) -> bool:
            deliver(Log(store), [1])
            raise StorageUnavailable("no answer")

    log = Log(Overtaken(store, Plan()))
    with pytest.raises(LedgerConflict):
        deliver(log, [2])


def test_a_store_that_does_nothing_is_unavailable(store: WriteOnceStore) -> None:
    class Deaf(FaultyStore):
        def create(self, name: str, content: bytes) -> bool:
            raise StorageUnavailable(f"{name}: no answer")

    class Lying(FaultyStore):
        def create(self, name: str, content: bytes) -> bool:
            return False

    for kind in (Deaf, Lying):
        with pytest.raises(StorageUnavailable, match="b/000"):
            deliver(Log(kind(store, Plan())), [1])
    assert store.objects == {}


def test_a_failing_read_back_leaves_the_outcome_open(store: WriteOnceStore) -> None:
    plan = Plan({1: Fault.LOST_REPLY, 2: Fault.REFUSED})
    log = Log(FaultyStore(store, plan))
    with pytest.raises(StorageUnavailable):
        deliver(log, [1])
    assert deliver(log, [1]) is None
    assert entered(store) == [(PARTITION, 1)]


# What is refused
