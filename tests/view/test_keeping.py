"""Publishers that die, lose answers or meet each other leave snapshots that are right."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from monitor.errors import StorageUnavailable
from monitor.ledger import layout
from monitor.ledger.store import Store
from monitor.storage.memory import MemoryStore
from monitor.view import batches, snapshot
from monitor.view.files import FILES, SHAPE
from monitor.view.snapshot import Fault as Unfit
from monitor.view.view import View
from tests.ledger.faulty import Crash, Fault, FaultyStore, Plan
from tests.view.scene import Scene, grow, kept

STATE = layout.snapshot("state", SHAPE)


def loads(scene: Scene, held: list[str], *events: str) -> None:
    """A cold instance knows what the live one does, with these words in its log."""
    with scene.view() as cold, capture_logs() as logs:
        cold.catch_up()
        assert cold.dump() == held
    assert [one["event"] for one in logs] == list(events)


@contextmanager
def grown(place: Path) -> Iterator[tuple[Scene, View, dict[str, bytes], int]]:
    """A log that grew since its snapshots: with a live view, and what the view store holds.

    And how many operations it takes to keep the view again.
    """
    with kept(place, 70) as (scene, _), scene.view(saved=False) as live:
        grow(scene.log(), 20)
        before = dict(objects(scene))
        plan = Plan()
        scene.keep(live, scene.keeper(shown=FaultyStore(scene.shown, plan)))
        yield scene, live, before, plan.calls


def objects(scene: Scene) -> dict[str, bytes]:
    assert isinstance(scene.shown, MemoryStore)
    return scene.shown.objects


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LATE])
def test_a_publisher_may_fail_at_every_operation(tmp_path: Path, fault: Fault) -> None:
    """Nothing is caught while writing, so a refusal is a crash before, a lost reply one after."""
    with grown(tmp_path) as (scene, live, before, calls):
        assert calls > 10
        for call in range(calls):
            scene.shown = MemoryStore()
            objects(scene).update(before)
            faulty = FaultyStore(scene.shown, Plan({call: fault}))
            with suppress(StorageUnavailable, Crash):  # some are made up for at once
                scene.keep(live, scene.keeper(shown=faulty))
            loads(scene, live.dump(), "snapshot.loaded")
            assert scene.keep(live) == (89, 89)
            loads(scene, live.dump(), "snapshot.loaded")


class Meeting:
    """A store in which something else happens before an operation."""

    def __init__(self, store: Store, at: int, then: Callable[[], object]) -> None:
        self._store = store
        self._left = at
        self._then = then

    def _turn(self) -> None:
        self._left -= 1
        if self._left == -1:
            self._then()

    def get(self, name: str) -> bytes | None:
        self._turn()
        return self._store.get(name)

    def create(self, name: str, content: bytes) -> bool:
        self._turn()
        return self._store.create(name, content)

    def put(self, name: str, content: bytes) -> None:
        self._turn()
        self._store.put(name, content)


class NotSwapping(Meeting):
    """A store without compare-and-swap."""


class Swapping(Meeting):
    """A store with compare-and-swap."""

    def swap(self, name: str, expected: bytes | None, content: bytes) -> bool:
        self._turn()
        if self._store.get(name) != expected:
            return False
        self._store.put(name, content)
        return True


@pytest.mark.parametrize("kind", [NotSwapping, Swapping])
def test_a_slow_publisher_meets_a_faster_one_at_every_operation(
    tmp_path: Path, kind: type[Meeting]
) -> None:
    """One stands at batch 89, and while it writes another writes what it knows at batch 99."""
    older = []
    with (
        grown(tmp_path) as (scene, live, before, calls),
        scene.view(saved=False) as fast,
    ):
        grow(scene.log(), 10)
        fast.catch_up()
        readers = [live.reader(name) for name in FILES]
        assert readers[0] is not None
        assert readers[1] is not None
        for at in range(calls):
            scene.shown = MemoryStore()
            objects(scene).update(before)
            keeper = scene.keeper(shown=kind(scene.shown, at, lambda: scene.keep(fast)))
            keeper.keep_state(readers[0])
            keeper.keep_history(readers[1], lambda: False)
            loads(scene, fast.dump(), "snapshot.loaded")
            manifest = scene.saved().manifest("state")
            assert manifest is not None
            if manifest.seq < 99:
                older.append(at)
            assert scene.keep(fast) == (99, 96)
        readers[0].close()
        readers[1].close()
    assert len(older) <= (kind is NotSwapping), "only between its look and its put"


def test_a_manifest_is_replaced_only_by_one_that_stands_further(tmp_path: Path) -> None:
    with kept(tmp_path, 40) as (scene, _), scene.view(saved=False) as live:
        before = scene.shown.get(STATE)
        assert scene.keep(live) == (39, 36)
        assert scene.shown.get(STATE) == before


def test_a_view_of_another_log_is_not_passed_on(tmp_path: Path) -> None:
    with kept(tmp_path / "one", 40) as (scene, _), kept(tmp_path / "other", 50) as (other, _):
        with scene.view(saved=False) as live:
            live.catch_up()
            reader = live.reader(FILES[0])
            assert reader is not None
            keeper = other.keeper(shown=scene.shown)
            grow(scene.log(), 1)
            live.catch_up()
            live._state.execute("update watermark set digest = 'another'")
            with pytest.raises(Unfit, match="not one of this log"):
                keeper.keep_state(reader)
            reader.close()
        manifest = scene.saved().manifest("state")
        assert manifest is not None
        assert manifest.seq == 39


def test_a_history_written_in_turns_is_whole_after_each(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    grow(scene.log(), 100)
    with scene.view(saved=False) as live:
        live.catch_up()
        live.catch_up_history(60)
        reader = live.reader(FILES[1])
        assert reader is not None
        stands = [scene.keeper().keep_history(reader, lambda: True) for _ in range(14)]
        reader.close()
        assert stands == sorted(stands)
        assert len(set(stands)) > 10
        scene.keep(live)
        loads(scene, live.dump(), "snapshot.loaded")


def test_a_manifest_too_long_for_a_note_is_said(tmp_path: Path) -> None:
    with kept(tmp_path, 10) as (scene, _):
        manifest = scene.saved().manifest("state")
        assert manifest is not None
        long = msgspec.structs.replace(manifest, chunks=manifest.chunks * 20_000)
        with pytest.raises(ValueError, match="do not fit"):
            snapshot.signed(long, "log.example", scene.keeper().signers)


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_come_in_order_and_few_are_held(threads: int) -> None:
    asked: list[int] = []
    most = 0

    def fetch(number: int) -> int:
        asked.append(number)
        return number

    for taken, number in enumerate(batches.in_order(fetch, range(200), threads)):
        assert number == taken
        most = max(most, len(asked) - taken)
    assert sorted(asked) == list(range(200))
    assert most <= 2 * threads


def test_what_fails_on_its_way_is_raised_in_its_turn() -> None:
    def fetch(number: int) -> int:
        if number == 30:
            raise StorageUnavailable("30")
        return number

    came: list[int] = []
    with pytest.raises(StorageUnavailable, match="30"):
        came.extend(batches.in_order(fetch, range(100), 4))
    coming = batches.in_order(fetch, range(100), 4)
    assert [next(coming) for _ in range(30)] == list(range(30))
    with pytest.raises(StorageUnavailable, match="30"):
        next(coming)
