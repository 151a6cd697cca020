"""A batch that this process appended is folded from memory where the view stands before it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.ledger.log import Batch, Counts, Draft, Head, Log
from monitor.storage.memory import MemoryStore
from monitor.view.files import FILES, watermark
from monitor.view.view import View
from tests.ledger.faulty import FaultyStore, Plan
from tests.view.scene import NOW, grow, leaves
from tests.view.test_damage import spoil


class Following:
    """A log, a view of it, and what the two ask of the store."""

    def __init__(self, place: Path) -> None:
        self.memory = MemoryStore()
        self.plan = Plan()
        self.log = Log(FaultyStore(self.memory, self.plan))
        self.view = View(place, self.log, lambda document: document)
        grow(self.log, 2)
        self.view.catch_up()

    def append(self, head: Head) -> Batch:
        """Append the next batch, as the pipeline would."""
        draft = Draft(leaves(head.seq + 1), {"kind": "file"}, Counts(), {}, NOW)
        return self.log.append(draft, head)

    def asked(self, batch: Batch) -> list[tuple[str, str]]:
        """Follow the batch; return what was asked of the store for it."""
        before = len(self.plan.operations)
        self.view.follow(batch)
        return self.plan.operations[before:]

    def folded(self, place: Path) -> list[str]:
        """What a view of the whole log, folded anew, holds."""
        view = View(place, Log(self.memory), lambda document: document)
        try:
            view.catch_up()
            return view.dump()
        finally:
            view.close()


@contextmanager
def following(place: Path) -> Iterator[Following]:
    scene = Following(place / "live")
    try:
        yield scene
    finally:
        scene.view.close()


def test_nothing_is_read_and_the_view_is_the_same(tmp_path: Path) -> None:
    with following(tmp_path) as scene:
        for _ in range(7):
            assert scene.asked(scene.append(scene.view.standing)) == []
        assert scene.view.standing == scene.log.head()
        assert scene.view.dump() == scene.folded(tmp_path / "anew")


def test_a_view_that_stands_further_back_is_caught_up(tmp_path: Path) -> None:
    with following(tmp_path) as scene:
        grow(Log(scene.memory), 3)
        assert scene.asked(scene.append(scene.log.head()))
        assert scene.view.standing == scene.log.head()
        assert scene.view.dump() == scene.folded(tmp_path / "anew")


def test_an_index_that_somebody_reads_is_made_good_afterwards(tmp_path: Path) -> None:
    with following(tmp_path) as scene:
        index = scene.view._index
        holding, done = threading.Event(), threading.Event()

        def hold() -> None:
            with index.lock:
                holding.set()
                done.wait(30)

        reader = threading.Thread(target=hold)
        reader.start()
        assert holding.wait(30)
        scene.view.follow(scene.append(scene.view.standing))
        done.set()
        reader.join()
        assert (watermark(scene.view._state)[0], index.mark()) == (2, 1)
        scene.view.follow(scene.append(scene.view.standing))
        assert (watermark(scene.view._state)[0], index.mark()) == (3, 3)
        assert scene.asked(scene.append(scene.view.standing)) == []
        assert scene.view.dump() == scene.folded(tmp_path / "anew")


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_folded_anew(tmp_path: Path, name: str) -> None:
    with following(tmp_path) as scene:
        for _ in range(60):
            scene.view.follow(scene.append(scene.view.standing))
        scene.view.close()
        spoil(tmp_path / "live" / name)
        scene.view = View(tmp_path / "live", scene.log, lambda document: document)
        with capture_logs() as logs:
            scene.view.follow(scene.append(scene.log.head()))
        assert [one["files"] for one in logs if one["event"] == "view.damaged"] == [[name]]
        assert scene.view.dump() == scene.folded(tmp_path / "anew")
