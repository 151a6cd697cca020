"""Every edit of a log is found by verify and by fsck, and the object it was made to is named."""

import random
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey
from monitor.ledger.verify import Report
from tests.ledger.evidence import Evidence, gather
from tests.ledger.writing import KEY, leaf

STRANGER = SigningKey(KEY.name, bytes(range(1, 33)))
GATHERED = gather()
(DOCUMENT,) = (name for name in GATHERED.ledger.objects if name.startswith("doc/"))
RAW = next(iter(GATHERED.raw.objects))
SIZES = [batch.end for batch in Log(GATHERED.ledger).batches()]
NOTES = [f"sth/{SIZES[seq]:012d}" for seq in (0, 1, 3, 5)]


@pytest.fixture
def places() -> Evidence:
    return GATHERED.copy()


# Edits. Each says what it does to the places and which object the first problem has to name.

Edit = Callable[[Evidence], None]


def drop(name: str) -> Edit:
    return lambda places: cast("None", places.ledger.objects.pop(name))


def both(*edits: Edit) -> Edit:
    def edit(places: Evidence) -> None:
        for each in edits:
            each(places)

    return edit


def header(name: str, **changes: object) -> Edit:
    def edit(places: Evidence) -> None:
        content, leaves = places.batch(name)
        places.put_batch(name, content | changes, leaves)

    return edit


def leaves(
    name: str, change: Callable[[list[bytes]], Sequence[bytes]], n: int | None = None
) -> Edit:
    """Change the leaves, and let the header say so unless `n` is given."""

    def edit(places: Evidence) -> None:
        content, old = places.batch(name)
        new = list(change(old))
        places.put_batch(name, content | {"n": len(new) if n is None else n}, new)

    return edit


def replace(old: bytes, new: bytes, name: str) -> Edit:
    def edit(places: Evidence) -> None:
        body = places.ledger.objects[name]
        assert body.count(old) >= 1
        places.ledger.objects[name] = body.replace(old, new, 1)

    return edit


def body(name: str, change: Callable[[bytes], bytes]) -> Edit:
    def edit(places: Evidence) -> None:
        places.ledger.objects[name] = change(places.ledger.objects[name])

    return edit


def swap(first: str, second: str) -> Edit:
    def edit(places: Evidence) -> None:
        objects = places.ledger.objects
        objects[first], objects[second] = objects[second], objects[first]

    return edit


def copy_to(source: str, target: str) -> Edit:
    def edit(places: Evidence) -> None:
        places.ledger.objects[target] = places.ledger.objects[source]

    return edit


def shown(change: Callable[[bytes], bytes]) -> Edit:
    def edit(places: Evidence) -> None:
        places.view.objects["checkpoint"] = change(places.view.objects["checkpoint"])

    return edit


def signed(
    name: str, key: SigningKey, *, origin: str = KEY.name, size: int | None = None, spoil: bool
) -> Edit:
    """Sign another note in place of one: by that key, with that origin and size, another root."""

    def edit(places: Evidence) -> None:
        store = places.view if name == "checkpoint" else places.ledger
        lines = store.objects[name].decode().split("\n")
        root = bytes(32) if spoil else Log(places.ledger).root_at(int(lines[1]))
        assert root is not None
        forged = Checkpoint(origin, int(lines[1]) if size is None else size, root)
        store.objects[name] = forged.signed(key)

    return edit


def kept(change: Callable[[bytes], bytes]) -> Edit:
    def edit(places: Evidence) -> None:
        places.raw.objects[RAW] = change(places.raw.objects[RAW])

    return edit


def genesis(**changes: object) -> Edit:
    def edit(places: Evidence) -> None:
        content, old = places.batch("b/000")
        content["genesis"] = cast("dict[str, Any]", content["genesis"]) | changes
        places.put_batch("b/000", content, old)

    return edit


def cursors(name: str, **changes: object) -> Edit:
    def edit(places: Evidence) -> None:
        content, old = places.batch(name)
        merged = cast("dict[str, Any]", content["cur"]) | changes
        content["cur"] = {key: value for key, value in merged.items() if value is not None}
        places.put_batch(name, content, old)

    return edit


def counts(name: str, **changes: int) -> Edit:
    def edit(places: Evidence) -> None:
        content, old = places.batch(name)
        content["counts"] = cast("dict[str, Any]", content["counts"]) | changes
        places.put_batch(name, content, old)

    return edit


def flip(text: bytes) -> bytes:
    return text[:-5] + bytes([text[-5] ^ 1]) + text[-4:]


EDITS: dict[str, tuple[Edit, str]] = {
    # batches gone, moved, doubled
    "first batch dropped": (drop("b/000"), "b/000: missing, though b/001 is there"),
    "batch dropped": (drop("b/002"), "b/002: missing, though b/003 is there"),
    "several dropped": (both(drop("b/002"), drop("b/003")), "b/002: missing, though b/004"),
    "last dropped": (drop("b/005"), "b/005: missing: 26 entries were signed, 22 are there"),
    "tail cut, its note too": (both(drop("b/005"), drop(NOTES[3])), "b/005: missing"),
    "everything dropped": (both(*(drop(f"b/00{n}") for n in range(6))), "b/000: missing"),
    "two swapped": (swap("b/002", "b/003"), "b/002: header.seq is 3"),
    "one doubled": (copy_to("b/005", "b/006"), "b/006: header.seq is 5"),
    "one put over another": (copy_to("b/001", "b/003"), "b/003: header.seq is 1"),
    # leaves
    "leaf edited under a note": (replace(b'"position":1', b'"position":9', "b/001"), "b/001: "),
    "leaf edited before a note": (replace(b'"old":', b'"new":', "b/002"), "up to b/002: one of"),
    "leaf edited in the last": (replace(b'"position":6', b'"position":9', "b/005"), "b/005: "),
    "leaf dropped": (leaves("b/003", lambda old: old[1:], n=3), "b/003: header.n is 3"),
    "leaf dropped, n mended": (leaves("b/001", lambda old: old[1:]), "b/001: header.counts"),
    "leaf put in": (leaves("b/001", lambda old: [*old, leaf(99)]), "b/001: "),
    "leaf doubled": (leaves("b/003", lambda old: [*old, old[0]]), "b/003: "),
    "leaves reordered": (leaves("b/001", lambda old: old[::-1]), "b/001: "),
    "leaf without kind": (leaves("b/001", lambda old: [*old[:4], b"text"]), "b/001: leaf 5"),
    "leaf posing as header": (
        leaves("b/001", lambda old: [*old[:4], b'{"t":"batch"}']),
        "b/001: leaf 5",
    ),
    "quarantine hidden": (replace(b'"quarantine"', b'"irrelevant"', "b/004"), "b/004: header.cou"),
    # headers
    "header.size": (header("b/003", size=16), "b/003: header.frontier has"),
    "header.size, fitting": (header("b/002", size=12), "b/002: header.frontier is not the tree"),
    "header.frontier": (
        header("b/001", frontier=[f"{'A' * 43}="]),
        "b/001: header.frontier is not",
    ),
    "header.frontier, no hash": (header("b/001", frontier=["AAAA"]), "b/001: leaf 0"),
    "header.time back": (header("b/003", time=1), "b/003: header.time 1 is before"),
    "header.time forward": (header("b/001", time=1_793_620_870_000), "b/001: it, or one before"),
    "header.nonce": (header("b/001", nonce="0" * 32), "b/001: it, or one before it"),
    "header.src": (header("b/001", src={"kind": "eventhub", "key": "p0"}), "b/001: header.cur"),
    "header.seq": (header("b/003", seq=2), "b/003: header.seq is 2"),
    "header.v": (header("b/003", v=2), "b/003: leaf 0"),
    "header.unknown": (header("b/003", note="trust me"), "b/003: leaf 0"),
    "header.counts sum": (counts("b/004", seen=5), "b/004: header.counts.seen is 5"),
    "header.counts moved": (counts("b/004", irrelevant=2, repeated=0), "up to b/004: one of them"),
    "header.counts relevant": (counts("b/004", relevant=5, seen=8), "b/004: header.counts.relevan"),
    "cursor back": (cursors("b/003", p0=[0, 1, [], None]), "b/003: header.cur of 'p0'"),
    "cursor lost": (cursors("b/003", p1=None), "b/003: header.cur has lost 'p1'"),
    "cursor of another source": (cursors("b/003", p1=[0, 9, [], None]), "b/003: header.cur moves"),
    "gap closed in silence": (cursors("b/003", p0=[0, 8, [], None]), "b/003: "),
    "genesis origin": (genesis(origin="log.example/other"), "b/000: header.genesis"),
    "genesis keys": (genesis(vkeys=[STRANGER.vkey]), "b/000: header.genesis"),
    "genesis ruleset": (genesis(ruleset="none"), "b/000: it, or one before it"),
    # bytes
    "object emptied": (body("b/003", lambda b: b""), "b/003: leaf 0"),
    "object cut": (body("b/003", lambda b: b[:-1]), "b/003: byte .*leaf 3 is cut off"),
    "byte appended": (body("b/003", lambda b: b + b"\x00"), "b/003: byte "),
    "empty leaf appended": (body("b/003", lambda b: b + b"\x00\x00"), "b/003: byte "),
    "length prefix": (body("b/003", lambda b: b"\xff\xff" + b[2:]), "b/003: byte 0"),
    # notes
    "note spoiled": (body(NOTES[1], flip), NOTES[1]),
    "note emptied": (body(NOTES[1], lambda b: b""), NOTES[1]),
    "note of another size": (copy_to(NOTES[0], NOTES[1]), f"{NOTES[1]}: it is the note of size 4"),
    "note by a stranger": (signed(NOTES[1], STRANGER, spoil=False), f"{NOTES[1]}: no trusted"),
    "note over another tree": (signed(NOTES[1], KEY, spoil=True), f"b/001: .*{NOTES[1]}"),
    "note inside a batch": (
        copy_to(NOTES[0], "sth/000000000007"),
        "sth/000000000007: it is the note of size 4",
    ),
    "note beyond the log": (
        copy_to(NOTES[0], "sth/000000000099"),
        "sth/000000000099: it is the note of size 4",
    ),
    "no note inside a batch": (
        lambda places: places.ledger.put("sth/000000000007", b"text"),
        "sth/000000000007: no batch ends at its size, and not a signed note",
    ),
    "checkpoint spoiled": (shown(flip), "checkpoint: "),
    "checkpoint gone": (
        lambda places: cast("None", places.view.objects.pop("checkpoint")),
        "checkpoint: missing",
    ),
    "checkpoint by a stranger": (signed("checkpoint", STRANGER, spoil=False), "checkpoint: no"),
    "checkpoint of another log": (
        signed("checkpoint", KEY, origin="log.example/other", spoil=False),
        "checkpoint: it speaks of another log",
    ),
    "checkpoint over another tree": (signed("checkpoint", KEY, spoil=True), "b/005: its tree"),
    "checkpoint inside a batch": (
        signed("checkpoint", KEY, size=6, spoil=False),
        "checkpoint: no b",
    ),
    "checkpoint beyond the log": (
        signed("checkpoint", KEY, size=99, spoil=False),
        "b/006: missing",
    ),
    # objects a leaf refers to
    "document gone": (drop(DOCUMENT), f"b/002: leaf 1: {DOCUMENT}: missing"),
    "document edited": (body(DOCUMENT, flip), f"b/002: leaf 1: {DOCUMENT}: its content"),
    "raw edited": (kept(flip), f"b/004: leaf 1: raw/{RAW}: its content"),
    "raw cut": (kept(lambda content: content[:-1]), f"b/004: leaf 1: raw/{RAW}"),
    "raw emptied": (kept(lambda content: b""), f"b/004: leaf 1: raw/{RAW}"),
}


@pytest.mark.parametrize("check", [Evidence.verify, lambda places: places.fsck().report])
@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_found_and_named(
    places: Evidence, name: str, check: Callable[[Evidence], Report]
) -> None:
    edit, expected = EDITS[name]
    edit(places)
    report = check(places)
    assert not report.valid
    first, *further = report.problems
    assert expected.split(".*")[0] in first
    assert expected.rpartition(".*")[2] in first
    assert len(further) <= 6, "one edit is not to make a problem of every batch after it"


def flipped(draw: random.Random, *, tiles: bool) -> tuple[Evidence, str, int]:
    """A copy in which one bit of one object is another, the object's name, and the byte."""
    places = GATHERED.copy()
    store = draw.choice([places.ledger, places.ledger, places.ledger, places.view, places.raw])
    names = [one for one in store.objects if one != "head" and (tiles or "tile/" not in one)]
    name = draw.choice(sorted(names))
    content = bytearray(store.objects[name])
    place = draw.randrange(len(content))
    content[place] ^= 1 << draw.randrange(8)
    store.objects[name] = bytes(content)
    return places, name, place


@pytest.mark.parametrize("seed", range(5))
def test_no_flipped_byte_goes_unnoticed(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    for _ in range(60):
        places, name, place = flipped(draw, tiles=False)
        report = places.verify()
        assert not report.valid, (name, place)
        assert any(name in problem for problem in report.problems), (name, report.problems)


@pytest.mark.parametrize("seed", range(5))
def test_fsck_names_the_flipped_byte_where_there_are_two_copies(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    for _ in range(60):
        places, name, place = flipped(draw, tiles=True)
        found = places.fsck()
        assert not found.report.valid, (name, place)
        assert any(name in problem for problem in found.report.problems), (name, found)
        if name.startswith(("b/", "tile/")):
            assert found.first is not None
            assert (found.first.object, found.first.offset) == (name, place), (name, place, found)
            assert found.first.wrong == name
