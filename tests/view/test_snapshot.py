"""Snapshots: a cold instance loads what a publisher kept, and knows what folding would tell it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from monitor.ledger import layout
from monitor.ledger.log import Head, Log
from monitor.ledger.store import Store
from monitor.storage.directory import DirectoryStore
from monitor.storage.memory import MemoryStore
from monitor.view import keeping
from monitor.view.cells import Table
from monitor.view.files import SHAPE
from monitor.view.history import Question
from tests.view.scene import TENANT, Scene, grow, kept

if TYPE_CHECKING:
    from tests.azurite import Azurite


class Counting:
    """A store that counts what is asked of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.gets: list[str] = []

    def get(self, name: str) -> bytes | None:
        self.gets.append(name)
        return self._store.get(name)

    def create(self, name: str, content: bytes) -> bool:
        return self._store.create(name, content)

    def put(self, name: str, content: bytes) -> None:
        self._store.put(name, content)


@pytest.fixture(params=["memory", "directory", "blob"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    if request.param == "memory":
        return Scene(tmp_path)
    if request.param == "directory":
        return Scene(tmp_path, DirectoryStore(tmp_path / "l"), DirectoryStore(tmp_path / "v"))
    server: Azurite = request.getfixturevalue("azurite")
    return Scene(tmp_path, MemoryStore(), server.store())


def test_a_cold_instance_loads_both_views_and_folds_the_rest(scene: Scene) -> None:
    log = scene.log()
    grow(log, 98)
    with scene.view(saved=False) as live:
        assert scene.keep(live) == (97, 96)  # whole chunks of the history only
        grow(log, 4)
        live.catch_up()
        ledger, scene.hint = Counting(scene.ledger), 100
        with scene.view(ledger=ledger) as cold, capture_logs() as logs:
            cold.catch_up()
            assert cold.dump() == live.dump()
    assert [one["event"] for one in logs] == ["snapshot.loaded"]
    assert min(ledger.gets) == layout.batch(96), "where the history's snapshot stands"


def test_what_is_decided_next_does_not_wait_for_the_history(tmp_path: Path) -> None:
    with kept(tmp_path, 100) as (scene, _):
        chunks, ledger = Counting(scene.shown), Counting(scene.ledger)
        with scene.view(shown=chunks, ledger=ledger) as cold:
            cold.catch_up()
            assert len(cold.rows(Table.UNDELIVERED)) == 34
            assert len(chunks.gets) == 2  # a manifest and the one chunk of the state
            assert len(set(ledger.gets)) < 15
            assert cold._index.mark() == -1
            grow(scene.log(), 2)
            cold.catch_up()
            assert cold._index.mark() == -1
            assert cold.find(Question(most=1)) == [167]
            assert cold._index.mark() == 101
            grow(scene.log(), 1)
            cold.catch_up()
            assert cold._index.mark() == 102, "from here on it keeps step"


def test_an_entry_is_found_without_the_history(tmp_path: Path) -> None:
    with kept(tmp_path, 100) as (scene, _), scene.view() as cold:
        cold.catch_up()
        with scene.view(saved=False) as live:
            live.catch_up()
            size = live.standing.size
            places = [live.place(index) for index in range(-1, size + 2)]
        assert [cold.place(index) for index in range(-1, size + 2)] == places
        assert cold._index.mark() == -1


def test_the_history_comes_a_little_at_a_time(tmp_path: Path) -> None:
    with kept(tmp_path, 100) as (scene, held), scene.view() as cold:
        cold.catch_up()
        marks = []
        while cold._index.mark() < 99:
            cold.catch_up_history(0)
            marks.append(cold._index.mark())
        assert marks == sorted(marks)
        assert len(marks) > 5
        assert cold.dump() == held


def test_a_state_in_many_chunks_is_the_same_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "STATE_BYTES", 1000)
    with kept(tmp_path, 60) as (scene, held):
        manifest = scene.saved().manifest("state")
        assert manifest is not None
        assert len(manifest.chunks) > 5
        with scene.view() as cold, capture_logs() as logs:
            cold.catch_up()
            assert cold.dump() == held
        assert [one["event"] for one in logs] == ["snapshot.loaded"]


def test_what_nobody_needs_any_more_is_emptied_one_snapshot_later(tmp_path: Path) -> None:
    with kept(tmp_path, 20) as (scene, _), scene.view(saved=False) as live:
        assert isinstance(scene.shown, MemoryStore)
        folder = layout.snapshot("state", SHAPE).removesuffix("manifest")
        full: list[int] = []
        for _ in range(6):
            grow(scene.log(), 3)
            scene.keep(live)
            objects = scene.shown.objects.items()
            full.append(sum(1 for name, body in objects if name.startswith(folder) and body))
        assert full == [3, 3, 3, 3, 3, 3]  # a manifest, the chunk it names, the one before


def test_two_publishers_cut_the_history_alike(tmp_path: Path) -> None:
    one, other = MemoryStore(), MemoryStore()
    scene = Scene(tmp_path)
    with scene.view(saved=False) as live:
        for step in (5, 17, 1, 40, 9):
            grow(scene.log(), step)
            scene.keep(live, scene.keeper(shown=one))
        scene.keep(live, scene.keeper(shown=other))
    assert objects_of(one) == objects_of(other)
    assert len(objects_of(one)) > 8


def objects_of(store: MemoryStore) -> dict[str, bytes]:
    """The objects of the history's snapshot."""
    return {name: body for name, body in store.objects.items() if "history" in name}


def test_a_view_far_behind_is_loaded_rather_than_folded(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    log = scene.log()
    grow(log, 10)
    with scene.view() as behind, scene.view(saved=False) as live:
        behind.catch_up()
        behind.posture(TENANT)
        grow(log, 50)
        scene.keep(live)
        with capture_logs() as logs:
            behind.catch_up()
        assert [one["event"] for one in logs] == ["snapshot.loaded"]
        assert behind.posture(TENANT).documents == live.posture(TENANT).documents
        assert behind.dump() == live.dump()


class Late:
    """A log whose first answer was given before the last batches were there."""

    def __init__(self, log: Log, early: Head) -> None:
        self._log = log
        self._early = [early]
        self.read = log.read

    def head(self) -> Head:
        return self._early.pop() if self._early else self._log.head()


def test_a_snapshot_further_than_the_head_just_read_moves_the_head_on(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    grow(scene.log(), 10)
    early = scene.log().head()
    grow(scene.log(), 20)
    with scene.view(saved=False) as live, scene.view() as cold:
        scene.keep(live)
        cold._log = Late(scene.log(), early)
        assert cold.catch_up().seq == 29
        assert cold.dump() == live.dump()


def test_rebuild_folds_the_ledger_whatever_was_kept(tmp_path: Path) -> None:
    with kept(tmp_path, 30) as (scene, held):
        ledger = Counting(scene.ledger)
        with scene.view(ledger=ledger) as cold, capture_logs() as logs:
            cold.rebuild()
            assert cold.dump() == held
        assert logs == []
        assert {layout.batch(seq) for seq in range(30)} <= set(ledger.gets)


def test_questions_and_batches_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    """While one thread folds new batches, others ask a history that is still being loaded."""
    with kept(tmp_path, 200) as (scene, _), scene.view() as cold:
        cold.catch_up()
        log = scene.log()

        def ask(number: int) -> int:
            return len(cold.find(Question(most=5))) + len(cold.rows(Table.UNDELIVERED)) * number

        def follow(_number: int) -> int:
            grow(log, 1)
            return cold.catch_up().seq

        with ThreadPoolExecutor(3) as pool:
            asked = [pool.submit(ask, 0) for _ in range(20)]
            followed = [pool.submit(ask if n % 4 else follow, n) for n in range(40)]
            assert {one.result(timeout=60) for one in asked} == {5}
            assert followed[36].result(timeout=60) >= 200
        with scene.view(saved=False) as live:
            live.catch_up()
            cold.catch_up()
            assert cold.dump() == live.dump()
