"""Every store operation of the corridor failing in every way, then the same again, healed.

From the record's bytes to the checkpoint: raw object, large document, batch, tiles, note,
checkpoint, hint. A refusal is taken by the process that lives on, a crash by the next one.
"""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.errors import LedgerConflict, StorageUnavailable
from monitor.ledger.store import Store
from monitor.storage.memory import MemoryStore
from monitor.wiring import Monitor, open_monitor
from tests.ledger.faulty import Crash, Fault, FaultyStore, Plan, WriteOnceStore
from tests.standing import standing_on
from tests.wiring.daily import BODIES, delivered, entries, inspected

MOST_TRIES = 6
HEARD = (StorageUnavailable, LedgerConflict)
"""What a host hears, and tries again after."""


class Run:
    """One deployment whose every store operation goes by a plan."""

    def __init__(self, data: Path, plan: Plan) -> None:
        self.data, self.plan = data, plan
        self.kept: dict[str, WriteOnceStore | MemoryStore] = {
            "ledger": WriteOnceStore(),
            "raw": WriteOnceStore(),
            "view": MemoryStore(),
        }
        self.stores: dict[str, Store] = {
            name: FaultyStore(store, plan) for name, store in self.kept.items()
        }

    def go(self) -> int:
        """Live through the day; return how many processes that took."""
        for processes in range(1, MOST_TRIES):
            try:
                with (
                    standing_on(self.stores),
                    open_monitor(self.data, None, replay=True, notify=False) as monitor,
                ):
                    for step in steps(monitor):
                        insist(step)
            except (Crash, *HEARD):
                continue
            return processes
        raise AssertionError(f"not through in {MOST_TRIES} processes")

    def check(self) -> None:
        """Assert that all that the day brought stands in the ledger, once, and vouched for."""
        assert entries(self.kept["ledger"]) == EXPECTED
        found = inspected(self.kept)
        assert found.report.valid, found.report.problems
        assert found.report.unsigned == 0
        assert found.report.expired == 0


def steps(monitor: Monitor) -> list[Callable[[], object]]:
    """What the host does in the day."""
    return [
        lambda: monitor.ingest(delivered(0, *BODIES[:3])),
        monitor.publish,
        lambda: monitor.ingest(delivered(1, *BODIES[1:])),
        monitor.sweep,
        monitor.publish,
    ]


def insist(step: Callable[[], object]) -> None:
    """Try again in the same process, as a host does that lives on."""
    for _ in range(MOST_TRIES):
        try:
            step()
        except HEARD:
            continue
        return
    raise AssertionError(f"{step} failed {MOST_TRIES} times")


def untroubled(data: Path) -> Run:
    run = Run(data, Plan())
    assert run.go() == 1
    return run


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """What the day does to the stores when nothing fails."""
    run = untroubled(tmp_path_factory.mktemp("untroubled"))
    EXPECTED.update(entries(run.kept["ledger"]))
    run.check()
    return run.plan.operations


EXPECTED = entries(MemoryStore())


def test_the_day_touches_every_kind_of_object(operations: list[tuple[str, str]]) -> None:
    written = [name for kind, name in operations if kind != "get"]
    folders = {name.partition("/")[0] for name in written}
    assert {"b", "sth", "doc", "tile", "checkpoint", "head"} <= folders
    assert sum(len(name) == 64 for name in written) == 2, "raw objects"
    assert len(written) >= 15


@pytest.mark.parametrize("fault", list(Fault))
def test_one_fault_at_every_write(
    operations: list[tuple[str, str]], fault: Fault, tmp_path: Path
) -> None:
    writes = [at for at, (kind, _) in enumerate(operations) if kind != "get"]
    for at in writes:
        run = Run(tmp_path / str(at), Plan({at: fault}))
        processes = run.go()
        assert processes == (2 if fault in {Fault.CRASH_BEFORE, Fault.CRASH_AFTER} else 1)
        run.check()


def test_one_refusal_at_every_third_read(operations: list[tuple[str, str]], tmp_path: Path) -> None:
    reads = [at for at, (kind, _) in enumerate(operations) if kind == "get"]
    for at in reads[::3]:
        run = Run(tmp_path / str(at), Plan({at: Fault.REFUSED}))
        run.go()
        run.check()


def test_faults_close_together(operations: list[tuple[str, str]], tmp_path: Path) -> None:
    pairs = itertools.cycle(itertools.product(Fault, repeat=2))
    for at in range(0, len(operations), 3):
        first, second = next(pairs)
        run = Run(tmp_path / str(at), Plan({at: first, at + 1 + at % 3: second}))
        run.go()
        run.check()
