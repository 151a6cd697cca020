"""Every edit of any object is found by fsck, named, and to the byte where that can be known."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey
from tests.ledger.whole import (
    PARTITION,
    SECOND,
    STRANGER,
    Whole,
    cosignature,
    gather_whole,
    key_leaf,
    reply,
)
from tests.ledger.writing import KEY, NOW, deliver, draft

GATHERED = gather_whole()
COSIG, TSR = "cosig/000000000105/w1", "tsr/000000000105/tsa"
NOTE = "sth/000000000105"
(DOCUMENT,) = (name for name in GATHERED.ledger.objects if name.startswith("doc/"))
LATER = NOW + timedelta(hours=1)

Edit = Callable[[Whole], None]


@pytest.fixture
def places() -> Whole:
    return GATHERED.copy()


# Edits. Each says what it does and what the first problem has to name.


def change(name: str, new: Callable[[bytes], bytes]) -> Edit:
    def edit(places: Whole) -> None:
        store = next(one for one in (places.ledger, places.view, places.raw) if name in one.objects)
        content = new(store.objects[name])
        assert content != store.objects[name]
        store.objects[name] = content

    return edit


def flip(offset: int) -> Callable[[bytes], bytes]:
    def new(content: bytes) -> bytes:
        place = offset % len(content)
        return content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]

    return new


def drop(*names: str) -> Edit:
    def edit(places: Whole) -> None:
        for name in names:
            store = places.ledger if name in places.ledger.objects else places.view
            del store.objects[name]

    return edit


def both(*edits: Edit) -> Edit:
    def edit(places: Whole) -> None:
        for each in edits:
            each(places)

    return edit


def swap(first: str, second: str) -> Edit:
    def edit(places: Whole) -> None:
        store = places.ledger if first in places.ledger.objects else places.view
        objects = store.objects
        objects[first], objects[second] = objects[second], objects[first]

    return edit


def add(name: str, content: bytes = b"something", *, view: bool = False) -> Edit:
    return lambda places: (places.view if view else places.ledger).put(name, content)


def signed(name: str, key: SigningKey, *, spoil: bool = False) -> Edit:
    """Sign a note anew, with that key, over the log's tree or over another."""

    def edit(places: Whole) -> None:
        store = places.view if name == "checkpoint" else places.ledger
        origin, size = store.objects[name].decode().split("\n")[:2]
        root = bytes(32) if spoil else Log(places.ledger).root_at(int(size))
        assert root is not None
        store.objects[name] = Checkpoint(origin, int(size), root).signed(key)

    return edit


def cosigned(at: datetime, key: SigningKey | None = None) -> Edit:
    def edit(places: Whole) -> None:
        note = places.ledger.objects[NOTE]
        line = cosignature(note, at, key) if key else cosignature(note, at)
        places.ledger.objects[COSIG] = line

    return edit


def stamped(content: bytes | None, at: datetime, status: int = 0) -> Edit:
    """Another timestamp in place of the one; the header holds its hash all the same."""

    def edit(places: Whole) -> None:
        body = places.ledger.objects[NOTE] if content is None else content
        places.ledger.objects[TSR] = reply(body, at, status=status)

    return edit


def headed(name: str, **changes: object) -> Edit:
    def edit(places: Whole) -> None:
        header, leaves = places.batch(name)
        places.put_batch(name, header | changes, leaves)

    return edit


def announced_by_stealth(places: Whole) -> None:
    """Whoever can append announces a key of their own, and signs what follows."""
    log = Log(places.ledger)
    log.append(draft([key_leaf("announce", STRANGER.vkey)], log.head(), time=LATER), log.head())
    deliver(log, range(600, 700), PARTITION, LATER)
    note = Checkpoint(KEY.name, log.head().size, log.head().root).signed(STRANGER)
    places.ledger.put(f"sth/{log.head().size:012d}", note)


def forked(places: Whole) -> None:
    """The tail is replaced with other entries, as many."""
    del places.ledger.objects["b/007"]
    deliver(Log(places.ledger), range(400, 550), "p9", LATER)


EDITS: dict[str, tuple[Edit, str]] = {
    # tiles, byte for byte
    "tile": (change("tile/0/001", flip(33)), "tile/0/001 at byte 33 has"),
    "tile of level 1": (change("tile/1/000.p/2", flip(63)), "tile/1/000.p/2 at byte 63 has"),
    "partial tile": (change("tile/0/002.p/41", flip(0)), "tile/0/002.p/41 at byte 0 has"),
    "old partial tile": (change("tile/0/000.p/103", flip(7)), "tile/0/000.p/103 at byte 7 has"),
    "tile cut": (change("tile/0/001", lambda b: b[:-1]), "tile/0/001 at byte 8191 has the end"),
    "tile longer": (change("tile/0/000", lambda b: b + b"\0"), "tile/0/000 at byte 8192 has 0x00"),
    "partial tile longer": (
        change("tile/0/002.p/41", lambda b: b + b[:32]),
        "tile/0/002.p/41 at byte 1312 has",
    ),
    "old partial tile longer": (
        change("tile/0/000.p/101", lambda b: b + b[:32]),
        "tile/0/000.p/101 at byte 3232 has",
    ),
    "tile emptied": (change("tile/0/000", lambda b: b""), "tile/0/000 at byte 0 has the end"),
    "tile gone": (drop("tile/0/001"), "tile/0/001: missing"),
    "partial tile gone": (drop("tile/0/002.p/41"), "tile/0/002.p/41: missing"),
    "tile of level 1 gone": (drop("tile/1/000.p/2"), "tile/1/000.p/2: missing"),
    "tiles swapped": (swap("tile/0/000", "tile/0/001"), "tile/0/000 at byte 0 has"),
    "tile of no tree": (add("tile/0/009", b"x" * 8192, view=True), "tile/0/009: stray"),
    "tile wider than the log": (
        add("tile/0/002.p/42", b"x" * 1344, view=True),
        "tile/0/002.p/42: stray",
    ),
    "no tile": (add("tile/0/2", view=True), "tile/0/2: stray: not the name of a tile"),
    # bundles
    "bundle": (change("tile/entries/001", flip(500)), "tile/entries/001 at byte 500 has"),
    "partial bundle": (change("tile/entries/002.p/41", flip(-1)), "tile/entries/002.p/41 at byte"),
    "old bundle": (change("tile/entries/000.p/170", flip(9)), "tile/entries/000.p/170 at byte 9"),
    "bundle gone": (drop("tile/entries/000"), "tile/entries/000: missing"),
    "bundle longer": (
        change("tile/entries/001", lambda b: b + b"\0\1x"),
        "tile/entries/001 at byte",
    ),
    "bundles swapped": (swap("tile/entries/000", "tile/entries/001"), "tile/entries/000 at byte"),
    # the log and its copy
    "leaf": (change("b/003", lambda b: b.replace(b'n":120', b'n":129')), "b/003 at byte 1628"),
    "leaf in both copies": (
        both(
            change("b/003", lambda b: b.replace(b'n":120', b'n":129')),
            change("tile/entries/000", lambda b: b.replace(b'n":120', b'n":129')),
        ),
        "b/004: header.frontier is not the tree up to b/003",
    ),
    "two leaves swapped": (
        change("b/003", lambda b: b.replace(b'n":120', b'n":_').replace(b'n":121', b'n":120')),
        "b/003 at byte",
    ),
    "leaf dropped": (change("b/007", lambda b: b[:-64]), "b/007: "),
    "header": (headed("b/003", nonce="0" * 32), "b/003 at byte"),
    "time back": (headed("b/006", time=1_000), "b/006: header.time 1000 is before"),
    "cursor back": (headed("b/006", cur={"p0": [0, 9, [], None]}), "b/006: header.cur of 'p0'"),
    "header's anchor": (headed("b/003", anchor="A" * 43 + "="), "b/003 at byte"),
    "header's anchor gone": (headed("b/003", anchor=None), "b/003 at byte"),
    "fork": (forked, "b/007: it, or one before it, is not what sth/000000000553 signed"),
    "batches swapped": (swap("b/004", "b/005"), "b/004: header.seq is 5"),
    "tail cut": (drop("b/007"), "b/007: missing: 553 entries were signed, 402 are there"),
    "tail and its note cut": (drop("b/007", "sth/000000000553"), "b/007: missing: 553 entries"),
    "batch gone": (drop("b/004"), "b/004: missing, though b/005 is there"),
    # keys
    "note by the retired key": (signed("sth/000000000172", KEY), "sth/000000000172: no trusted"),
    "note by a key not yet announced": (signed("sth/000000000103", SECOND), "sth/000000000103: no"),
    "note by a stranger": (signed(NOTE, STRANGER), f"{NOTE}: no trusted key"),
    "latest note gone": (drop("sth/000000000553"), "sth/000000000553: missing, though checkpoint"),
    "anchored note gone": (drop(NOTE), f"there is no {NOTE} that it could be about"),
    "note over another tree": (
        signed(NOTE, KEY, spoil=True),
        "b/002: it, or one before it, is no",
    ),
    "checkpoint by the retired key": (signed("checkpoint", KEY), "checkpoint: no trusted key"),
    "checkpoint over another tree": (signed("checkpoint", SECOND, spoil=True), "b/007: its tree"),
    "checkpoint gone": (drop("checkpoint"), "checkpoint: missing"),
    "announced by stealth": (announced_by_stealth, "sth/000000000656: no key that"),
    # cosignatures
    "cosignature spoiled": (change(COSIG, flip(60)), f"{COSIG}: "),
    "cosignature of another time": (
        change(COSIG, lambda b: cosignature(GATHERED.ledger.objects[NOTE], NOW)[:60] + b[60:]),
        f"{COSIG}: ",
    ),
    "cosignature by another key": (
        cosigned(LATER, SigningKey("witness.example/w1", bytes(32))),
        f"{COSIG}: the key",
    ),
    "cosignature of another witness": (
        cosigned(LATER, SigningKey("witness.example/w9", bytes(32))),
        f"{COSIG}: it is of witness.example/w9, not of the witness that is configured as w1",
    ),
    "line of a note taken for a stranger's": (
        change("sth/000000000170", lambda b: b.replace(b"log.example/mfa-monitor V", b"x V")),
        "sth/000000000170: it has a line of a key that may not",
    ),
    "two cosignatures": (change(COSIG, lambda b: b + b), f"{COSIG}: it has 2 lines"),
    "no cosignature": (change(COSIG, lambda b: b"text\n"), f"{COSIG}: malformed"),
    "cosignature emptied": (change(COSIG, lambda b: b""), f"{COSIG}: "),
    "cosignature of another size": (
        lambda p: p.ledger.put("cosig/000000000103/w1", p.ledger.objects[COSIG]),
        "cosig/000000000103/w1: the cosignature of",
    ),
    "cosignature of no size": (
        lambda p: p.ledger.put("cosig/000000000104/w1", p.ledger.objects[COSIG]),
        "cosig/000000000104/w1: there is no sth/000000000104",
    ),
    # timestamps and anchors
    "timestamp gone": (drop(TSR), "b/003: header.anchor is the hash of no timestamp"),
    "timestamp edited": (change(TSR, flip(-20)), f"{TSR}: "),
    "timestamp cut": (change(TSR, lambda b: b[:-1]), f"{TSR}: not DER"),
    "timestamp refused": (stamped(None, LATER, 2), f"{TSR}: not a timestamp: the authority ref"),
    "timestamp of another time": (stamped(None, LATER), "b/003: header.anchor is the hash of no"),
    "timestamp over something else": (stamped(b"text", NOW), f"{TSR}: it is a timestamp over some"),
    "no timestamp": (change(TSR, lambda b: b"text"), f"{TSR}: "),
    "timestamp of another size": (
        lambda p: p.ledger.put("tsr/000000000103/tsa", p.ledger.objects[TSR]),
        "tsr/000000000103/tsa: it is a timestamp over something else than sth/000000000103",
    ),
    # documents and kept bytes
    "document": (change(DOCUMENT, flip(9)), f"b/001: leaf 1: {DOCUMENT}: its content hashes"),
    "document gone": (drop(DOCUMENT), f"b/001: leaf 1: {DOCUMENT}: missing"),
    "document nobody knows, and wrong": (
        add(f"doc/{'0' * 64}"),
        f"doc/{'0' * 64}: its content hashes to",
    ),
    "kept bytes": (
        change(next(iter(GATHERED.raw.objects)), flip(20)),
        "b/001: leaf 1: raw/",
    ),
    # what nobody wrote
    "stray object": (add("notes.txt"), "notes.txt: stray: no object of a ledger"),
    "stray batch": (add("b/019"), "b/019: stray: the log ends before it, with 8"),
    "stray batch far away": (add("b/x123/x456/789"), "b/x123/x456/789: stray: the log ends"),
    "stray name of a batch": (add("b/0000"), "b/0000: stray: no object"),
    "stray note": (add("sth/5"), "sth/5: stray: no object"),
    "stray document": (add("doc/readme"), "doc/readme: stray: no object"),
    "stray anchor": (add("tsr/000000000105/TSA"), "tsr/000000000105/TSA: stray"),
    "note no batch ends at": (add("sth/000000000007"), "sth/000000000007: no batch ends at"),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_found_and_named(places: Whole, name: str) -> None:
    edit, expected = EDITS[name]
    edit(places)
    report = places.fsck().report
    assert not report.valid
    assert any(expected in problem for problem in report.problems[:2]), report.problems
    assert len(report.problems) <= 8, "one edit is not to make a problem of everything after it"


@pytest.mark.parametrize("name", ["tile", "old bundle", "leaf", "header", "two leaves swapped"])
def test_the_first_wrong_byte_and_the_object_that_is_wrong(places: Whole, name: str) -> None:
    EDITS[name][0](places)
    found = places.fsck()
    first = found.first
    assert first is not None
    assert first.wrong == first.object
    touched = places.ledger.objects | places.view.objects
    before = GATHERED.ledger.objects | GATHERED.view.objects
    pairs = zip(touched[first.object], before[first.object], strict=False)
    parting = next((at for at, (new, old) in enumerate(pairs) if new != old), None)
    assert first.offset == parting
    assert first.told() in found.report.problems[0]


def test_a_leaf_changed_in_both_copies_is_convicted_by_its_tree_alone(places: Whole) -> None:
    EDITS["leaf in both copies"][0](places)
    found = places.fsck()
    assert "tile/entries/000" not in found.report.problems[0]
    assert found.first is None


def test_copies_that_are_both_wrong_convict_neither(places: Whole) -> None:
    change("b/003", lambda b: b.replace(b'n":120', b'n":129'))(places)
    change("tile/entries/000", lambda b: b.replace(b'n":120', b'n":128'))(places)
    first = places.fsck().first
    assert first is not None
    assert (first.object, first.copy, first.wrong) == ("b/003", "tile/entries/000", None)
    assert "which of the two is right cannot be told" in first.told()


def test_a_batch_that_cannot_be_read_is_named_to_the_byte(places: Whole) -> None:
    change("b/003", lambda b: b"\xff" + b[1:])(places)
    found = places.fsck()
    assert found.report.problems[0].startswith("b/003: byte 0: leaf 0 is cut off")
    assert found.first is not None
    assert (found.first.object, found.first.offset, found.first.leaf) == ("b/003", 0, 0)
    assert found.first.wrong == "b/003"


def test_leaves_behind_the_last_and_missing_ones_are_named(places: Whole) -> None:
    length = len(places.ledger.objects["b/004"])
    header, leaves = places.batch("b/004")
    places.put_batch("b/004", header | {"n": len(leaves) + 1}, [*leaves, b'{"t":"x"}'])
    assert str(places.fsck().first).count("b/004") >= 1
    change("b/004", lambda _: GATHERED.ledger.objects["b/004"] + b"\0\1x")(places)
    first = places.fsck().first
    assert first is not None
    assert (first.object, first.offset, first.expected) == ("b/004", length, None)
