"""Edits of a pack: each is caught, though the manifest's hashes are made right afterwards.

The signature over the manifest is taken away first and its absence allowed: what stands here is
caught without it. `test_standalone.py` shows what it adds.
"""

import csv
import io
import json
import re
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.evidence.scope import Profile
from monitor.ledger import merkle
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.note import SigningKey, sign
from tests.evidence import packs
from tests.evidence.packs import KEY, ORIGIN, STRANGER, Json

Files = dict[str, bytes]
Edit = Callable[[Files], Files]
ZERO = b64encode(bytes(32)).decode()


@dataclass(frozen=True)
class Whole:
    """Packs of one log, and one of another."""

    full: Files
    filtered: Files
    bare: Files
    later: Files
    other: Files
    kept: Path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    place = tmp_path_factory.mktemp("packs")
    scene, stranger = packs.scene(), packs.scene()
    root = scene.log.root_at(11)
    assert root is not None
    previous = Checkpoint(ORIGIN, 11, root)
    kept = place / "kept"
    kept.write_bytes(sign(previous.text(), KEY))
    rotated = packs.rotated()
    scene.pack(place / "full", packs.request(), previous=previous)
    scene.pack(place / "filtered", packs.request(severity="high", tenant=packs.HOSPITAL))
    scene.pack(place / "bare", packs.request(profile=Profile.NO_PERSONAL_DATA))
    rotated.pack(place / "later", packs.request(), keys=(packs.LATER,))
    stranger.pack(place / "other", packs.request())
    held = {
        name: packs.contents(place / name)
        for name in ("full", "filtered", "bare", "later", "other")
    }
    for files in held.values():
        del files["manifest.note"]
    return Whole(**held, kept=kept)


def lines(files: Files, change: Callable[[list[Json]], object]) -> Files:
    """Edit the lines of entries.jsonl."""
    held = packs.entries(files)
    change(held)
    return packs.with_entries(files, held)


def told(name: str, change: Callable[[Any], object]) -> Edit:
    """An edit of a JSON file."""

    def edit(files: Files) -> Files:
        held = json.loads(files[name])
        change(held)
        return {**files, name: json.dumps(held).encode()}

    return edit


def entry(index: int, change: Callable[[Json], object]) -> Edit:
    """An edit of what an entry says, its text well formed."""

    def edit(files: Files) -> Files:
        held = packs.entries(files)
        leaf = json.loads(held[index]["leaf"])
        change(leaf)
        held[index]["leaf"] = json.dumps(leaf, separators=(",", ":"))
        return packs.with_entries(files, held)

    return edit


def row(table: str, change: Callable[[list[list[str]]], object]) -> Edit:
    """An edit of a CSV file's rows, its heading the first."""

    def edit(files: Files) -> Files:
        name = f"views/{table}.csv"
        held = list(csv.reader(io.StringIO(files[name].decode("utf-8-sig"), newline="")))
        change(held)
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(held)
        return {**files, name: out.getvalue().encode("utf-8-sig")}

    return edit


def event(number: int, change: Callable[[Json], object]) -> Edit:
    """An edit of a line of the OCSF events."""

    def edit(files: Files) -> Files:
        name = "views/events.ocsf.ndjson"
        held = [json.loads(line) for line in files[name].split(b"\n") if line]
        change(held[number])
        return {**files, name: b"".join(json.dumps(one).encode() + b"\n" for one in held)}

    return edit


def dropped(name: str) -> Edit:
    return lambda files: {key: body for key, body in files.items() if key != name}


def signed(key: SigningKey, change: Callable[[Checkpoint], Checkpoint]) -> Edit:
    """Another checkpoint, signed."""

    def edit(files: Files) -> Files:
        origin, size, root = files["checkpoint"].decode().split("\n")[:3]
        made = change(Checkpoint(origin, int(size), b64decode(root)))
        return {**files, "checkpoint": sign(made.text(), key)}

    return edit


def shown_again(files: Files) -> Files:
    """A withheld entry is shown, its hash right, though nobody asked for it."""
    held = packs.entries(files)
    place = next(n for n, one in enumerate(held) if one.get("withheld") == "filter")
    text = '{"t":"config","v":1,"tenant":"","at":"2026-03-02T09:00:00.000000Z","sha256":null}'
    assert merkle.leaf_hash(text.encode()).hex() == held[place]["hash"]
    held[place] = {"i": held[place]["i"], "leaf": text}
    return packs.with_entries(files, held)


def hidden(place: int, why: str) -> Callable[[list[Json]], None]:
    """An entry is withheld, its hash right."""

    def change(held: list[Json]) -> None:
        hashed = merkle.leaf_hash(held[place]["leaf"].encode()).hex()
        held[place] = {"i": held[place]["i"], "hash": hashed, "withheld": why}

    return change


def both(*edits: Edit) -> Edit:
    def edit(files: Files) -> Files:
        for one in edits:
            files = one(files)
        return files

    return edit


def swapped(held: list[Any], one: int, two: int) -> object:
    held[one], held[two] = held[two], held[one]
    return held


def fewer(*where: str) -> Callable[[Json], None]:
    """A count of the manifest is one less."""

    def change(manifest: Json) -> None:
        held = manifest["counts"]
        for name in where[:-1]:
            held = held[name]
        held[where[-1]] -= 1

    return change


def hide_batch(held: list[Json]) -> None:
    """A whole batch is taken out, and the places behind it closed up."""
    del held[2:5]
    for number, one in enumerate(held):
        one["i"] = number


EDITS: dict[str, Edit] = {
    # entries
    "an entry is dropped": lambda f: lines(f, lambda held: held.pop(4)),
    "an entry is dropped, numbers closed up": lambda f: lines(
        f, lambda held: (held.pop(4), [one.update(i=n) for n, one in enumerate(held)])
    ),
    "a batch is dropped": lambda f: lines(f, hide_batch),
    "the last batch is dropped": lambda f: lines(f, lambda held: held.__delitem__(slice(17, 20))),
    "the last batch is dropped from range and entries": both(
        lambda f: lines(f, lambda held: held.__delitem__(slice(17, 20))),
        told("manifest.json", lambda one: one["range"].update(end=17)),
        told("range-proof.json", lambda one: one.update(end=17)),
    ),
    "an entry is added": lambda f: lines(f, lambda held: held.append({**held[-1], "i": 20})),
    "two entries are swapped": lambda f: lines(f, lambda held: swapped(held, 3, 4)),
    "two entries are swapped, numbers kept": lambda f: lines(
        f, lambda held: (swapped(held, 3, 4), held[3].update(i=3), held[4].update(i=4))
    ),
    "a finding's severity": entry(4, lambda leaf: leaf.update(severity="info")),
    "a finding's witness": entry(4, lambda leaf: leaf.update(witness="nothing happened")),
    "a change's actor": entry(3, lambda leaf: leaf["initiator"].update(label="bob@a.example")),
    "a white space in an entry": lambda f: lines(
        f, lambda held: held[3].update(leaf=held[3]["leaf"] + " ")
    ),
    "a time": entry(3, lambda leaf: leaf.update(at="2026-03-02T09:30:00.000000Z")),
    "a header's time": entry(2, lambda leaf: leaf.update(time=leaf["time"] + 1)),
    "a header's counts": entry(2, lambda leaf: leaf["counts"].update(seen=2, irrelevant=1)),
    "a header's number of leaves": entry(2, lambda leaf: leaf.update(n=3)),
    "an entry is hidden for the filter": lambda f: lines(f, hidden(4, "filter")),
    "an entry is hidden for the period": lambda f: lines(f, hidden(4, "period")),
    "an entry is hidden for the tenant": lambda f: lines(f, hidden(4, "tenant")),
    "an entry is hidden for the profile": lambda f: lines(f, hidden(4, "profile")),
    "an entry is hidden for no reason": lambda f: lines(f, hidden(4, "")),
    "a header is hidden": lambda f: lines(f, hidden(5, "period")),
    "a hash is not a hash": lambda f: lines(
        f, lambda held: held.__setitem__(4, {"i": 4, "hash": "00", "withheld": "filter"})
    ),
    "an entry has both text and hash": lambda f: lines(
        f, lambda held: held[4].update(hash="0" * 64)
    ),
    "a line without an end": lambda f: {
        **f,
        "entries.jsonl": b'{"i":0,"leaf":"' + b" " * (1 << 23),
    },
    "a row without an end": lambda f: {**f, "views/events.csv": b'"' + b" " * (1 << 23)},
    "an event without an end": lambda f: {**f, "views/events.ocsf.ndjson": b" " * (1 << 23)},
    "the entries are cut off in a line": lambda f: {**f, "entries.jsonl": f["entries.jsonl"][:-9]},
    # the tree
    "a left hash": told("range-proof.json", lambda one: one["left"].append(ZERO)),
    "a right hash": told("range-proof.json", lambda one: one["right"].__setitem__(0, ZERO)),
    "a right hash is dropped": told("range-proof.json", lambda one: one["right"].pop()),
    "the size of the proof": told("range-proof.json", lambda one: one.update(size=24)),
    "the first index": told("range-proof.json", lambda one: one.update(first=1)),
    "a range of negative width": told("range-proof.json", lambda one: one.update(first=9, end=3)),
    "the header behind the range": told(
        "range-proof.json",
        lambda one: one["after"].update(leaf=one["after"]["leaf"].replace('"n":2', '"n":1')),
    ),
    "no header behind the range": told("range-proof.json", lambda one: one.update(after=None)),
    # the checkpoint
    "the root, not signed again": lambda f: {
        **f,
        "checkpoint": re.sub(
            rb"\n[A-Za-z0-9+/]{43}=\n", b"\n" + ZERO.encode() + b"\n", f["checkpoint"], count=1
        ),
    },
    "the size, not signed again": lambda f: {
        **f,
        "checkpoint": f["checkpoint"].replace(b"\n23\n", b"\n24\n"),
    },
    "the root, signed by a stranger": signed(
        STRANGER, lambda c: Checkpoint(ORIGIN, c.size, bytes(32))
    ),
    "all right, signed by a stranger": signed(STRANGER, lambda c: c),
    "the checkpoint of another log's name": signed(
        SigningKey("evil.example/log", KEY.seed),
        lambda c: Checkpoint("evil.example/log", c.size, c.root),
    ),
    "another root by the right key": signed(KEY, lambda c: Checkpoint(ORIGIN, c.size, bytes(32))),
    "another size by the right key": signed(KEY, lambda c: Checkpoint(ORIGIN, c.size + 1, c.root)),
    "a checkpoint without a signature": lambda f: {
        **f,
        "checkpoint": f["checkpoint"].partition(b"\n\n")[0] + b"\n\n",
    },
    "no checkpoint": dropped("checkpoint"),
    "a signature with a flipped bit": lambda f: {**f, "checkpoint": _flipped(f["checkpoint"])},
    # the previous checkpoint
    "the previous root": told("consistency.json", lambda one: one["proof"].__setitem__(0, ZERO)),
    "a hash of the consistency proof is dropped": told(
        "consistency.json", lambda one: one["proof"].pop()
    ),
    "the old size": told("consistency.json", lambda one: one.update(old=10)),
    "the previous checkpoint is unsigned": lambda f: {
        **f,
        "previous-checkpoint": f["previous-checkpoint"].replace(b"\n11\n", b"\n10\n"),
    },
    "the previous checkpoint by a stranger": lambda f: {
        **f,
        "previous-checkpoint": sign(
            f["previous-checkpoint"].decode().partition("\n\n")[0] + "\n", STRANGER
        ),
    },
    "the proof from it is dropped": dropped("consistency.json"),
    # the manifest
    "another origin": told("manifest.json", lambda one: one.update(origin="evil.example")),
    "another size in the manifest": told("manifest.json", lambda one: one["range"].update(size=20)),
    "another range in the manifest": told(
        "manifest.json", lambda one: one["range"].update(first=2)
    ),
    "a wider period": told(
        "manifest.json", lambda one: one["period"].update({"to": "2026-04-02T09:00:00.000000Z"})
    ),
    "a narrower period": told(
        "manifest.json", lambda one: one["period"].update({"to": "2026-03-02T11:00:00.000000Z"})
    ),
    "no period": told("manifest.json", lambda one: one["period"].update({"from": "", "to": "z"})),
    "a filter that was not": told("manifest.json", lambda one: one["filter"].update(rule="other")),
    "a tenant that was not": told("manifest.json", lambda one: one.update(tenant=packs.OTHER)),
    "a profile that was not": told(
        "manifest.json", lambda one: one.update(profile="no-personal-data")
    ),
    "a period that ends before it begins": told(
        "manifest.json", lambda one: one["period"].update({"to": "2026-03-02T08:00:00.000000Z"})
    ),
    "a filter that nobody knows": told(
        "manifest.json", lambda one: one["filter"].update(colour="x")
    ),
    "a filter of nothing": told("manifest.json", lambda one: one["filter"].update(actor="")),
    "a severity that is none": told(
        "manifest.json", lambda one: one["filter"].update(severity="x")
    ),
    "fewer entries counted": told("manifest.json", fewer("entries")),
    "fewer shown": told("manifest.json", fewer("shown")),
    "fewer findings": told("manifest.json", fewer("kinds", "finding")),
    "no critical finding": told(
        "manifest.json", lambda one: one["counts"]["severities"].pop("critical")
    ),
    "fewer records": told("manifest.json", fewer("records", "seen")),
    "fewer rows": told("manifest.json", fewer("rows", "findings.csv")),
    "a later format": told("manifest.json", lambda one: one.update(version=2)),
    "the manifest is a list": lambda f: {**f, "manifest.json": b'{"files": []}'},
    # the views
    "a cell of findings.csv": row("findings", lambda rows: rows[1].__setitem__(5, "low")),
    "a witness in findings.csv": row("findings", lambda rows: rows[1].__setitem__(9, "")),
    "a hash in changes.csv": row("changes", lambda rows: rows[1].__setitem__(1, "0" * 64)),
    "an index in events.csv": row("events", lambda rows: rows[1].__setitem__(0, "2")),
    "a row of findings.csv is dropped": row("findings", lambda rows: rows.pop()),
    "a row of events.csv is dropped": row("events", lambda rows: rows.pop(3)),
    "a row of events.csv twice": row("events", lambda rows: rows.append(rows[-1])),
    "rows of changes.csv swapped": row("changes", lambda rows: swapped(rows, 1, 2)),
    "a heading": row("events", lambda rows: rows[0].__setitem__(5, "sort")),
    "the apostrophe before a formula": row(
        "changes", lambda rows: rows[1].__setitem__(11, packs.FORMULA)
    ),
    "a formula among the columns": row("events", lambda rows: rows[1].append("=1+1")),
    "an event's severity": event(1, lambda one: one.update(severity_id=1)),
    "an event's text": event(1, lambda one: one.update(raw_data="{}")),
    "an event's place": event(1, lambda one: one["metadata"].update(uid=f"{ORIGIN}#3")),
    "an event's hash": event(1, lambda one: one["unmapped"].update(leaf_hash="0" * 64)),
    "an event's class": event(1, lambda one: one.update(class_uid=3004)),
    "an event is dropped": lambda f: {
        **f,
        "views/events.ocsf.ndjson": f["views/events.ocsf.ndjson"].partition(b"\n")[2],
    },
    "an event is added": lambda f: {
        **f,
        "views/events.ocsf.ndjson": f["views/events.ocsf.ndjson"] + b"{}\n",
    },
    # documents
    "a document": lambda f: {
        name: (body[:-2] + b"y}" if name.startswith("doc/") else body) for name, body in f.items()
    },
    "no document": lambda f: {name: body for name, body in f.items() if name[:4] != "doc/"},
    "a document that nobody names": lambda f: {**f, f"doc/{'0' * 64}": b"{}"},
    "source bytes that are not": lambda f: {**f, f"raw/{'0' * 64}": b"salt"},
    # timestamps
    "a timestamp over another note": lambda f: {
        **f,
        "timestamp/tsa.tsr": b"x",
        "timestamp/note": f["previous-checkpoint"],
    },
}


def _flipped(note: bytes) -> bytes:
    head, dash, encoded = note.partition("\n\u2014 ".encode())
    name, _, line = encoded.partition(b" ")
    material = bytearray(b64decode(line.split(b"\n")[0]))
    material[40] ^= 1
    return head + dash + name + b" " + b64encode(material) + b"\n"


def test_the_packs_themselves_are_valid(whole: Whole, tmp_path: Path) -> None:
    for number, files in enumerate((whole.full, whole.filtered, whole.bare, whole.other)):
        said = packs.verify(packs.bind(tmp_path / str(number), files), "--unsigned")
        assert (said.code, said.problems) == (0, [])
    later = packs.bind(tmp_path / "later", whole.later)
    assert packs.verify(later, "--unsigned").code == 0
    assert packs.verify(later, "--unsigned", vkey=packs.LATER.vkey).code == 0


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_caught(name: str, whole: Whole, tmp_path: Path) -> None:
    files = EDITS[name](dict(whole.full))
    said = packs.verify(
        packs.bind(tmp_path / "pack.zip", files, listed="files" in _manifest(files)), "--unsigned"
    )
    assert said.code == 1, said.passed
    assert said.problems
    assert not any("Traceback" in one for one in said.problems)


def _manifest(files: Files) -> Json:
    told = json.loads(files["manifest.json"])
    return told if isinstance(told.get("files"), dict) else {}


NARROW: dict[str, tuple[str, Edit]] = {
    "a filter is dropped": ("filtered", told("manifest.json", lambda one: one["filter"].clear())),
    "a filter is narrowed": (
        "filtered",
        told("manifest.json", lambda one: one["filter"].update(actor="nobody")),
    ),
    "the tenant is dropped": (
        "filtered",
        told("manifest.json", lambda one: one.update(tenant=None)),
    ),
    "an entry that was not asked for": ("filtered", shown_again),
    "a withheld hash": (
        "filtered",
        lambda f: lines(
            f, lambda held: next(one for one in held if "hash" in one).update(hash="0" * 64)
        ),
    ),
    "the reason of a withheld entry": (
        "filtered",
        lambda f: lines(
            f, lambda held: next(one for one in held if "hash" in one).update(withheld="profile")
        ),
    ),
    "the profile is said to be full": (
        "bare",
        told("manifest.json", lambda one: one.update(profile="full")),
    ),
    "a redacted row is dropped": ("bare", row("events", lambda rows: rows.pop())),
    "a redacted row's hash": (
        "bare",
        row("findings", lambda rows: rows[1].__setitem__(1, "0" * 64)),
    ),
    "a redacted severity": ("bare", row("events", lambda rows: rows[3].__setitem__(6, "info"))),
    "a redacted kind": ("bare", row("events", lambda rows: rows[3].__setitem__(5, "ack"))),
    "a key that the log does not announce": (
        "later",
        told(
            "keys.json",
            lambda one: one["keys"][0].update(
                leaf=one["keys"][0]["leaf"].replace(packs.LATER.vkey, STRANGER.vkey)
            ),
        ),
    ),
    "the note that hands over": (
        "later",
        told(
            "keys.json",
            lambda one: one["keys"][0].update(
                note=one["keys"][0]["note"].replace("\n25\n", "\n26\n")
            ),
        ),
    ),
    "the key chain is dropped": ("later", dropped("keys.json")),
    "the key chain of another log": (
        "later",
        told("keys.json", lambda one: one["keys"][0]["consistency"].append(ZERO)),
    ),
}


@pytest.mark.parametrize("name", NARROW)
def test_an_edit_of_a_narrower_pack_is_caught(name: str, whole: Whole, tmp_path: Path) -> None:
    which, edit = NARROW[name]
    files = edit(dict(getattr(whole, which)))
    said = packs.verify(packs.bind(tmp_path / "pack.zip", files), "--unsigned")
    assert said.code == 1, said.passed
    assert said.problems


def test_parts_of_another_log_are_caught(whole: Whole, tmp_path: Path) -> None:
    for name in ("checkpoint", "entries.jsonl", "range-proof.json", "views/events.csv"):
        mixed = {**whole.full, name: whole.other[name]}
        said = packs.verify(packs.bind(tmp_path / "mixed.zip", mixed), "--unsigned")
        assert said.code == 1, name


def test_what_the_auditor_kept_tells_another_log(whole: Whole, tmp_path: Path) -> None:
    """A log made anew by the owner of the key agrees with itself; not with what was kept."""
    other = packs.bind(tmp_path / "other.zip", whole.other)
    assert packs.verify(other, "--unsigned").code == 0
    said = packs.verify(other, "--unsigned", "--previous", str(whole.kept))
    assert said.problems == [
        "the pack has no proof from your previous checkpoint; ask for one with it"
    ]
    grafted = {
        **whole.other,
        "previous-checkpoint": whole.full["previous-checkpoint"],
        "consistency.json": whole.full["consistency.json"],
    }
    said = packs.verify(
        packs.bind(tmp_path / "grafted.zip", grafted), "--unsigned", "--previous", str(whole.kept)
    )
    assert said.code == 1
    assert "grow" in said.problems[0]


def test_what_the_auditor_kept_agrees_with_the_right_log(whole: Whole, tmp_path: Path) -> None:
    pack = packs.bind(tmp_path / "pack.zip", whole.full)
    said = packs.verify(pack, "--unsigned", "--previous", str(whole.kept))
    assert (said.code, "the log only grew since 11 entries" in said.passed) == (0, True)
    assert packs.verify(pack, "--unsigned", "--previous", str(pack)).code == 0


def test_a_cosignature_counts_only_for_this_checkpoint(whole: Whole, tmp_path: Path) -> None:
    ask = ("--unsigned", "--witness", packs.witness_vkey())
    pack = tmp_path / "pack.zip"
    assert packs.verify(packs.bind(pack, whole.full), *ask).code == 0
    note, _, line = whole.full["checkpoint"].decode().rpartition("\u2014 witness")
    without = {**whole.full, "checkpoint": note.encode()}
    assert packs.verify(packs.bind(pack, without), *ask).code == 1
    of_another = whole.other["checkpoint"].decode().rpartition("\u2014 witness")[2]
    assert of_another != line
    grafted = {**whole.full, "checkpoint": f"{note}\u2014 witness{of_another}".encode()}
    assert packs.verify(packs.bind(pack, grafted), *ask).code == 1
    material = bytearray(b64decode(line.split(" ")[1]))
    material[5] ^= 1  # the time it gives
    moved = f"{note}\u2014 witness{line.split(' ')[0]} {b64encode(material).decode()}\n"
    assert (
        packs.verify(packs.bind(pack, {**whole.full, "checkpoint": moved.encode()}), *ask).code == 1
    )


# --- the ZIP itself ---------------------------------------------------------------------------


def zipped(path: Path, members: Iterator[tuple[zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for info, body in members:
            pack.writestr(info, body)
    return path


def members(
    files: Files, extra: tuple[str, bytes, int] | None = None
) -> Iterator[tuple[Any, bytes]]:
    for name, body in files.items():
        yield zipfile.ZipInfo(name), body
    if extra:
        info = zipfile.ZipInfo(extra[0])
        info.external_attr = extra[2] << 16
        yield info, extra[1]


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/evil",
        "a/../../evil",
        "C:evil",
        "a\\evil",
        "a//b",
        ".",
        "a/",
        "-\x07",
        "\u202e.csv",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, whole: Whole, tmp_path: Path) -> None:
    path = zipped(tmp_path / "pack.zip", members(whole.full, (name, b"x", 0o100644)))
    said = packs.verify(path, "--unsigned")
    assert said.code == 1
    assert "dangerous name" in said.problems[0]


def test_a_link_is_refused(whole: Whole, tmp_path: Path) -> None:
    path = zipped(tmp_path / "pack.zip", members(whole.full, ("link", b"/etc/passwd", 0o120777)))
    assert "no plain file" in packs.verify(path, "--unsigned").problems[0]


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_two_files_of_one_name_are_refused(whole: Whole, tmp_path: Path) -> None:
    twice = ("entries.jsonl", b"", 0o100644)
    path = zipped(tmp_path / "pack.zip", members(whole.full, twice))
    assert "two files of one name" in packs.verify(path, "--unsigned").problems[0]


def test_a_file_that_nobody_lists_is_refused(whole: Whole, tmp_path: Path) -> None:
    files = packs.contents(packs.bind(tmp_path / "good.zip", whole.full))
    path = zipped(tmp_path / "pack.zip", members(files, ("extra.html", b"<b>", 0o100644)))
    assert "files and manifest differ" in packs.verify(path, "--unsigned").problems[0]


def test_what_stands_before_or_behind_the_files_is_refused(whole: Whole, tmp_path: Path) -> None:
    path = packs.bind(tmp_path / "pack.zip", whole.full)
    body = path.read_bytes()
    path.write_bytes(b"#!/bin/sh\n" + body)
    assert packs.verify(path, "--unsigned").code == 1
    path.write_bytes(body)
    with zipfile.ZipFile(path, "a") as pack:
        pack.comment = b"trust me"
    assert packs.verify(path, "--unsigned").code == 1
    path.write_bytes(body + b"trailing")
    assert packs.verify(path, "--unsigned").code == 1
    for cut in (0, 1, 100, len(body) // 2, len(body) - 1):
        path.write_bytes(body[:cut])
        assert packs.verify(path, "--unsigned").code == 1, cut


def test_a_bomb_is_not_unpacked(whole: Whole, tmp_path: Path) -> None:
    body = bytearray(packs.bind(tmp_path / "pack.zip", whole.full).read_bytes())
    place = body.rfind(b"PK\x01\x02")
    body[place + 24 : place + 28] = (0xFFFF_FFF0).to_bytes(4, "little")  # the size it says to have
    for start in range(len(body)):
        if body[start : start + 4] == b"PK\x01\x02":
            body[start + 24 : start + 28] = (0xFFFF_FFF0).to_bytes(4, "little")
    path = tmp_path / "bomb.zip"
    path.write_bytes(body)
    assert "unpacks too large" in packs.verify(path, "--unsigned").problems[0]


def test_files_that_share_their_bytes_are_refused(whole: Whole, tmp_path: Path) -> None:
    """The overlapping files of a bomb: two names of one place."""
    path = packs.bind(tmp_path / "pack.zip", whole.full)
    body = path.read_bytes()
    last, second = (m.start() for m in list(re.finditer(rb"PK\x01\x02", body))[-2:])
    first, second = second, last
    edited = bytearray(body)
    edited[second + 42 : second + 46] = body[first + 42 : first + 46]
    path.write_bytes(edited)
    assert "overlaps" in packs.verify(path, "--unsigned").problems[0]


def test_a_file_that_the_directory_does_not_name_is_found(whole: Whole, tmp_path: Path) -> None:
    """A reader that goes through the file from its beginning would see it."""
    path = packs.bind(tmp_path / "pack.zip", whole.full)
    body = path.read_bytes()
    with zipfile.ZipFile(path) as pack:
        place = sorted(info.header_offset for info in pack.infolist())[1]
        start = pack.start_dir
    hidden_file = b"PK\x03\x04" + bytes(22) + (1).to_bytes(2, "little") + bytes(2) + b"x"
    edited = bytearray(body[:place] + hidden_file + body[place:])
    at = start + len(hidden_file)
    while edited[at : at + 4] == b"PK\x01\x02":
        offset = int.from_bytes(edited[at + 42 : at + 46], "little")
        if offset >= place:
            edited[at + 42 : at + 46] = (offset + len(hidden_file)).to_bytes(4, "little")
        sizes = (int.from_bytes(edited[at + n : at + n + 2], "little") for n in (28, 30, 32))
        at += 46 + sum(sizes)
    edited[at + 16 : at + 20] = (start + len(hidden_file)).to_bytes(4, "little")
    path.write_bytes(edited)
    with zipfile.ZipFile(path) as pack:
        assert pack.testzip() is None
    assert "something hides there" in packs.verify(path, "--unsigned").problems[0]


def test_every_bit_of_a_short_pack_counts(whole: Whole, tmp_path: Path) -> None:
    """Flipped bits anywhere in the file, at places spread over it: none passes in silence.

    A ZIP has fields that nobody reads (times, versions); what is read there is not evidence.
    """
    scene = packs.Scene()
    scene.append({"t": "config", "v": 1, "tenant": "", "at": "x", "sha256": None}, at=packs.START)
    path = tmp_path / "pack.zip"
    scene.pack(path, packs.request())
    body = path.read_bytes()
    whole_files = packs.contents(path)
    flips = range(0, len(body), max(1, len(body) // 60))
    for place in flips:
        path.write_bytes(body[:place] + bytes([body[place] ^ 4]) + body[place + 1 :])
        said = packs.verify(path)
        if said.code == 0:
            assert packs.contents(path) == whole_files, place


def test_the_edits_are_many() -> None:
    assert len(EDITS) + len(NARROW) >= 40
