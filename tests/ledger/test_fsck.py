"""What fsck says of a log beside the edits it finds: test_fsck_edits.py has those."""

import tracemalloc
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.cosignature import WitnessKey
from monitor.ledger.fsck import Stores, Trusted, fsck
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey
from monitor.ledger.publisher import publish
from monitor.ledger.store import Dated, Inventory, Listing, Store
from monitor.storage.directory import DirectoryStore
from monitor.storage.memory import MemoryStore
from tests.ledger.faulty import Fault, FaultyStore, Plan
from tests.ledger.whole import (
    PARTITION,
    SECOND,
    STRANGER,
    WITNESS_KEY,
    Whole,
    cosignature,
    gather_whole,
    reply,
)
from tests.ledger.writing import KEY, NOW, deliver, draft

GATHERED = gather_whole()
COSIG, TSR = "cosig/000000000105/w1", "tsr/000000000105/tsa"
NOTE = "sth/000000000105"
PLACES = ("ledger", "view", "raw")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def places() -> Whole:
    return GATHERED.copy()


def test_an_untouched_log_is_clean(places: Whole) -> None:
    found = places.fsck()
    assert found.report.problems == ()
    assert found.first is None
    assert (found.report.size, found.report.notes, found.report.documents) == (553, 6, 1)
    assert (found.cosignatures, found.timestamps, found.anchors) == (1, 1, 1)
    assert found.unreferenced == 0
    (remark,) = found.remarks
    assert remark.startswith("unknown authority tsa: 1 of its timestamps are over the right notes")
    tiles = [name for name in places.view.objects if name.startswith("tile/")]
    assert found.tiles == len(tiles)


def test_inspecting_changes_nothing(places: Whole) -> None:
    places.fsck()
    assert places.ledger.objects == GATHERED.ledger.objects
    assert places.view.objects == GATHERED.view.objects
    assert places.raw.objects == GATHERED.raw.objects


def test_any_key_of_the_log_will_do_and_no_other(places: Whole) -> None:
    assert places.fsck(SECOND.vkey).report.valid
    (problem,) = places.fsck(STRANGER.vkey).report.problems
    assert problem.startswith("b/000: header.genesis does not announce the key")
    with pytest.raises(InvalidInput):
        places.fsck("no key")


# What is no fault


def test_a_document_that_nobody_refers_to_is_remarked(places: Whole) -> None:
    content = b'{"left":"by a writer that died"}'
    places.ledger.put(f"doc/{sha256(content).hexdigest()}", content)
    found = places.fsck()
    assert found.report.valid
    assert found.unreferenced == 1
    assert any(remark.startswith("1 documents that no entry refers to") for remark in found.remarks)


def test_an_expired_raw_object_is_counted(places: Whole) -> None:
    places.raw.objects.clear()
    report = places.fsck().report
    assert report.valid
    assert (report.raw, report.expired) == (0, 1)


def test_an_unknown_witness_is_remarked_and_not_believed(places: Whole) -> None:
    stranger = SigningKey("witness.example/other", bytes(range(4, 36)))
    note = places.ledger.objects[NOTE]
    other = COSIG.replace("w1", "w2")
    places.ledger.objects[other] = cosignature(note, LATER, stranger)
    found = places.fsck()
    assert found.report.valid
    assert found.cosignatures == 1
    assert any("unknown witness witness.example/other: 1 of" in one for one in found.remarks)
    key = WitnessKey(stranger.name, stranger.verifier.public)
    again = fsck(Stores(places.ledger, places.view), Trusted(KEY.vkey, (key, WITNESS_KEY)))
    assert again.report.valid
    assert again.cosignatures == 2


def test_tiles_written_before_the_checkpoint_was_are_compared(places: Whole) -> None:
    """A publisher died after its tiles: they are there, and not demanded yet."""
    del places.ledger.objects["sth/000000000553"]
    places.view.objects["checkpoint"] = places.ledger.objects["sth/000000000172"]
    report = places.fsck().report
    assert report.valid, report.problems
    tile = places.view.objects["tile/0/001"]
    places.view.objects["tile/0/001"] = tile[:1] + bytes([tile[1] ^ 1]) + tile[2:]
    assert places.fsck().report.problems[0].startswith("tile/0/001 at byte 1 has")


def test_a_full_tile_may_stand_for_a_partial_one(places: Whole) -> None:
    places.view.objects["checkpoint"] = places.ledger.objects["sth/000000000172"]
    for name in ("tile/0/000.p/172", "tile/entries/000.p/172"):
        del places.view.objects[name]
    assert places.fsck().report.valid


# What the verifiers of others say


def test_timestamps_are_shown_to_whoever_knows_their_chain(places: Whole) -> None:
    shown: list[tuple[bytes, bytes]] = []

    def stamped_by(body: bytes, note: bytes) -> str | None:
        shown.append((body, note))
        return "its certificate is not one that is trusted"

    trusted = Trusted(KEY.vkey, (WITNESS_KEY,), authorities={"tsa": stamped_by})
    found = fsck(Stores(places.ledger, places.view), trusted)
    assert shown == [(places.ledger.objects[TSR], places.ledger.objects[NOTE])]
    assert found.report.problems == (f"{TSR}: its certificate is not one that is trusted",)
    assert found.remarks == ()


def test_a_batch_dated_before_the_anchor_it_holds(places: Whole) -> None:
    log = Log(places.ledger)
    late = reply(places.ledger.objects["sth/000000000553"], LATER)
    places.ledger.put("tsr/000000000553/tsa", late)
    log.anchor(sha256(late).digest())
    deliver(log, [900], PARTITION, NOW + timedelta(minutes=9))
    (problem,) = places.fsck().report.problems
    assert problem.startswith("tsr/000000000553/tsa: it is of 2026-11-02 13:00:00 UTC, and b/008")
    assert problem.endswith("the batch is dated back")


def test_an_anchor_has_to_be_over_an_earlier_tree(places: Whole) -> None:
    moved = reply(places.ledger.objects["sth/000000000553"], NOW)
    del places.ledger.objects[TSR]
    places.ledger.put("tsr/000000000553/tsa", moved)
    header, leaves = places.batch("b/003")
    digest = sha256(moved).digest()
    places.put_batch("b/003", header | {"anchor": b64encode(digest).decode()}, leaves)
    problems = places.fsck().report.problems
    wanted = "tsr/000000000553/tsa: b/003 holds its hash and has 105 entries before it"
    assert wanted in problems


class DatedStore(MemoryStore):
    """A store that dates its objects itself."""

    def __init__(self, objects: dict[str, bytes], made: Callable[[str], datetime]) -> None:
        super().__init__()
        self.objects = objects
        self._made = made

    def created(self, name: str) -> datetime | None:
        return self._made(name) if name in self.objects else None


def test_a_batch_that_the_store_dates_otherwise(places: Whole) -> None:
    times = {f"b/{batch.seq:03d}": batch.stated.time for batch in Log(places.ledger).batches()}
    start = datetime.fromtimestamp(0, tz=NOW.tzinfo)

    def made(name: str, late: timedelta = timedelta(0)) -> datetime:
        return start + timedelta(milliseconds=times[name]) + late

    def found(store: Store, *, copied: bool = False) -> tuple[str, ...]:
        trusted = Trusted(KEY.vkey, copied=copied)
        return fsck(Stores(store, places.view), trusted).report.problems

    punctual = DatedStore(places.ledger.objects, lambda name: made(name, timedelta(minutes=4)))
    assert isinstance(punctual, Dated)
    assert found(punctual) == ()
    late = DatedStore(
        places.ledger.objects,
        lambda name: made(name, timedelta(hours=2 if name > "b/005" else 0)),
    )
    (problem,) = found(late)
    assert problem.startswith(
        "b/006: header.time is 2:00:00 before the store says it was made, and 1 more batches"
    )
    assert found(late, copied=True) == ()


# Stores and hostile logs


def test_a_store_that_can_only_get_says_what_was_not_looked_for(places: Whole) -> None:
    bare = Stores(FaultyStore(places.ledger, Plan()), FaultyStore(places.view, Plan()))
    assert not isinstance(bare.ledger, Listing | Inventory | Dated)
    places.ledger.put("stray", b"x")
    found = fsck(bare, Trusted(KEY.vkey))
    assert found.report.valid
    assert (found.timestamps, found.cosignatures, found.tiles) == (0, 0, 7)
    assert sum("cannot list its objects" in remark for remark in found.remarks) == 2


def test_a_store_that_cannot_be_read_is_no_verdict(places: Whole) -> None:
    for at in (0, 1, 9):
        broken = FaultyStore(places.ledger, Plan({at: Fault.REFUSED}))
        with pytest.raises(StorageUnavailable):
            fsck(Stores(broken, places.view), Trusted(KEY.vkey))


def test_a_directory_is_inspected_like_memory(places: Whole, tmp_path: Path) -> None:
    for store in PLACES:
        made = DirectoryStore(tmp_path / store)
        for name, content in cast("MemoryStore", getattr(places, store)).objects.items():
            made.create(name, content)
    stores = Stores(*(DirectoryStore(tmp_path / store) for store in PLACES))
    found = fsck(stores, Trusted(KEY.vkey, (WITNESS_KEY,)))
    assert found == places.fsck()
    (tmp_path / "ledger" / "b" / "stray").mkdir()
    (tmp_path / "ledger" / "b" / "stray" / "object").write_bytes(b"x")
    (tmp_path / "ledger" / "b" / "link").symlink_to("000")
    problems = fsck(stores, Trusted(KEY.vkey)).report.problems
    assert sorted(problem.partition(":")[0] for problem in problems) == ["b/link", "b/stray/object"]


class Growing(MemoryStore):
    """A ledger that others write to while it is inspected: what `grow` does, after the walk."""

    def __init__(self, places: Whole, at: str) -> None:
        super().__init__()
        self.objects = places.ledger.objects
        self._places, self._at = places, at

    def get(self, name: str) -> bytes | None:
        found = super().get(name)
        if name == self._at and found is None:
            self._at = ""
            log = Log(self._places.ledger)
            for first in (1_000, 1_100, 1_200):
                deliver(log, range(first, first + 100), PARTITION, LATER)
            publish(self._places.ledger, self._places.view, SECOND, log)
        return found


@pytest.mark.parametrize("at", ["b/008", "b/010", "b/x016/x777/224"])
def test_a_log_that_grows_meanwhile_raises_no_alarm(places: Whole, at: str) -> None:
    """The walk ends at `b/008`, and looks for strays behind it."""
    report = fsck(Stores(Growing(places, at), places.view), Trusted(KEY.vkey)).report
    assert report.problems == ()
    assert len([name for name in places.ledger.objects if name.startswith("b/")]) == 11


def hostile_leaves() -> Iterator[bytes]:
    deep = b"[" * 30_000 + b"]" * 30_000
    yield b'{"t":"change","src":{"raw":"a"},"x":' + deep + b"}"
    yield b'{"t":"change","doc_sha256":' + deep + b"}"
    yield b'{"t":"key","v":1,"action":"announce","x":' + deep + b"}"
    yield b'{"t":"key","v":1,"action":"announce","vkey":7}'
    yield b'{"t":"key","v":1,"action":"succeeds","checkpoint":"none"}'


@pytest.mark.parametrize("leaf", list(hostile_leaves()))
def test_a_hostile_leaf_is_a_problem_not_a_failure(places: Whole, leaf: bytes) -> None:
    log = Log(places.ledger)
    log.append(draft([leaf], log.head(), time=LATER), log.head())
    (problem,) = places.fsck().report.problems
    assert problem.startswith("b/008: ")


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 10**12 - 1, "frontier": ["A" * 43 + "="] * (10**12 - 1).bit_count()},
        {"size": 2**39, "frontier": ["A" * 43 + "="]},
        {"size": 554, "frontier": ["A" * 43 + "="] * (554).bit_count()},
        {"time": 253_402_300_799_999},
        {"cur": {"p0": [0, 10**18, [], None]}},
    ],
)
def test_a_hostile_header_ends_the_inspection_soon(
    places: Whole, changes: dict[str, object]
) -> None:
    header, leaves = places.batch("b/004")
    places.put_batch("b/004", header | changes, leaves)
    assert not places.fsck().report.valid
    places.view.objects["checkpoint"] = Checkpoint(KEY.name, 10**18, bytes(32)).signed(SECOND)
    assert not places.fsck().report.valid


def test_a_checkpoint_of_any_size_ends_the_inspection_soon(places: Whole) -> None:
    for size in (0, 1, 554, 10**12, 10**18):
        signed_over = Checkpoint(KEY.name, size, bytes(32)).signed(SECOND)
        places.view.objects["checkpoint"] = signed_over
        assert not places.fsck().report.valid


def test_progress_counts_every_object(places: Whole) -> None:
    done: list[int] = []
    fsck(Stores(places.ledger, places.view), Trusted(KEY.vkey), progress=done.append)
    assert done == sorted(done)
    assert done[:8] == list(range(1, 9))
    assert done[-1] >= len(places.ledger.objects) + 16


def test_the_order_of_names_makes_no_difference(places: Whole) -> None:
    class Backwards(MemoryStore):
        def every(self, folder: str) -> Iterator[str]:
            return reversed(list(super().every(folder)))

    turned = Backwards()
    turned.objects = dict(reversed(places.ledger.objects.items()))
    found = fsck(Stores(turned, places.view, places.raw), Trusted(KEY.vkey, (WITNESS_KEY,)))
    assert replace(found, report=places.fsck().report) == places.fsck()
    assert found.report.valid


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    peaks = []
    for batches in (30, 120):
        stores = Stores(*(DirectoryStore(tmp_path / str(batches) / name) for name in PLACES))
        log = Log(stores.ledger)
        for first in range(0, batches * 50, 50):
            deliver(log, range(first, first + 50))
        publish(stores.ledger, stores.view, KEY, log)
        assert fsck(stores, Trusted(KEY.vkey)).report.valid
        tracemalloc.start()
        fsck(stores, Trusted(KEY.vkey))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.25
