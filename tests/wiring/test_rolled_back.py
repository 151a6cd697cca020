"""A ledger that has fewer entries than were signed is not appended to, whoever notices first."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.errors import LedgerConflict, LedgerCorrupt
from monitor.ledger.log import Log
from monitor.storage.directory import DirectoryStore
from monitor.wiring import open_monitor, verify_places
from monitor.wiring.places import Places
from tests.ledger.writing import draft
from tests.wiring.daily import BODIES, delivered

LATER = delivered(2, *BODIES[2:])


def backup(data: Path) -> Path:
    """Keep the ledger as it is now."""
    return Path(shutil.copytree(data / "ledger", data.parent / f"{data.name}.backup"))


def restore(data: Path) -> None:
    """Put the ledger back to what it was: what a careless restore does."""
    shutil.rmtree(data / "ledger")
    shutil.copytree(data.parent / f"{data.name}.backup", data / "ledger")


def begun(data: Path) -> None:
    """A ledger of one batch, signed, and a backup of it; then two batches more, signed too."""
    with open_monitor(data, None, replay=True, notify=False) as monitor:
        monitor.ingest(delivered(0, BODIES[0]))
        monitor.publish()
        backup(data)
        monitor.ingest(delivered(1, BODIES[1]))
        monitor.ingest(LATER)
        monitor.publish()


def batches(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "ledger" / "b").iterdir())


def refused(data: Path) -> None:
    """Assert that nobody appends, and that verify and fsck say what is wrong."""
    before = batches(data)
    with (
        pytest.raises(LedgerCorrupt),
        open_monitor(data, None, replay=True, notify=False) as monitor,
    ):
        monitor.ingest(delivered(1, BODIES[1]))
    assert batches(data) == before
    problems = verify_places(Places(data)).problems
    assert any("entries were signed" in problem for problem in problems), problems


def drop_views(data: Path) -> None:
    """Remove the SQLite files; the checkpoint is no view of ours to lose."""
    for path in (data / "view").glob("*.db*"):
        path.unlink()


@pytest.mark.parametrize(
    "views",
    [
        pytest.param(lambda data: None, id="views kept"),
        pytest.param(drop_views, id="views lost"),
    ],
)
def test_a_restored_ledger_beside_a_view_that_witnessed_more(
    tmp_path: Path, views: Callable[[Path], None]
) -> None:
    data = tmp_path / "data"
    begun(data)
    restore(data)
    views(data)
    refused(data)


def test_a_ledger_put_back_under_a_running_process(tmp_path: Path) -> None:
    """It would append behind a hole: in a locked container nobody could ever mend that."""
    data = tmp_path / "data"
    with open_monitor(data, None, replay=True, notify=False) as monitor:
        monitor.ingest(delivered(0, BODIES[0]))
        backup(data)
        monitor.ingest(delivered(1, BODIES[1]))
        restore(data)
        before = batches(data)
        with pytest.raises(LedgerCorrupt, match="missing, though it was there"):
            monitor.ingest(LATER)
        assert batches(data) == before


def test_what_another_process_signed_counts_for_one_that_runs(tmp_path: Path) -> None:
    """One looks at what another signed, and knows it from there on; then the ledger goes back."""
    data = tmp_path / "data"
    with open_monitor(data, None, replay=True, notify=False) as one:
        one.ingest(delivered(0, BODIES[0]))
        one.publish()
        backup(data)
        with open_monitor(data, None, replay=True, notify=False) as other:
            other.ingest(delivered(1, BODIES[1]))
            other.publish()
        one.publish()
        restore(data)
        before = batches(data)
        with pytest.raises(LedgerCorrupt):
            one.ingest(LATER)
        assert batches(data) == before
    refused(data)


def test_a_writer_overtaken_and_signed_over_is_only_late(tmp_path: Path) -> None:
    """More was signed than its head has, because others committed: a conflict, and no alarm."""
    data = tmp_path / "data"
    with (
        open_monitor(data, None, replay=True, notify=False) as one,
        open_monitor(data, None, replay=True, notify=False) as other,
    ):
        one.ingest(delivered(0, BODIES[0]))
        head = one._log.head()
        other.ingest(delivered(1, BODIES[1]))
        other.publish()
        one.publish()
        with pytest.raises(LedgerConflict):
            one._log.append(draft([b'{"t":"late"}'], head), head)
        assert one.ingest(LATER).relevant == 1
    assert verify_places(Places(data)).valid


def test_a_checkpoint_removed_by_hand_gives_up_what_it_witnessed(tmp_path: Path) -> None:
    """As docs/ledger-format.md says; the notes beside the log were put back with it."""
    data = tmp_path / "data"
    begun(data)
    restore(data)
    drop_views(data)
    (data / "view" / "checkpoint").unlink()
    with open_monitor(data, None, replay=True, notify=False) as monitor:
        monitor.ingest(delivered(1, BODIES[1]))
        monitor.publish()
    assert verify_places(Places(data)).valid


def test_the_notes_in_the_ledger_stop_a_publisher_whose_view_is_gone(tmp_path: Path) -> None:
    """The batches were cut and the view with its checkpoint is gone; the notes were left."""
    data = tmp_path / "data"
    begun(data)
    for name in batches(data)[1:]:
        (data / "ledger" / "b" / name).unlink()
    shutil.rmtree(data / "view")
    with (
        open_monitor(data, None, replay=True, notify=False) as monitor,
        pytest.raises(LedgerCorrupt, match="rolled back, forked or rewritten"),
    ):
        monitor.publish()
    log = Log(DirectoryStore(data / "ledger"))
    assert log.head().seq == 0
    assert not (data / "view" / "checkpoint").exists()
