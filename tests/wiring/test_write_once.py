"""The whole corridor on a store that refuses to write anything over: WORM as Azure locks it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.errors import LedgerConflict
from monitor.ledger.log import Log
from monitor.ledger.store import Store
from monitor.storage.memory import MemoryStore
from monitor.wiring import open_monitor
from tests.ledger.faulty import WriteOnceStore
from tests.ledger.writing import draft
from tests.standing import standing_on
from tests.wiring.daily import BODIES, Line, day, delivered, entries, inspected, live


class Watched(WriteOnceStore):
    """Remembers every object as it was created: none may ever be another, or be gone."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, bytes] = {}

    def create(self, name: str, content: bytes) -> bool:
        created = super().create(name, content)
        if created:
            self.first[name] = content
        return created

    def every(self, folder: str) -> Iterator[str]:
        yield from [name for name in self.objects if not folder or name.startswith(f"{folder}/")]


@pytest.fixture
def stores() -> dict[str, Watched | MemoryStore]:
    return {"ledger": Watched(), "raw": Watched(), "view": MemoryStore()}


def test_the_whole_corridor_only_ever_creates(
    stores: dict[str, Watched | MemoryStore], tmp_path: Path
) -> None:
    line = Line()
    day(tmp_path, stores, line)
    told = list(line.carried)
    assert told
    day(tmp_path, stores, line)
    assert line.carried == told
    for place in ("ledger", "raw"):
        store = stores[place]
        assert isinstance(store, Watched)
        assert store.refused == []
        assert store.objects == store.first
    kinds = {kind for kind, _ in entries(stores["ledger"])}
    assert {"change", "enrolment", "quarantine", "finding", "delivery"} <= kinds
    folders = {name.partition("/")[0] for name in stores["ledger"].objects}
    assert folders == {"b", "sth", "doc"}
    found = inspected(stores)
    assert found.report.valid, found.report.problems
    assert found.report.raw > 0
    assert found.unreferenced == 0


def test_views_lost_and_made_anew_write_nothing_over(
    stores: dict[str, Watched | MemoryStore], tmp_path: Path
) -> None:
    day(tmp_path / "one", stores)
    before = dict(stores["ledger"].objects)
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "keys").rename(tmp_path / "two" / "keys")
    with standing_on(stores), open_monitor(tmp_path / "two", None, replay=True) as monitor:
        monitor.rebuild()
        live(monitor)
    assert stores["ledger"].objects.items() >= before.items()
    assert inspected(stores).report.valid


def test_a_late_writer_s_create_changes_nothing(tmp_path: Path) -> None:
    """Its create was under way when it was given up; others committed that number and more."""
    ledger = Held()
    stores: dict[str, Store] = {"ledger": ledger, "raw": WriteOnceStore(), "view": MemoryStore()}
    with (
        standing_on(stores),
        open_monitor(tmp_path, None, replay=True) as slow,
        open_monitor(tmp_path, None, replay=True) as fast,
    ):
        fast.ingest(delivered(0, BODIES[0]))
        ledger.hold = "b/"
        with pytest.raises(GivenUpError):
            slow.ingest(delivered(1, BODIES[1]))
        ledger.hold = None
        fast.ingest(delivered(1, BODIES[1]))
        fast.ingest(delivered(2, *BODIES[2:]))
        fast.publish()
        before = dict(ledger.objects)
        assert ledger.arrive() is False
        assert ledger.objects == before
        slow.ingest(delivered(0, *BODIES))
        slow.publish()
    once = entries(ledger)
    assert {count for (kind, _), count in once.items() if kind == "change"} == {1}
    assert Log(ledger).head().cursors
    found = inspected(stores)
    assert found.report.valid, found.report.problems


class GivenUpError(Exception):
    """The host gave up waiting."""


class Held(WriteOnceStore):
    """A store that lets a create of a batch arrive much later than its writer lived."""

    def __init__(self) -> None:
        super().__init__()
        self.hold: str | None = None
        self._underway: tuple[str, bytes] | None = None

    def create(self, name: str, content: bytes) -> bool:
        if self.hold and name.startswith(self.hold):
            self._underway = (name, content)
            raise GivenUpError(name)
        return super().create(name, content)

    def arrive(self) -> bool:
        """The create arrives now; tell whether it took."""
        assert self._underway is not None
        return super().create(*self._underway)


def test_a_writer_that_took_its_head_before_others_committed_decides_again(
    tmp_path: Path,
) -> None:
    stores: dict[str, Store] = {
        "ledger": WriteOnceStore(),
        "raw": WriteOnceStore(),
        "view": MemoryStore(),
    }
    day(tmp_path, stores)
    log = Log(stores["ledger"])
    head = log.head()
    other = Log(stores["ledger"])
    with standing_on(stores), open_monitor(tmp_path, None, replay=True) as monitor:
        monitor.ingest(delivered(9, BODIES[3]))
        monitor.publish()
    log.witness(other.head().size)
    with pytest.raises(LedgerConflict):
        log.append(draft([b'{"t":"x"}'], head), head)
