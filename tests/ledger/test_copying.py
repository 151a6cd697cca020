"""Copying: byte for byte, never over anything, and at every moment a shorter log."""

from collections.abc import Callable

import pytest

from monitor.errors import InvalidInput, LedgerCorrupt, StorageUnavailable
from monitor.ledger import copying, layout
from monitor.ledger.copying import Copied, Place, copy_ledger
from monitor.ledger.log import Log
from monitor.ledger.publisher import publish
from monitor.storage.memory import MemoryStore
from tests.ledger.whole import SECOND, Whole, gather_whole
from tests.ledger.writing import KEY, deliver


class Spoiled(MemoryStore):
    """A store whose nth write, of all stores that share `writes`, is spoiled."""

    def __init__(self, writes: list[str], at: int = -1, *, done: bool = False) -> None:
        super().__init__()
        self._writes, self._at, self._done = writes, at, done

    def create(self, name: str, content: bytes) -> bool:
        return self._spoil(name, lambda: super(Spoiled, self).create(name, content))

    def put(self, name: str, content: bytes) -> None:
        self._spoil(name, lambda: super(Spoiled, self).put(name, content) is None)

    def _spoil(self, name: str, write: Callable[[], bool]) -> bool:
        self._writes.append(name)
        if len(self._writes) - 1 != self._at:
            return write()
        if self._done:
            write()
        raise StorageUnavailable(f"{name}: lost")


class Locked(MemoryStore):
    """A container under a locked retention policy."""

    def put(self, name: str, content: bytes) -> None:
        raise AssertionError(f"{name}: the copy tried to write over a locked object")


@pytest.fixture(scope="module")
def whole() -> Whole:
    return gather_whole()


def place(places: Whole) -> Place:
    return Place(places.ledger, places.raw, places.view)


def empty() -> Whole:
    return Whole(Locked(), MemoryStore(), Locked())


def copied(source: Whole, target: Whole) -> Copied:
    return copy_ledger(place(source), place(target))


def objects(places: Whole) -> dict[str, dict[str, bytes]]:
    stores = {"ledger": places.ledger, "raw": places.raw, "view": places.view}
    return {name: dict(store.objects) for name, store in stores.items()}


def test_a_copy_is_the_same_objects_and_inspects_as_clean(whole: Whole) -> None:
    target = empty()
    done = copied(whole, target)
    assert objects(target) == objects(whole)
    assert not target.fsck().report.problems
    assert (done.batches, done.notes, done.documents, done.raw) == (8, 6, 1, 1)
    assert (done.anchors, done.expired, done.found) == (2, 0, 0)
    assert done.head.root == Log(whole.ledger).head().root
    again = copied(whole, target)
    assert objects(target) == objects(whole)
    assert (again.written, again.found) == (0, done.written)


def test_what_nobody_refers_to_and_what_is_made_anew_stays_behind(whole: Whole) -> None:
    source, target = whole.copy(), empty()
    orphan = layout.document("a" * 64)
    source.ledger.create(orphan, b"{}")
    source.view.create(layout.ANCHORS, b"{}")
    source.view.create(layout.snapshot("state", 1), b"{}")
    source.raw.create("b" * 64, b"never entered")
    copied(source, target)
    assert objects(target) == objects(whole)


@pytest.mark.parametrize("done", [False, True], ids=["lost", "done-and-lost"])
def test_wherever_it_breaks_off_there_is_a_shorter_log_and_the_next_run_ends_it(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    monkeypatch.setattr(copying, "CHECKPOINT_EVERY", 2)
    monkeypatch.setattr(copying, "AHEAD", 2)
    writes: list[str] = []
    copied(whole, Whole(*(Spoiled(writes) for _ in range(3))))
    for at in range(len(writes)):
        target = Whole(*(Spoiled([], -1) for _ in range(3)))
        shared: list[str] = []
        for store in (target.ledger, target.view, target.raw):
            assert isinstance(store, Spoiled)
            store._writes, store._at, store._done = shared, at, done
        with pytest.raises(StorageUnavailable):
            copied(whole, target)
        shorter(whole, target, at)
        copied(whole, target)
        assert objects(target) == objects(whole), at


def shorter(whole: Whole, target: Whole, at: int) -> None:
    """What stands is the beginning of the source, and each batch has what it refers to."""
    stand = [name for name in target.ledger.objects if layout.batch_number(name) is not None]
    assert len(list(Log(target.ledger).batches())) == len(stand), at
    for mine, theirs in zip(objects(target).values(), objects(whole).values(), strict=True):
        for name, content in mine.items():
            # `head` and `checkpoint` are the only names whose content moves
            if name not in (layout.HEAD, layout.CHECKPOINT):
                assert theirs[name] == content, (at, name)
    problems = [
        problem
        for problem in target.verify().problems
        if not problem.startswith(f"{layout.CHECKPOINT}: missing")
    ]
    assert not problems or not stand, (at, problems)


def test_an_unfinished_copy_has_a_checkpoint_of_what_is_there(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "CHECKPOINT_EVERY", 2)
    monkeypatch.setattr(copying, "AHEAD", 1)
    source, target = whole.copy(), empty()
    source.ledger.objects[layout.batch(4)] = b"\x00"
    with pytest.raises(LedgerCorrupt, match="b/004"):
        copied(source, target)
    assert Log(target.ledger).head().seq == 3
    assert target.verify().valid


def test_nothing_is_ever_written_over(whole: Whole) -> None:
    for name in (*whole.ledger.objects, *whole.raw.objects):
        target = empty()
        held = target.raw.objects if name in whole.raw.objects else target.ledger.objects
        held[name] = b"something else"
        with pytest.raises(LedgerCorrupt, match=f"^{name}: "):
            copied(whole, target)
        assert held[name] == b"something else"


def test_a_tile_that_differs_is_the_view_s_and_is_written_anew(whole: Whole) -> None:
    target = empty()
    target.view.put(layout.tile(0, 0), b"damaged")
    copied(whole, target)
    assert objects(target) == objects(whole)


def test_a_place_that_holds_another_log_is_refused(whole: Whole) -> None:
    target = empty()
    deliver(Log(target.ledger), range(3))
    before = objects(target)
    with pytest.raises(InvalidInput, match=f"holds another log, begun as {KEY.name}"):
        copied(whole, target)
    target = empty()
    target.view.put(layout.CHECKPOINT, whole.view.objects[layout.CHECKPOINT])
    with pytest.raises(InvalidInput, match="belongs to another one"):
        copied(whole, target)
    assert before != objects(target)
    assert not target.ledger.objects


def test_an_empty_source_is_refused(whole: Whole) -> None:
    with pytest.raises(InvalidInput, match="no ledger to copy"):
        copied(empty(), empty())


def test_a_source_that_grows_is_copied_up_to_where_it_stood_and_caught_up_later(
    whole: Whole,
) -> None:
    source, target = whole.copy(), empty()

    class Growing(MemoryStore):
        def get(self, name: str) -> bytes | None:
            if name == layout.batch(3) and len(source.ledger.objects) == stood:
                grow(source)
            return super().get(name)

    growing = Growing()
    growing.objects = source.ledger.objects
    stood = len(source.ledger.objects)
    done = copy_ledger(Place(growing, source.raw, source.view), place(target))
    assert done.batches == 8
    assert Log(source.ledger).head().seq == 8
    assert target.verify().valid
    assert copied(source, target).batches == 9
    assert target.verify().valid
    assert target.verify().unsigned == 0


def grow(places: Whole) -> None:
    """One more batch, signed."""
    log = Log(places.ledger)
    deliver(log, range(600, 610))
    publish(places.ledger, places.view, SECOND, log)


def test_an_older_source_puts_nothing_back(whole: Whole) -> None:
    newer = whole.copy()
    grow(newer)
    before = objects(newer)
    done = copied(whole, newer)
    assert done.written == 0
    assert objects(newer) == before


def test_a_note_over_what_no_batch_ends_at_is_not_left_out_in_silence(whole: Whole) -> None:
    source = whole.copy()
    name = layout.tree_head(104)
    source.ledger.create(name, source.ledger.objects[layout.tree_head(101)])
    with pytest.raises(LedgerCorrupt, match=f"{name}: 104 entries were signed"):
        copied(source, empty())


def test_a_document_that_is_missing_in_the_source_is_named(whole: Whole) -> None:
    source = whole.copy()
    (name,) = [name for name in source.ledger.objects if layout.document_digest(name)]
    del source.ledger.objects[name]
    with pytest.raises(LedgerCorrupt, match=f"{name}: missing"):
        copied(source, empty())


def test_expired_bytes_are_counted(whole: Whole) -> None:
    source, target = whole.copy(), empty()
    source.raw.objects.clear()
    assert copied(source, target).expired == 1
    assert target.verify().valid


def test_progress_counts_batches(whole: Whole) -> None:
    seen: list[tuple[int, int]] = []
    copy_ledger(place(whole), place(empty()), lambda done, total: seen.append((done, total)))
    assert seen == [(number, 8) for number in range(1, 9)]
