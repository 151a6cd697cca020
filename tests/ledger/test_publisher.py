from pathlib import Path

import pytest

from monitor.errors import InvalidInput, LedgerCorrupt, StorageUnavailable
from monitor.ledger import layout
from monitor.ledger.checkpoint import Checkpoint, open_checkpoint
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey
from monitor.ledger.publisher import head_hint, publish, witnessed
from monitor.storage.directory import DirectoryStore
from monitor.storage.memory import MemoryStore
from tests.ledger.faulty import Fault, FaultyStore, Plan, WriteOnceStore
from tests.ledger.writing import KEY, deliver

OTHER = SigningKey(KEY.name, bytes(range(1, 33)))
KEYS = (KEY.verifier,)


@pytest.fixture
def ledger() -> WriteOnceStore:
    return WriteOnceStore()


@pytest.fixture
def view() -> MemoryStore:
    return MemoryStore()


def test_an_empty_log_is_not_published(ledger: WriteOnceStore, view: MemoryStore) -> None:
    assert publish(ledger, view, KEY, Log(ledger)) is None
    assert (ledger.objects, view.objects) == ({}, {})
    assert witnessed(view, KEYS) is None
    assert head_hint(view) == -1


def test_the_head_is_signed_kept_and_shown(ledger: WriteOnceStore, view: MemoryStore) -> None:
    log = Log(ledger)
    deliver(log, range(3))
    published = publish(ledger, view, KEY, log)
    assert published == Checkpoint(KEY.name, 4, log.head().root)
    note = view.objects["checkpoint"]
    assert ledger.objects["sth/000000000004"] == note
    assert open_checkpoint(note, KEYS) == published == witnessed(view, KEYS)
    assert view.objects["head"] == b"0\n"
    assert head_hint(view) == 0


def test_publishing_again_changes_nothing(ledger: WriteOnceStore, view: MemoryStore) -> None:
    log = Log(ledger)
    deliver(log, range(3))
    published = publish(ledger, view, KEY, log)
    before = (dict(ledger.objects), dict(view.objects))
    assert publish(ledger, view, KEY, Log(ledger)) == published
    assert (ledger.objects, view.objects) == before


def test_two_instances_write_the_same_bytes(view: MemoryStore, ledger: WriteOnceStore) -> None:
    log, another = Log(ledger), MemoryStore()
    deliver(log, range(3))
    publish(ledger, view, KEY, log)
    publish(ledger, another, KEY, Log(ledger))
    assert another.objects == view.objects


def test_a_slow_publisher_does_not_leave_an_older_checkpoint(
    ledger: WriteOnceStore, view: MemoryStore
) -> None:
    """Between its look at the view and its put, another one commits and publishes."""
    log, fast = Log(ledger), Log(ledger)
    deliver(log, [1])

    class Slow(FaultyStore):
        overtaken = False

        def put(self, name: str, content: bytes) -> None:
            if not self.overtaken:
                self.overtaken = True
                deliver(fast, [2])
                publish(ledger, view, KEY, fast)
            super().put(name, content)

    published = publish(ledger, Slow(view, Plan()), KEY, log)
    assert published == witnessed(view, KEYS)
    assert published == Checkpoint(KEY.name, fast.head().size, fast.head().root)


def test_a_publisher_behind_the_view_lets_it_stand(
    ledger: WriteOnceStore, view: MemoryStore
) -> None:
    class Behind(Log):
        """Sees the log as it was, once."""

        seen = False

        def _latest(self) -> int:
            latest, self.seen = super()._latest() if self.seen else 0, True
            return latest

    class Unchanging(FaultyStore):
        def put(self, name: str, content: bytes) -> None:
            raise AssertionError(f"{name} was put, though the view knew more")

    log = Log(ledger)
    deliver(log, [1])
    deliver(log, [2])
    newest = publish(ledger, view, KEY, log)
    assert publish(ledger, Unchanging(view, Plan()), KEY, Behind(ledger)) == newest
    assert witnessed(view, KEYS) == newest


def test_an_unanswered_create_of_the_note_is_settled_by_reading_back(
    ledger: WriteOnceStore, view: MemoryStore
) -> None:
    log = Log(ledger)
    deliver(log, [1])
    unanswered = FaultyStore(ledger, Plan({0: Fault.LOST_REPLY}))
    assert publish(unanswered, view, KEY, log) == witnessed(view, KEYS)
    deliver(log, [2])
    refused = FaultyStore(ledger, Plan({0: Fault.REFUSED}))
    with pytest.raises(StorageUnavailable, match="refused"):
        publish(refused, view, KEY, log)


def test_a_key_that_genesis_does_not_announce_signs_nothing(
    ledger: WriteOnceStore, view: MemoryStore
) -> None:
    log = Log(ledger)
    deliver(log, [1])
    before = dict(ledger.objects)
    with pytest.raises(InvalidInput, match="no signing key here is one this log announced"):
        publish(ledger, view, OTHER, log)
    assert (ledger.objects, view.objects) == (before, {})


def rewritten() -> WriteOnceStore:
    """Another log of the same shape: the one an attacker with the store would put in place."""
    other = WriteOnceStore()
    log = Log(other)
    deliver(log, [1])
    deliver(log, [2, 3])
    return other


@pytest.mark.parametrize("further", [0, 1])
def test_a_rewritten_log_is_not_signed(
    ledger: WriteOnceStore, view: MemoryStore, further: int
) -> None:
    log = Log(ledger)
    deliver(log, [1])
    deliver(log, [2, 3])
    publish(ledger, view, KEY, log)
    shown = dict(view.objects)
    forged = rewritten()
    other = Log(forged)
    for position in range(further):
        deliver(other, [100 + position])
    before = dict(forged.objects)
    with pytest.raises(LedgerCorrupt, match="rolled back or rewritten"):
        publish(forged, view, KEY, other)
    assert (forged.objects, view.objects) == (before, shown)


def test_a_rolled_back_log_is_not_signed(ledger: WriteOnceStore, view: MemoryStore) -> None:
    log = Log(ledger)
    deliver(log, [1])
    deliver(log, [2])
    publish(ledger, view, KEY, log)
    del ledger.objects["b/001"]
    with pytest.raises(LedgerCorrupt, match="rolled back or rewritten"):
        publish(ledger, view, KEY, Log(ledger))


def forked(ledger: MemoryStore, view: MemoryStore, further: int) -> Log:
    """Sign 7 entries, put the log back behind its first batch, and let another history follow."""
    log = Log(ledger)
    deliver(log, [1])
    deliver(log, [2, 3, 4, 5])
    publish(ledger, view, KEY, log)
    del ledger.objects["b/001"]
    other = Log(ledger)
    for position in range(further):
        deliver(other, [100 + 3 * position, 101 + 3 * position, 102 + 3 * position])
    return other


@pytest.mark.parametrize("further", [0, 1, 2, 3])
def test_a_fork_is_not_signed_where_only_a_note_in_the_ledger_contradicts_it(
    view: MemoryStore, further: int
) -> None:
    ledger = MemoryStore()
    log = forked(ledger, view, further)
    view.objects.clear()
    before = dict(ledger.objects)
    with pytest.raises(LedgerCorrupt, match=r"sth/000000000007: its 7 entries.*forked"):
        publish(ledger, view, KEY, log)
    assert (ledger.objects, view.objects) == (before, {})


@pytest.mark.parametrize("further", [1, 2, 3])
def test_a_fork_is_not_signed_on_an_older_checkpoint(view: MemoryStore, further: int) -> None:
    ledger = MemoryStore()
    log = forked(ledger, view, further)
    first = next(log.batches())
    root = log.root_at(first.end)
    assert root is not None
    view.put("checkpoint", Checkpoint(KEY.name, first.end, root).signed(KEY))
    with pytest.raises(LedgerCorrupt, match=r"sth/000000000007"):
        publish(ledger, view, KEY, log)


def test_a_lost_view_is_shown_again_where_the_notes_agree(view: MemoryStore) -> None:
    ledger = MemoryStore()
    log = Log(ledger)
    for position in range(3):
        deliver(log, [position])
        publish(ledger, view, KEY, log)
    view.objects.clear()
    deliver(log, [7])
    assert publish(ledger, view, KEY, Log(ledger)) == witnessed(view, KEYS)


def test_a_note_over_another_tree_is_not_overruled(
    ledger: WriteOnceStore, view: MemoryStore
) -> None:
    log = Log(ledger)
    deliver(log, [1])
    size = log.head().size
    for note in (Checkpoint(KEY.name, size, bytes(32)).signed(KEY), b"no note"):
        ledger.objects[layout.tree_head(size)] = note
        with pytest.raises(LedgerCorrupt, match="sth/000000000002"):
            publish(ledger, view, KEY, log)
        assert "checkpoint" not in view.objects


def test_a_note_that_another_key_signed_over_this_tree_stands(
    ledger: WriteOnceStore, view: MemoryStore
) -> None:
    log = Log(ledger)
    deliver(log, [1])
    head = log.head()
    note = Checkpoint(KEY.name, head.size, head.root).signed(OTHER)
    ledger.objects[layout.tree_head(head.size)] = note
    assert publish(ledger, view, KEY, log) == witnessed(view, KEYS)
    assert ledger.objects[layout.tree_head(head.size)] == note


def test_a_damaged_checkpoint_stops_the_publisher(
    ledger: WriteOnceStore, view: MemoryStore
) -> None:
    log = Log(ledger)
    deliver(log, [1])
    view.put("checkpoint", b"damaged")
    with pytest.raises(LedgerCorrupt, match="checkpoint: not a signed note"):
        publish(ledger, view, KEY, log)


@pytest.mark.parametrize("content", [b"", b"x\n", b"-5\n", b"12 3\n", b"\xff"])
def test_a_damaged_hint_is_no_hint(view: MemoryStore, content: bytes) -> None:
    view.put("head", content)
    assert head_hint(view) == -1


def test_what_was_published_is_a_witness(ledger: WriteOnceStore, view: MemoryStore) -> None:
    log = Log(ledger)
    deliver(log, [1])
    deliver(log, [2])
    publish(ledger, view, KEY, log)
    old_head = next(Log(ledger).batches()).end
    assert old_head == 2
    truncated = WriteOnceStore()
    truncated.objects["b/000"] = ledger.objects["b/000"]
    shown = witnessed(view, KEYS)
    assert shown is not None
    with pytest.raises(LedgerCorrupt, match="rolled back"):
        deliver(Log(truncated, witnessed=shown.size), [3])


def test_an_unreachable_view_is_unavailable(ledger: WriteOnceStore) -> None:
    log = Log(ledger)
    deliver(log, [1])
    with pytest.raises(StorageUnavailable):
        publish(ledger, FaultyStore(MemoryStore(), Plan({0: Fault.REFUSED})), KEY, log)
    assert layout.tree_head(2) not in ledger.objects


def test_a_directory_serves_as_well(tmp_path: Path) -> None:
    ledger, view = DirectoryStore(tmp_path / "ledger"), DirectoryStore(tmp_path / "view")
    log = Log(ledger)
    deliver(log, range(3))
    assert publish(ledger, view, KEY, log) == witnessed(view, KEYS)
    assert (tmp_path / "view" / "checkpoint").read_bytes().startswith(KEY.name.encode())
