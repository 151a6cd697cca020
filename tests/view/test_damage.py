"""A page that goes bad inside a view file: noticed where it is read or written, and folded anew."""

import os
import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.errors import StorageUnavailable
from monitor.view.cells import Table
from monitor.view.files import FILES, SHAPE
from monitor.view.history import Question
from monitor.view.view import View
from tests import entra
from tests.corridor import ingest, opened
from tests.view.scene import TENANT, Scene, grow, kept

PAGE = 4096


TABLES = 4
"""Pages with the names and the roots of the tables: what is asked when a file is opened."""


def spoil(path: Path, kept: int = 1) -> None:
    """Write over every page but so many, of which the first says what the file is."""
    size = path.stat().st_size
    assert size > (kept + 2) * PAGE
    with path.open("r+b") as file:
        file.seek(kept * PAGE)
        file.write(os.urandom(size - kept * PAGE))


def filled(scene: Scene, batches: int) -> list[str]:
    """Grow the log, and say what a view of it holds."""
    grow(scene.log(), batches)
    with scene.view(saved=False) as live:
        live.catch_up()
        return live.dump()


def again(scene: Scene, name: str) -> View:
    """The first instance opened once more, one of its files spoilt in between."""
    place = scene.place / "again"
    with_view = View(place, scene.log(), lambda document: document)
    with_view.catch_up()
    with_view.close()
    spoil(place / name)
    return View(place, scene.log(), lambda document: document)


@pytest.mark.parametrize("name", FILES)
def test_damage_found_while_folding_is_folded_anew(tmp_path: Path, name: str) -> None:
    scene = Scene(tmp_path)
    filled(scene, 60)
    view = again(scene, name)
    held = filled(scene, 30)
    with capture_logs() as logs:
        view.catch_up()
        assert view.dump() == held
    assert [(one["event"], one["files"]) for one in logs] == [("view.damaged", [name])]
    view.close()


def test_damage_found_by_a_question_is_folded_anew(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    held = filled(scene, 60)
    for ask in (
        lambda v: len(v.find(Question(most=7))) == 7,
        lambda v: v.place(1) == 0,
        lambda v: v.counted("finding", "severity", 0, 99) == {"high": 20},
        lambda v: len(v.gravest(0, 99, 3)) == 3,
        lambda v: v.dump() == held,
    ):
        view = again(scene, FILES[1])
        with capture_logs() as logs:
            assert ask(view)
            assert view.dump() == held
        assert [(one["event"], one["files"]) for one in logs] == [("view.damaged", [FILES[1]])]
        view.close()


def test_damage_found_by_looking_at_the_state_is_folded_anew(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    held = filled(scene, 60)
    for ask in (
        lambda v: v.tenants() == [TENANT],
        lambda v: len(v.rows(Table.UNDELIVERED)) == 20,
        lambda v: v.cell(Table.DOCUMENT, TENANT, "conditionalAccessPolicy/policy-3"),
        lambda v: len(v.posture(TENANT).documents) == 7,
        lambda v: v.place(1) == 0,
    ):
        view = again(scene, FILES[0])
        with capture_logs() as logs:
            assert ask(view)
            view.catch_up()
            assert view.dump() == held
        assert [(one["event"], one["files"]) for one in logs] == [("view.damaged", [FILES[0]])]
        view.close()


def test_damage_met_by_the_evaluation_is_no_fault_of_the_record(tmp_path: Path) -> None:
    """The batch is refused as storage out of reach, and taken when it comes again."""
    users = [entra.add_user(entra.at(), f"user-{number:05d}") for number in range(80)]
    with opened(tmp_path) as monitor:
        ingest(monitor, *users)
    with opened(tmp_path) as monitor, capture_logs() as logs:
        spoil(tmp_path / "view" / "state.db", TABLES)
        monitor._view._state.execute("pragma shrink_memory")  # nothing is remembered
        with pytest.raises(StorageUnavailable, match="the view cannot be read"):
            ingest(monitor, *users)
        outcome = ingest(monitor, *users)
        assert (outcome.repeated, outcome.quarantined) == (80, 0)
        live = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == live
    assert "view.damaged" in {one["event"] for one in logs}


def test_a_damaged_state_comes_back_from_its_snapshot(tmp_path: Path) -> None:
    with kept(tmp_path, 80) as (scene, held):
        with scene.view() as view:
            view.catch_up()
        spoil(scene.place / f"instance-{scene.instances}" / FILES[0])
        scene.instances -= 1
        with scene.view() as view, capture_logs() as logs:
            view.catch_up()
            assert len(view.rows(Table.UNDELIVERED)) == 27
            view.catch_up()
            assert view.dump() == held
        events = [one["event"] for one in logs]
        assert events[:2] == ["view.damaged", "snapshot.loaded"]


def test_a_full_disk_is_not_taken_for_damage(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    grow(scene.log(), 30)
    with scene.view(saved=False) as view, capture_logs() as logs:
        view.catch_up()
        (pages,) = view._state.execute("pragma page_count").fetchone()
        view._state.execute(f"pragma max_page_count = {pages}")
        grow(scene.log(), 300)
        with pytest.raises(StorageUnavailable, match="cannot be written"):
            view.catch_up()
        view._state.execute("pragma max_page_count = 1000000")
        view.catch_up()
    assert logs == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_shape_is_folded_anew(tmp_path: Path, name: str) -> None:
    scene = Scene(tmp_path)
    held = filled(scene, 10)
    place = scene.place / "instance-1"
    file = sqlite3.connect(place / name)
    file.execute(f"pragma user_version = {SHAPE + 1}")
    file.execute("create table later (what text)")
    file.close()
    scene.instances = 0
    with scene.view(saved=False) as view:
        view.catch_up()
        assert view.dump() == held
        for connection in (view._state, view._history):
            tables = connection.execute("select name from sqlite_master where name = 'later'")
            assert tables.fetchall() == []


def test_a_history_of_another_log_is_thrown_away(tmp_path: Path) -> None:
    scene, other = Scene(tmp_path / "one"), Scene(tmp_path / "other")
    held = filled(scene, 20)
    filled(other, 50)
    for tail in ("", "-wal", "-shm"):
        source = other.place / "instance-1" / f"history.db{tail}"
        if source.exists():
            target = scene.place / "instance-1" / f"history.db{tail}"
            target.write_bytes(source.read_bytes())
    scene.instances = 0
    with scene.view(saved=False) as view:
        view.catch_up()
        assert view.dump() == held
