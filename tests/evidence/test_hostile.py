"""Packs that somebody made to mislead an auditor's program, to hold it up, or to bring it down."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from monitor.errors import InvalidInput
from monitor.evidence import standalone
from monitor.evidence.archive import refuse_taken
from monitor.evidence.pack import SIGNED
from monitor.ledger.note import SigningKey, sign
from tests.evidence import packs
from tests.evidence.packs import KEY, LATER, ORIGIN

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    path = tmp_path_factory.mktemp("hostile") / "pack.zip"
    packs.scene().pack(path, packs.request())
    held = packs.contents(path)
    del held["manifest.note"]
    return held


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A pack that shows how the first key was retired."""
    path = tmp_path_factory.mktemp("rotated") / "pack.zip"
    wide = packs.request(until=packs.START + 100 * packs.HOUR)
    packs.rotated().pack(path, wide, keys=(LATER,))
    return packs.contents(path)


def resigned(path: Path, files: Files, key: SigningKey) -> Path:
    """The pack, its hashes made right and its manifest signed with a key."""
    held = packs.contents(packs.bind(path, files))
    digest = sha256(held["manifest.json"]).hexdigest()
    held["manifest.note"] = sign(f"{SIGNED}\n{ORIGIN}\n{digest}\n", key)
    return packs.bind(path, held, listed=False)


def test_a_stolen_old_key_has_no_say_over_a_pack_of_the_later_one(
    rotated: Files, tmp_path: Path
) -> None:
    lying = {**rotated, "views/report.html": b"<p>No findings.</p>"}
    for vkey in (KEY.vkey, LATER.vkey):
        right = packs.verify(resigned(tmp_path / "ours", rotated, LATER), vkey=vkey)
        assert (right.code, "later than yours" in right.passed[1]) == (0, vkey == KEY.vkey)
        said = packs.verify(resigned(tmp_path / "lying", lying, KEY), vkey=vkey)
        assert said.code == 1
        assert "manifest.note: no key that you trust" in said.problems[0]


def test_a_checkpoint_by_a_key_that_the_pack_shows_retired_is_refused(
    rotated: Files, tmp_path: Path
) -> None:
    text = rotated["checkpoint"].decode().partition("\n\n")[0] + "\n"
    forged = resigned(tmp_path / "pack.zip", {**rotated, "checkpoint": sign(text, KEY)}, KEY)
    for options in ((), ("--vkey", LATER.vkey)):
        said = packs.verify(forged, *options)
        assert said.problems == ["checkpoint: only a key that the log has retired has signed it"]


def test_the_keys_that_signed_are_named(rotated: Files, tmp_path: Path) -> None:
    said = packs.verify(resigned(tmp_path / "pack.zip", rotated, LATER))
    assert f"signed by {LATER.vkey.split('+')[1]}, 1 key(s) later than yours" in said.passed[1]


def test_a_period_that_outlasts_the_checkpoint_is_told(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    packs.scene().pack(path, packs.request(until=packs.START + 1000 * packs.HOUR))
    said = packs.verify(path)
    assert said.code == 0
    assert any(
        "reaches: the last batch is of 2026-03-03T15:00:00.000000Z" in x for x in said.passed
    )
    assert any("this pack does not know" in one for one in said.notes)
    inside = packs.verify(packs.bind(path, files), "--unsigned")
    assert not any("does not know" in one for one in inside.notes)


def twice(files: Files) -> Files:
    """An entry with a second text: which one is read depends on the reader."""
    held = files["entries.jsonl"].split(b"\n")
    held[4] = b'{"leaf":"{}",' + held[4][1:]
    return {**files, "entries.jsonl": b"\n".join(held)}


def links(files: Files) -> Files:
    told = json.loads(files["keys.json"])
    told["keys"] *= 1000
    return {**files, "keys.json": json.dumps(told).encode()}


HEADING = b'"' + b'","'.join(x.split("=")[0].encode() for x in
                            standalone.COLUMNS["events"].split()) + b'"\r\n'  # fmt: skip

EDITS: dict[str, tuple[Callable[[Files], Files], str]] = {
    "two members of one name": (twice, "two members of one name"),
    "a row that never ends": (
        lambda f: {**f, "views/events.csv": HEADING + b'"\n",' * 2_000_000},
        "a row of more than one line",
    ),
    "a number that never ends": (
        lambda f: {**f, "range-proof.json": b'{"first":' + b"1" * 4_000_000 + b"}"},
        "a number that is too long",
    ),
    "a note of many signatures": (
        lambda f: {**f, "checkpoint": f["checkpoint"] + f["checkpoint"].split(b"\n\n")[1] * 200},
        "too many signatures",
    ),
    "a note that never ends": (
        lambda f: {**f, "checkpoint": f["checkpoint"] + b"x" * 1_000_000},
        "a note that is too long",
    ),
    "a program beside the evidence": (
        lambda f: {**f, "views/OPEN-ME.exe": b"MZ"},
        "files that no pack has: ['views/OPEN-ME.exe']",
    ),
    "certificates in the place of yours": (
        lambda f: {**f, "CA.pem": b"-----"},
        "files that no pack has: ['CA.pem']",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_would_mislead_or_exhaust_is_refused(name: str, files: Files, tmp_path: Path) -> None:
    edit, words = EDITS[name]
    said = packs.verify(packs.bind(tmp_path / "pack.zip", edit(files)), "--unsigned")
    assert (said.code, words in said.problems[0]) == (1, True), said.problems


def test_a_chain_of_a_thousand_keys_is_refused(rotated: Files, tmp_path: Path) -> None:
    said = packs.verify(packs.bind(tmp_path / "pack.zip", links(rotated)), "--unsigned")
    assert said.problems == ["keys.json: more keys than a log may have"]


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_deflate_is_unpacked(kind: int, files: Files, tmp_path: Path) -> None:
    """LZMA names the memory it wants, up to four gigabytes."""
    with zipfile.ZipFile(tmp_path / "pack.zip", "w", kind) as pack:
        for name, body in files.items():
            pack.writestr(name, body)
    said = packs.verify(tmp_path / "pack.zip", "--unsigned")
    assert "packed in an unusual way" in said.problems[0]


def test_a_directory_of_a_million_files_is_not_taken_in(tmp_path: Path) -> None:
    one = b"PK\x01\x02" + bytes(42)
    number = (1 << 24) // len(one) + 2
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff\xff\xff"
    end += (number * len(one)).to_bytes(4, "little") + bytes(6)
    (tmp_path / "pack.zip").write_bytes(one * number + end)
    assert packs.verify(tmp_path / "pack.zip").problems == ["the ZIP has too long a directory"]


def test_bytes_that_are_longer_packed_are_refused(files: Files, tmp_path: Path) -> None:
    path = packs.bind(tmp_path / "pack.zip", files)
    body = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as pack:
        place = pack.start_dir
    body[place + 24 : place + 28] = bytes(4)  # the first file says to be empty
    body[place + 20 : place + 24] = (5000).to_bytes(4, "little")
    path.write_bytes(body)
    said = packs.verify(tmp_path / "pack.zip", "--unsigned")
    assert "is longer packed than unpacked" in said.problems[0]


def test_a_terminal_without_the_letters_gets_them_written_out(tmp_path: Path) -> None:
    path = packs.bind(tmp_path / "pack.zip", {"\u533b\u9662\u202e": b""}, listed=False)
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8=0", standalone.__file__, str(path)],
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\\u533b\\u9662\\u202e" in done.stdout


def test_force_puts_no_pack_where_a_pipe_or_a_device_is(tmp_path: Path) -> None:
    """A pack takes its place by a rename: root could put one in the place of /dev/null."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="is a device or a pipe"):
        refuse_taken(tmp_path / "pipe", force=True)
