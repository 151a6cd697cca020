import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import LedgerConflict, LedgerCorrupt
from monitor.ledger import bundle, layout
from monitor.ledger.cursor import Cursor
from monitor.ledger.log import Batch, Counts, Draft, Head, Log
from tests.ledger import reference
from tests.ledger.faulty import WriteOnceStore
from tests.ledger.writing import GENESIS, KEY, NOW, PARTITION, deliver, draft, entered, leaf


@pytest.fixture
def store() -> WriteOnceStore:
    return WriteOnceStore()


@pytest.fixture
def log(store: WriteOnceStore) -> Log:
    return Log(store)


def filled(store: WriteOnceStore, batches: int) -> Log:
    log = Log(store)
    for number in range(batches):
        deliver(log, range(number * 5, number * 5 + 1 + number % 4))
    return log


def all_leaves(store: WriteOnceStore) -> list[bytes]:
    bodies = [body for name, body in sorted(store.objects.items()) if name.startswith("b/")]
    return [item for body in bodies for item in bundle.decode(body)]


class Counting:
    """Counts the reads of a store."""

    def __init__(self, store: WriteOnceStore) -> None:
        self.store, self.reads = store, 0

    def get(self, name: str) -> bytes | None:
        self.reads += 1
        return self.store.get(name)

    def create(self, name: str, content: bytes) -> bool:
        return self.store.create(name, content)

    def put(self, name: str, content: bytes) -> None:
        self.store.put(name, content)


def test_an_empty_log(log: Log) -> None:
    assert log.head() == Head(-1, 0, (), {}, datetime(1970, 1, 1, tzinfo=UTC))
    assert log.head().root == sha256(b"").digest()
    assert log.genesis() is None
    assert log.read(0) is None
    assert log.read(-1) is None
    assert list(log.batches()) == []
    assert log.containing(0) is None


def test_the_first_batch(store: WriteOnceStore, log: Log) -> None:
    batch = log.append(draft([leaf(7)], log.head()), log.head())
    assert list(store.objects) == ["b/000"]
    header_leaf, entry = bundle.decode(store.objects["b/000"])
    header = json.loads(header_leaf)
    assert header == {
        "t": "batch",
        "v": 1,
        "seq": 0,
        "size": 0,
        "frontier": [],
        "cur": {},
        "src": {"kind": "file", "name": "day.jsonl"},
        "n": 1,
        "time": 1_793_620_800_000,
        "nonce": header["nonce"],
        "counts": {
            "seen": 0,
            "relevant": 0,
            "irrelevant": 0,
            "quarantined": 0,
            "repeated": 0,
        },
        "genesis": dict(GENESIS),
    }
    assert header_leaf.startswith(b'{"t":"batch","v":1,"seq":0,')
    assert (batch.seq, batch.first_index, batch.end) == (0, 0, 2)
    assert batch.header == header
    assert batch.header_leaf == header_leaf
    assert batch.leaves == (entry,) == (leaf(7),)
    assert list(batch.entries()) == [(1, leaf(7))]
    genesis = log.genesis()
    assert genesis is not None
    assert (genesis.origin, genesis.vkeys) == (KEY.name, (KEY.vkey,))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_the_head_is_the_tree_of_all_leaves(sizes: list[int]) -> None:
    store = WriteOnceStore()
    log = Log(store)
    for size in sizes:
        log.append(draft([leaf(i) for i in range(size)], log.head()), log.head())
    leaves = all_leaves(store)
    for head in (log.head(), Log(store).head()):
        assert (head.seq, head.size) == (len(sizes) - 1, len(leaves))
        assert head.root == reference.tree_hash(leaves)
    assert [batch.seq for batch in log.batches()] == list(range(len(sizes)))


def test_a_header_is_hashed_as_written_not_as_we_would_write_it(store: WriteOnceStore) -> None:
    filled(store, 1)
    header_leaf, entry = bundle.decode(store.objects["b/000"])
    spaced = json.dumps(json.loads(header_leaf)).encode()
    store.objects["b/000"] = bundle.encode([spaced, entry])
    assert Log(store).head().root == reference.tree_hash([spaced, entry])


@pytest.mark.parametrize("batches", [1, 2, 3, 7, 8, 9, 40])
@pytest.mark.parametrize("hint", [-1, 0, 5, 39, 40, 10**6])
def test_the_head_is_found_whatever_the_hint(batches: int, hint: int) -> None:
    store = WriteOnceStore()
    expected = filled(store, batches).head()
    assert Log(store, hint=hint).head() == expected


def test_finding_the_head_is_cheap(store: WriteOnceStore) -> None:
    filled(store, 300)
    counting = Counting(store)
    log = Log(counting)
    log.head()
    assert counting.reads <= 20
    counting.reads = 0
    log.head()
    assert counting.reads == 1
    hinted = Counting(store)
    Log(hinted, hint=299).head()
    assert hinted.reads <= 3


def test_a_reader_follows_another_writer(store: WriteOnceStore) -> None:
    reader, writer = Log(store), Log(store)
    for position in range(20):
        deliver(writer, [position])
        if position % 3 == 0:
            assert reader.head() == writer.head()
    assert reader.head() == writer.head()


def test_every_entry_is_found_by_its_index(store: WriteOnceStore) -> None:
    log = filled(store, 9)
    leaves = all_leaves(store)
    for index, expected in enumerate(leaves):
        batch = log.containing(index)
        assert batch is not None
        assert (batch.header_leaf, *batch.leaves)[index - batch.first_index] == expected
        root = log.root_at(index)
        if index == batch.first_index:
            assert root == reference.tree_hash(leaves[:index])
        else:
            assert root is None
    assert log.containing(len(leaves)) is None
    assert log.root_at(len(leaves)) == reference.tree_hash(leaves)
    assert log.root_at(len(leaves) + 1) is None


# Time


def test_time_never_goes_back(log: Log) -> None:
    late, early = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
    deliver(log, [1], time=late)
    deliver(log, [2], time=early)
    assert [batch.stated.time for batch in log.batches()] == [1_793_624_400_000] * 2
    assert log.head().time == late


def test_time_is_kept_to_the_millisecond(log: Log) -> None:
    deliver(log, [1], time=NOW + timedelta(microseconds=1999))
    assert log.head().time == NOW + timedelta(milliseconds=1)


# The race


def test_the_loser_of_a_race_is_told(store: WriteOnceStore) -> None:
    fast, slow = Log(store), Log(store)
    head = slow.head()
    deliver(fast, [1])
    before = dict(store.objects)
    with pytest.raises(LedgerConflict, match="b/000"):
        slow.append(draft([leaf(2)], head), head)
    assert store.objects == before
    assert deliver(slow, [1, 2]) is not None
    assert entered(store) == [(PARTITION, 1), (PARTITION, 2)]


def test_equal_drafts_of_two_writers_are_not_taken_for_one(store: WriteOnceStore) -> None:
    """The nonce: without it the slower one would read its own bytes back, and think it won."""
    first, second = Log(store), Log(store)
    head = Head()
    first.append(draft([leaf(1)], head), head)
    with pytest.raises(LedgerConflict):
        second.append(draft([leaf(1)], head), head)


def test_a_log_behind_its_checkpoint_is_not_appended_to(store: WriteOnceStore) -> None:
    head = filled(store, 2).head()
    before = dict(store.objects)
    log = Log(store, witnessed=head.size + 1)
    with pytest.raises(LedgerCorrupt, match=f"has {head.size} entries, .* {head.size + 1}"):
        deliver(log, [100])
    assert store.objects == before
    log = Log(store, witnessed=head.size)
    log.witness(1)
    assert deliver(log, [100]) is not None
    log.witness(10_000)
    log.witness(1)
    with pytest.raises(LedgerCorrupt, match="rolled back or cut off"):
        deliver(log, [101])


def good(head: Head) -> Draft:
    return draft([leaf(1), b'{"t":"quarantine"}'], head, counts=Counts(2, 1, 0, 1, 0))


def wrong_drafts() -> Iterator[tuple[str, Draft]]:
    head = Head()
    fine = good(head)
    moved = {PARTITION: Cursor(1, 3)}
    keyed = {"kind": "eventhub", "key": PARTITION}
    yield "genesis", replace(fine, genesis=None)
    yield "leaf 1 ", replace(fine, leaves=(b'{"v":1,"t":"change"}',))
    yield "leaf 2 ", replace(fine, leaves=(leaf(1), b"plain text"))
    yield "leaf 2 ", replace(fine, leaves=(leaf(1), b'{"t":"batch","v":1}'))
    yield "leaf 1 has 65536 bytes", replace(fine, leaves=(leaf(1).ljust(65_536),), counts=Counts())
    yield "seen is 3, its parts add up to 2", replace(fine, counts=Counts(3, 1, 0, 1, 0))
    yield "quarantined is 0, the batch holds 1", replace(fine, counts=Counts(1, 1, 0, 0, 0))
    yield "relevant is 2, the batch holds 2", replace(fine, counts=Counts(3, 2, 0, 1, 0))
    yield "not its source", replace(fine, cursors=moved)
    yield "not its source", replace(fine, source=keyed, cursors={"other": Cursor(1, 3)})
    yield "is impossible", replace(fine, source=keyed, cursors={PARTITION: Cursor(3, 1)})


@pytest.mark.parametrize(("fault", "wrong"), list(wrong_drafts()))
def test_a_draft_that_breaks_the_format_is_refused(
    store: WriteOnceStore, fault: str, wrong: Draft
) -> None:
    log = Log(store)
    with pytest.raises(ValueError, match=fault):
        log.append(wrong, log.head())
    assert store.objects == {}
    assert log.append(good(log.head()), log.head()).seq == 0


def test_genesis_stands_in_the_first_batch_only(store: WriteOnceStore) -> None:
    log = filled(store, 1)
    with pytest.raises(ValueError, match="genesis"):
        log.append(replace(good(log.head()), genesis=GENESIS), log.head())


def test_a_cursor_may_not_go_back(log: Log) -> None:
    deliver(log, range(10))
    back = replace(
        good(log.head()),
        source={"kind": "eventhub", "key": PARTITION},
        cursors={PARTITION: Cursor(0, 8)},
    )
    with pytest.raises(ValueError, match="covers less"):
        log.append(back, log.head())


def test_cursors_that_do_not_move_are_carried_on(log: Log) -> None:
    deliver(log, range(3), "p0")
    deliver(log, range(5), "p1")
    log.append(draft([leaf(9)], log.head()), log.head())
    assert log.head().cursors == {"p0": Cursor(0, 2), "p1": Cursor(0, 4)}


# What is found damaged


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "b/001: leaf 0 is not a batch header"),
        (b"\x00\x05ab", "b/001: byte 0: leaf 0 is cut off"),
        (bundle.encode([b"{}"]), "b/001: leaf 0 is not a batch header"),
        (bundle.encode([b'{"t":"batch","v":2}']), "b/001: leaf 0 is not a batch header"),
        (bundle.encode([b"\xff\xfe"]), "b/001: leaf 0 is not a batch header"),
    ],
)
def test_a_damaged_head_stops_the_writer(store: WriteOnceStore, content: bytes, fault: str) -> None:
    filled(store, 1)
    store.objects["b/001"] = content
    with pytest.raises(LedgerCorrupt, match=fault):
        Log(store).head()
    with pytest.raises(LedgerCorrupt, match=fault):
        Log(store).read(1)


def edited(body: bytes, **changes: object) -> bytes:
    header_leaf, *leaves = bundle.decode(body)
    header = json.loads(header_leaf) | changes
    return bundle.encode([json.dumps(header, separators=(",", ":")).encode(), *leaves])


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 2},
        {"n": 5},
        {"frontier": []},
        {"genesis": dict(GENESIS)},
        {"unknown": 1},
        {"time": -1},
        {"nonce": "x"},
        {"v": 1.0},
    ],
)
def test_a_header_that_cannot_be_is_refused(
    store: WriteOnceStore, changes: dict[str, object]
) -> None:
    filled(store, 2)
    store.objects["b/001"] = edited(store.objects["b/001"], **changes)
    with pytest.raises(LedgerCorrupt, match="b/001"):
        Log(store).head()


def test_a_batch_that_does_not_stand_on_the_one_before_is_refused(store: WriteOnceStore) -> None:
    filled(store, 1)
    reader = Log(store)
    reader.head()
    other = WriteOnceStore()
    filled(other, 2)
    store.objects["b/001"] = other.objects["b/001"]
    with pytest.raises(LedgerCorrupt, match="b/001: does not stand on the batch before"):
        reader.head()


def test_following_notices_a_batch_out_of_place(store: WriteOnceStore) -> None:
    filled(store, 3)
    store.objects["b/002"] = edited(store.objects["b/002"], size=3)
    seen: list[Batch] = []
    with pytest.raises(LedgerCorrupt, match="b/002: begins at 3, not at"):
        seen.extend(Log(store).batches())


def test_names_go_over_to_directories(store: WriteOnceStore) -> None:
    """Batch 1000 is `b/x001/000`: found, followed and appended to like any other."""
    log = filled(store, 1001)
    assert layout.batch(1000) in store.objects
    assert Log(store).head() == log.head()
    assert [batch.seq for batch in Log(store).batches(998)] == [998, 999, 1000]


# Anchors


def test_an_anchor_stands_in_the_next_header_once(store: WriteOnceStore) -> None:
    log, digest = Log(store), bytes(range(32))
    deliver(log, [1])
    before = log.anchored
    log.anchor(digest)
    log.anchor(digest)
    first, second = deliver(log, [2]), deliver(log, [3])
    assert first is not None
    assert second is not None
    assert (first.stated.anchor, second.stated.anchor) == (digest, None)
    assert (before, log.anchored) == (None, digest)
    read = Log(store).read(1)
    assert read is not None
    assert read.stated.anchor == digest
    with pytest.raises(ValueError, match="an anchor is a SHA-256, not 31 bytes"):
        log.anchor(digest[:-1])


def test_an_anchor_that_lost_the_race_is_kept_for_the_next(store: WriteOnceStore) -> None:
    log, other, digest = Log(store), Log(store), bytes(range(32))
    deliver(log, [1])
    head = log.head()
    log.anchor(digest)
    deliver(other, [2])
    with pytest.raises(LedgerConflict):
        log.append(draft([leaf(9)], head), head)
    later = deliver(log, [3])
    assert later is not None
    assert later.stated.anchor == digest
