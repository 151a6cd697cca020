"""Checkpoints in texts, and what only a checkpoint that somebody kept can show."""

from collections.abc import Callable

import pytest

from monitor.errors import InvalidInput
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.kept import find_notes
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey
from monitor.ledger.publisher import publish
from monitor.ledger.verify import Report, verify
from tests.ledger.evidence import Evidence
from tests.ledger.whole import SECOND, STRANGER, Whole, gather_whole, key_leaf
from tests.ledger.writing import KEY, NOW, deliver, draft

GATHERED = gather_whole()
NOTES = {
    int(name.removeprefix("sth/")): note
    for name, note in GATHERED.ledger.objects.items()
    if name.startswith("sth/")
}
NOTE = NOTES[105]
TEXT = NOTE.decode()
LINES = TEXT.splitlines()


def verified(places: Evidence, *kept: bytes) -> Report:
    return verify(places.ledger, places.view, KEY.vkey, kept=kept)


# Finding


def test_a_note_is_found_as_it_is() -> None:
    assert find_notes(TEXT) == (NOTE,)


@pytest.mark.parametrize(
    "around",
    [
        lambda text: f"Dear auditor,\n\nkeep this:\n\n{text}\nYours\n",
        lambda text: "\n".join(f"> > {line}" for line in text.splitlines()),
        lambda text: "\n".join(f"  {line}" for line in text.splitlines() if line),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("\n", " \n\t"),
        lambda text: f"{text}{text}again\n{text}",
        lambda text: "x\n" + "\n".join(_folded(line, 76) for line in text.splitlines()),
        lambda text: "x\n" + "\n".join(_folded(line, 50) for line in text.splitlines()),
        lambda text: f"12\n{text}",
        lambda text: f"name\n7\nnot a root\n{text}",
    ],
)
def test_what_mail_does_to_a_note_is_undone(around: Callable[[str], str]) -> None:
    assert find_notes(around(TEXT)) == (NOTE,)


def _folded(line: str, width: int) -> str:
    return "\n".join(line[at : at + width] for at in range(0, len(line), width))


def test_every_distinct_note_is_found_in_order() -> None:
    texts = "\nand\n".join(NOTES[size].decode() for size in (553, 101, 553))
    assert find_notes(texts) == (NOTES[553], NOTES[101])


@pytest.mark.parametrize("text", ["", "\n" * 999, "a\n1\nb\n", "x" * 100_000, "\n".join(LINES[:2])])
def test_a_text_without_one_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no checkpoint in it"):
        find_notes(text)


def test_a_note_without_its_signatures_is_told_apart() -> None:
    with pytest.raises(InvalidInput, match="line 3: a checkpoint without its signature lines"):
        find_notes("hello\n\n" + "\n".join(LINES[:3]) + "\n\nbye\n")


def test_a_long_text_of_sizes_is_searched_soon() -> None:
    with pytest.raises(InvalidInput):
        find_notes("\n".join(LINES[:3] * 20_000))


# Holding the log against it


@pytest.mark.parametrize("size", NOTES)
def test_a_log_that_grew_holds_every_checkpoint_it_had(size: int) -> None:
    report = verified(GATHERED, NOTES[size])
    assert report.problems == ()
    (kept,) = report.kept
    assert (kept.checkpoint.size, kept.holds, kept.cut) == (size, True, False)
    assert kept.time is not None
    assert kept.time >= NOW


def cut_with_care(places: Whole) -> None:
    """The tail goes, its notes, tiles and all that was said of it; an old checkpoint comes back."""
    for name in ("b/006", "b/007", "sth/000000000553"):
        del places.ledger.objects[name]
    places.view.objects["checkpoint"] = NOTES[172]
    for name in [one for one in places.view.objects if one.startswith("tile/")]:
        del places.view.objects[name]
    places.view.objects.update(_tiles_of(places))


def _tiles_of(places: Whole) -> dict[str, bytes]:
    other = Whole()
    other.ledger.objects.update(places.ledger.objects)
    del other.ledger.objects["sth/000000000172"]
    publish(other.ledger, other.view, SECOND, Log(other.ledger))
    return {name: body for name, body in other.view.objects.items() if name.startswith("tile/")}


def rewritten_by_its_owner(places: Whole) -> None:
    """Whoever has store and key writes another history, of the same length, and signs it."""
    other = Evidence()
    log = Log(other.ledger)
    while log.head().size < 553:
        deliver(log, range(log.head().size, log.head().size + 100), "p7", NOW)
    publish(other.ledger, other.view, KEY, log)
    places.ledger.objects = other.ledger.objects
    places.view.objects = other.view.objects


UNSEEN: dict[str, tuple[Callable[[Whole], None], str]] = {
    "tail cut, with an old checkpoint": (cut_with_care, "553 entries were signed, 172 are there"),
    "rewritten by who has the key": (rewritten_by_its_owner, "the kept checkpoint"),
}
"""What neither verify nor fsck can see from the inside: docs/ledger-format.md, section 12."""


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_seen_from_the_inside_is_seen_with_a_kept_checkpoint(name: str) -> None:
    edit, said = UNSEEN[name]
    places = GATHERED.copy()
    edit(places)
    assert verified(places).valid
    inspected = places.fsck().report
    assert inspected.valid, inspected.problems
    report = verified(places, NOTES[553])
    assert any(said in problem for problem in report.problems), report.problems
    (kept,) = report.kept
    assert kept.holds is False
    assert kept.cut is (edit is cut_with_care)


def test_a_checkpoint_older_than_the_cut_cannot_tell() -> None:
    places = GATHERED.copy()
    cut_with_care(places)
    assert verified(places, NOTES[172]).valid


@pytest.mark.parametrize("key", [STRANGER, SECOND])
def test_a_kept_note_of_a_key_that_may_not_sign_it(key: SigningKey) -> None:
    root = Log(GATHERED.ledger).root_at(101)
    assert root is not None
    report = verified(GATHERED, Checkpoint(KEY.name, 101, root).signed(key))
    assert report.problems == ("the kept checkpoint: no trusted key has signed it",)
    assert report.kept[0].holds is False


def test_a_kept_note_of_another_log() -> None:
    other = SigningKey("other.example/log", bytes(32))
    note = Checkpoint(other.name, 101, bytes(32)).signed(other)
    (problem,) = verified(GATHERED, note).problems
    assert problem.startswith("the kept checkpoint: ")


def test_a_kept_note_at_whose_size_no_batch_ends() -> None:
    note = Checkpoint(KEY.name, 104, bytes(32)).signed(KEY)
    (problem,) = verified(GATHERED, note).problems
    assert problem == "the kept checkpoint: no batch ends at its size 104"


# A log that takes the place of another


def test_a_log_that_succeeds_another_says_so() -> None:
    places = Evidence()
    log = Log(places.ledger)
    old = NOTES[553].decode()
    log.append(draft([key_leaf("succeeds", None, checkpoint=old)], log.head()), log.head())
    publish(places.ledger, places.view, KEY, log)
    report = verified(places)
    assert report.valid, report.problems
    assert report.succeeds is not None
    assert (report.succeeds.origin, report.succeeds.size) == (KEY.name, 553)
    assert verified(GATHERED).succeeds is None
