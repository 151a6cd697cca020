import json
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.ledger import bundle
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.log import Log
from monitor.ledger.publisher import publish
from monitor.ledger.verify import MOST_PROBLEMS, verify
from monitor.storage.directory import DirectoryStore
from monitor.storage.memory import MemoryStore
from tests.ledger.evidence import Evidence, gather
from tests.ledger.faulty import Fault, FaultyStore, Plan
from tests.ledger.writing import KEY, NOW, deliver, draft

GATHERED = gather()
RAW = next(iter(GATHERED.raw.objects))
SIZES = [batch.end for batch in Log(GATHERED.ledger).batches()]
NOTES = [f"sth/{SIZES[seq]:012d}" for seq in (0, 1, 3, 5)]


@pytest.fixture
def places() -> Evidence:
    return GATHERED.copy()


def test_an_untouched_log_is_valid(places: Evidence) -> None:
    report = places.verify()
    assert report.problems == ()
    assert report.valid
    assert (report.batches, report.size) == (6, SIZES[-1])
    assert (report.notes, report.documents, report.raw, report.expired) == (4, 2, 4, 0)
    assert report.unsigned == 0
    head = Log(places.ledger).head()
    assert report.root == head.root.hex()
    assert report.checkpoint == Checkpoint(KEY.name, head.size, head.root)


def test_verifying_changes_nothing(places: Evidence) -> None:
    places.verify()
    assert places.ledger.objects == GATHERED.ledger.objects
    assert places.view.objects == GATHERED.view.objects


def test_an_expired_raw_object_is_told_and_no_fault(places: Evidence) -> None:
    del places.raw.objects[RAW]
    report = places.verify()
    assert report.valid
    assert (report.raw, report.expired) == (3, 1)


def test_without_a_raw_store_raw_objects_are_left_alone(places: Evidence) -> None:
    report = verify(places.ledger, places.view, KEY.vkey)
    assert report.valid
    assert (report.raw, report.expired) == (0, 0)


def test_entries_behind_the_checkpoint_are_counted(places: Evidence) -> None:
    deliver(Log(places.ledger), range(10, 14), "p0", NOW + timedelta(hours=1))
    report = places.verify()
    assert report.valid
    assert report.unsigned == 5


def test_progress_is_told(places: Evidence) -> None:
    done: list[int] = []
    verify(places.ledger, places.view, KEY.vkey, progress=done.append)
    assert done == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("further", range(1, 9))
def test_a_fork_contradicts_the_notes_it_left_behind(further: int) -> None:
    """The tail and the view are removed, and other events follow: signed, but not the same log."""
    ledger, view = MemoryStore(), MemoryStore()
    log = Log(ledger)
    deliver(log, [1])
    deliver(log, [2, 3, 4, 5])
    publish(ledger, view, KEY, log)
    del ledger.objects["b/001"]
    other = Log(ledger)
    deliver(other, range(100, 100 + further))
    head = other.head()
    ours = Checkpoint(KEY.name, head.size, head.root).signed(KEY)
    ledger.create(f"sth/{head.size:012d}", ours)
    view.put("checkpoint", ours)
    report = verify(ledger, view, KEY.vkey)
    assert not report.valid
    assert "sth/000000000007" in report.problems[0]
    assert ("7 entries were signed, no batch ends there" in report.problems[0]) is (further != 4)


def test_notes_that_no_batch_ends_at_are_one_problem(places: Evidence) -> None:
    for size in (7, 9, 98, 99):
        places.ledger.objects[f"sth/{size:012d}"] = places.ledger.objects[NOTES[0]]
    (problem,) = places.verify().problems
    assert problem.startswith("sth/000000000007")
    assert problem.endswith("and 3 more such notes")


def test_a_store_that_cannot_list_is_verified_all_the_same(places: Evidence) -> None:
    assert verify(FaultyStore(places.ledger, Plan()), places.view, KEY.vkey).valid


def test_a_store_that_cannot_be_read_is_no_verdict(places: Evidence) -> None:
    for at in (0, 1, 5):
        broken = FaultyStore(places.ledger, Plan({at: Fault.REFUSED}))
        with pytest.raises(StorageUnavailable):
            verify(broken, places.view, KEY.vkey)
    with pytest.raises(StorageUnavailable):
        verify(places.ledger, FaultyStore(places.view, Plan({0: Fault.REFUSED})), KEY.vkey)


def test_a_verifier_key_that_is_none_is_the_reader_s_mistake(places: Evidence) -> None:
    with pytest.raises(InvalidInput):
        verify(places.ledger, places.view, "log.example/mfa-monitor")


def test_a_truncated_log_with_its_own_old_checkpoint_passes() -> None:
    """What no log can tell of itself: docs/ledger-format.md says so, and what helps."""
    places = GATHERED.copy()
    places.view.objects["checkpoint"] = places.ledger.objects[NOTES[1]]
    for name in [*(f"b/00{n}" for n in range(2, 6)), NOTES[2], NOTES[3]]:
        del places.ledger.objects[name]
    assert places.verify().valid


def test_an_empty_ledger_is_not_valid() -> None:
    report = Evidence().verify()
    assert report.problems == (
        "checkpoint: missing: nothing signed vouches for the log",
        "b/000: missing: the log is empty",
    )
    assert (report.size, report.unsigned, report.checkpoint) == (0, 0, None)


def test_problems_are_counted_beyond_a_hundred() -> None:
    ledger, view = MemoryStore(), MemoryStore()
    log = Log(ledger)
    for position in range(MOST_PROBLEMS + 20):
        deliver(log, [position])
    publish(ledger, view, KEY, log)
    for name in ledger.objects:
        if name.startswith("b/"):
            ledger.objects[name] += b"\x00"
    problems = verify(ledger, view, KEY.vkey).problems
    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1].startswith("and ")
    assert problems[-1].endswith(" more")


@pytest.mark.parametrize(
    "content",
    [
        b'{"t":"change","src":{"raw":"../../etc/passwd","len":1}}',
        b'{"t":"change","src":{"raw":7}}',
        b'{"t":"change","src":{"raw":"","len":"x"}}',
        b'{"t":"change","src":"raw","x":{"raw":1}}',
        b'{"t":"change","doc":{"doc_sha256":"../../etc/passwd","len":1}}',
        b'{"t":"change","doc":{"doc_sha256":1}',
        b'{"t":"change","src":{"raw":"\xff"}}',
    ],
)
def test_a_hostile_leaf_is_a_problem_not_a_failure(content: bytes) -> None:
    places = Evidence()
    log = Log(places.ledger)
    log.append(draft([content], log.head()), log.head())
    publish(places.ledger, places.view, KEY, log)
    (problem,) = places.verify().problems
    assert problem.startswith("b/000: leaf 1: ")


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    peaks = []
    for batches in (4, 40):
        ledger = DirectoryStore(tmp_path / str(batches))
        view = MemoryStore()
        log = Log(ledger)
        for first in range(0, batches * 50, 50):
            deliver(log, range(first, first + 50))
        publish(ledger, view, KEY, log)
        verify(ledger, view, KEY.vkey)
        tracemalloc.start()
        assert verify(ledger, view, KEY.vkey).valid
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.25


def test_batch_bodies_are_what_the_specification_says(places: Evidence) -> None:
    """Read without our reader: lengths, leaves, and a header that knows the tree before it."""
    for name, content in places.ledger.objects.items():
        if name.startswith("b/"):
            items = bundle.decode(content)
            assert json.loads(items[0])["n"] == len(items) - 1
