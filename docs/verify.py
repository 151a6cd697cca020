"""verify.py: check an evidence pack of an MFA monitor. Python 3.8 or newer, nothing to install.

    python3 verify.py --vkey VKEY [--witness VKEY] [--previous LAST.zip] [--openssl] [--json] PACK

It reads the pack, unpacks nothing, needs no network, and shares no code with the program that made
the pack. It believes the verifier key you give it, and what you kept from last time (--previous).
Formats: RFC 6962 (trees), RFC 8032 (Ed25519), C2SP signed-note, tlog-checkpoint, tlog-cosignature.

Exit: 0 every check passed under your key; 1 something is wrong; 2 usage; 3 nothing is wrong, but
no --vkey was given, so the pack only agrees with itself.
"""

# ruff: noqa: BLE001, PLR2004, S603 - sizes are those of the formats named above; whatever a
# pack makes Python raise is a fault of the pack; openssl is started with names of our own choosing.
from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

MOST_FILES, MOST_BYTES = 100_000, 1 << 33  # in a pack; of all files together
MOST_HELD, MOST_LINE = 1 << 26, 1 << 22  # bytes of a file, and of a line, that is held in memory
MOST_LISTED = 1 << 24  # bytes of the directory of the ZIP
MOST_NOTE, MOST_SIGNATURES, MOST_KEYS = 1_000_000, 64, 32  # as the log's own program allows them
PART = "[A-Za-z0-9_-][A-Za-z0-9._-]*"  # of the name of a file
PLACE = "index=#i hash=#h entered=#e at=at tenant=tenant "
WHO = (
    " object_kind=object.kind object_id=object.id object_name=object.name actor=initiator.label"
    " actor_id=initiator.id actor_ip=initiator.ip"
)
COLUMNS = {  # heading=path of each column of views/*.csv
    "events": PLACE + "kind=t severity=severity rule=rule activity=activity result=result" + WHO
    + " about_entry=src.of",
    "findings": PLACE + "severity=severity rule=rule revision=revision title=title witness=witness"
    " certainty=certainty" + WHO + " activity=activity incident=incident about_entry=src.of"
    " correlation=correlation hipaa_45_cfr=controls.hipaa nist_800_53=controls.nist"
    " cis_m365=controls.cis scuba=controls.scuba attack=controls.attack",
    "changes": PLACE + "kind=t activity=activity result=result effect=effect" + WHO
    + " actor_app=initiator.app member=member.name verdict=comparison.verdict"
    " level=comparison.level correlation=correlation document_sha256=doc.doc_sha256",
}  # fmt: skip
HINT = "; a later pack with --previous shows it, and that nothing was cut off"
SEVERITIES = ("info", "low", "medium", "high", "critical")
IMPERSONAL = ("batch", "config", "pulse", "gap", "key")  # kinds that every profile shows whole
NAMES = re.compile(  # of the files that a pack may have
    r"README\.txt|verify\.py|manifest\.(json|note)|checkpoint|entries\.jsonl|range-proof\.json"
    r"|previous-checkpoint|consistency\.json|keys\.json|timestamp/(note|[^/]+\.(tsr|pem))"
    r"|(doc|raw)/[0-9a-f]{64}|views/(events|findings|changes)\.csv|views/events\.ocsf\.ndjson"
    r"|views/(evidence\.xlsx|events\.parquet|report\.(html|pdf))"
)
DIGEST, MOMENT = re.compile("[0-9a-f]{64}"), re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class Wrong(Exception):
    """A check that failed, in words."""


def need(holds: object, words: str) -> None:
    """Go on only if it holds."""
    if not holds:
        raise Wrong(words)


def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members; another reader might take the first of two of one name."""
    made = dict(members)
    need(len(made) == len(members), "JSON with two members of one name")
    return made


def whole_number(digits: str) -> int:
    """Read a number; one of a million digits takes an old Python minutes."""
    need(len(digits) <= 400, "a number that is too long")
    return int(digits)


def load(text: bytes) -> Any:
    """Read JSON that the pack's maker wrote."""
    return json.loads(text, object_pairs_hook=unique, parse_int=whole_number)


# --- trees: RFC 6962, section 2.1 -----------------------------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    """Hash an entry."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Fold:
    """Folds subtrees, given left to right without a gap, into the root over all of them.

    Where the top of the stack is the left sibling of what comes, the two become their parent.
    """

    def __init__(self) -> None:
        self.stack: list[tuple[int, int, bytes]] = []

    def add(self, level: int, index: int, value: bytes) -> None:
        """Add the complete subtree whose first leaf is `index << level`."""
        need(len(value) == 32, "a hash is not 32 bytes long")
        while index & 1 and self.stack and self.stack[-1][:2] == (level, index - 1):
            value = node_hash(self.stack.pop()[2], value)
            level, index = level + 1, index >> 1
        self.stack.append((level, index, value))

    def add_all(self, start: int, end: int, hashes: list[str]) -> None:
        """Add the fewest complete subtrees that cover [start, end): exactly these hashes."""
        given = [decode64(one) for one in hashes]
        while start < end:
            level = (end - start).bit_length() - 1
            level = min(level, (start & -start).bit_length() - 1) if start else level
            need(given, "a proof has too few hashes")
            self.add(level, start >> level, given.pop(0))
            start += 1 << level
        need(not given, "a proof has too many hashes")

    def root(self) -> bytes:
        """Return the root."""
        values = [value for _, _, value in self.stack] or [hashlib.sha256(b"").digest()]
        root = values.pop()
        while values:
            root = node_hash(values.pop(), root)
        return root


def lone_root(leaf: str, proof: dict[str, Any], size: int) -> bytes:
    """Return the root that the proof of a single entry leads to."""
    first, fold = proof["first"], Fold()
    need(type(first) is int and 0 <= first < size == proof["size"], "a proof of another tree")
    fold.add_all(0, first, proof["left"])
    fold.add(0, first, leaf_hash(leaf.encode()))
    fold.add_all(first + 1, size, proof["right"])
    return fold.root()


def grew(old: int, size: int, proof: list[bytes], old_root: bytes, root: bytes) -> bool:
    """Tell whether the tree of `size` begins with that of `old`: RFC 9162, section 2.1.4.2."""
    if old == size:
        return not proof and old_root == root
    path = ([old_root] if old & (old - 1) == 0 else []) + proof
    if not 0 < old < size or not path or any(len(one) != 32 for one in path):
        return False
    node, last = old - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, one)
        node, last = node >> 1, last >> 1
    return last == 0 and before == old_root and after == root


# --- Ed25519: RFC 8032, section 5.1; slow, which is no matter for a handful of signatures ---------

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add_points(a: Any, b: Any) -> Any:
    """Add two points in extended coordinates (section 5.1.4)."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    g, h = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    w, x, y, z = f - e, h - g, h + g, f + e
    return (w * x % P, y * z % P, x * y % P, w * z % P)


def times(number: int, point: Any) -> Any:
    """Multiply a point by a number."""
    total = (0, 1, 1, 0)
    while number:
        total = add_points(total, point) if number & 1 else total
        point, number = add_points(point, point), number >> 1
    return total


def read_point(encoded: bytes) -> Any:
    """Return the point; Wrong where the bytes are none (section 5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and x * x % P == square and (x or not sign), "a point that is not on the curve")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def signed(public: bytes, text: bytes, signature: bytes) -> bool:
    """Tell whether the key made the signature over the text (section 5.1.7)."""
    scalar = int.from_bytes(signature[32:], "little")
    if len(public) != 32 or len(signature) != 64 or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + text).digest()
    base = read_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    left, number = times(scalar, base), int.from_bytes(digest, "little") % ORDER
    right = add_points(read_point(signature[:32]), times(number, read_point(public)))
    return all((left[n] * right[2] - right[n] * left[2]) % P == 0 for n in (0, 1))


# --- signed notes ---------------------------------------------------------------------------------


def decode64(text: str) -> bytes:
    """Read canonical base64."""
    found = base64.b64decode(text, validate=True)
    need(base64.b64encode(found).decode() == text, "base64 that is not canonical")
    return found


class Key:
    """A verifier key `<name>+<hex id>+<base64 of type and key>`; type 1 a log's, 4 a witness's."""

    def __init__(self, text: str, kind: int) -> None:
        self.text = text.strip()
        self.name, key_id, encoded = ([*self.text.split("+", 2), "", ""])[:3]
        material = decode64(encoded)
        self.public = material[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + material).digest()[:4]
        right = material[:1] == bytes([kind]) and len(material) == 33 and self.id.hex() == key_id
        need(right, f"not a verifier key for this: {text[:100]!r}")


def read_note(note: bytes) -> tuple[str, list[tuple[tuple[str, bytes], bytes]]]:
    """Part a note into text and signatures: (name, key id) and bytes."""
    need(len(note) <= MOST_NOTE, "a note that is too long")
    body, gap, tail = note.decode().rpartition("\n\n")
    lines = re.findall("(?:\u2014 ([^ +\n]+) ([A-Za-z0-9+/=]+)\n)", tail)
    whole = "".join(f"\u2014 {name} {encoded}\n" for name, encoded in lines)
    need(gap and lines and whole == tail, "not a signed note")
    need(len(lines) <= MOST_SIGNATURES, "a note with too many signatures")
    found = [(name, decode64(encoded)) for name, encoded in lines]
    return body + "\n", [((name, one[:4]), one[4:]) for name, one in found]


def open_note(note: bytes, keys: Iterable[Key], what: str) -> str:
    """Return the text, signed by one of the keys; a bad signature of any of them is a fault."""
    text, lines = read_note(note)
    known = {(key.name, key.id): key for key in keys}
    need(
        any(who in known for who, _ in lines),
        f"{what}: no key that you trust has signed it (after a change of keys, give the earlier one"
        " too, with a --vkey of its own)",
    )
    for who, line in lines:
        good = who not in known or signed(known[who].public, text.encode(), line)
        need(good, f"{what}: the signature of {who[0]} does not verify")
    return text


def first_bytes(path: str) -> bytes:
    """Read a file that should be a note, and no more than shows that it is none."""
    with Path(path).open("rb") as file:
        return file.read(MOST_NOTE + 1)


def open_checkpoint(note: bytes, keys: list[Key], what: str) -> tuple[str, int, bytes]:
    """Return origin, size and root of a signed checkpoint."""
    origin, size, root = open_note(note, keys, what).split("\n")[:3]
    need(all(origin == key.name for key in keys), f"{what}: it is of another log, {origin!r}")
    need(re.fullmatch("[1-9][0-9]{0,17}", size), f"{what}: no size")
    need(len(decode64(root)) == 32, f"{what}: no root")
    return origin, int(size), decode64(root)


# --- what stands in a cell of a table -------------------------------------------------------------

REORDERING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff"


def at_path(leaf: Any, path: str) -> Any:
    """Return what stands at a dotted path of an entry, or None."""
    for name in path.split("."):
        leaf = leaf.get(name) if isinstance(leaf, dict) else None
    return leaf


def as_text(found: Any) -> str:
    """Write a value: lists with semicolons, objects as JSON."""
    if found is None or isinstance(found, bool):
        return {None: "", True: "true", False: "false"}[found]
    if isinstance(found, list):
        return "; ".join(map(as_text, found))
    as_json = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    return as_json if isinstance(found, dict) else str(found)


def as_cell(found: Any) -> str:
    """Write out hidden characters, and put an apostrophe before what looks like a formula.

    Also behind a semicolon: where that parts columns, a spreadsheet begins a cell there.
    """
    hidden = ("Cc", "Cs", "Zl", "Zp")
    text = as_text(found)
    if not text.isprintable():
        text = "".join(
            ascii(one)[1:-1] if one in REORDERING or unicodedata.category(one) in hidden else one
            for one in text
        )
    return ";".join(map(as_plain, text.split(";")))


def as_plain(text: str) -> str:
    """Put an apostrophe before text that looks like a formula."""
    first = text.lstrip('"\ufeff\u200b\u200c\u200d\u2060\u00ad \u00a0\u3000')[:1]
    formula = unicodedata.normalize("NFKC", first)[:1] in (*"=+-@", "\u2212")
    return f"'{text}" if formula else text


def stamp(milliseconds: int) -> str:
    """Write a header's time."""
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{seconds}.{milliseconds % 1000:03d}000Z"


# --- the pack -------------------------------------------------------------------------------------


class Sparing(io.BufferedReader):
    """A file of which nobody reads much at once: a directory of a gigabyte is not taken in."""

    def read(self, number: Any = -1) -> bytes:
        """Read; never more than may be held."""
        need(number <= MOST_HELD, "the ZIP makes its reader read too much at once")
        return super().read(number if number >= 0 else MOST_HELD)

    def __del__(self) -> None:
        """Close the file, as a ZipFile does with one that it opened."""
        self.close()


class Pack:
    """The ZIP, checked to be harmless to read."""

    def __init__(self, path: str) -> None:
        file: Any = Sparing(io.FileIO(path))
        size = file.seek(0, 2)
        file.seek(max(0, size - 98))  # with the two records that a large ZIP has before its last
        tail = file.read(98)
        told = [struct.unpack("<L", tail[-10:-6])[0]] if len(tail) >= 22 else [0]
        told += [struct.unpack("<Q", tail[40:48])[0]] if tail[:4] == b"PK\6\6" else []
        need(max(told[1:] or told) <= MOST_LISTED, "the ZIP has too long a directory")
        self.zip = zipfile.ZipFile(file)
        infos = sorted(self.zip.infolist(), key=lambda info: info.header_offset)
        self.names = [info.filename for info in infos]
        need(len(set(self.names)) == len(infos) <= MOST_FILES, "two files of one name, or too many")
        need(sum(info.file_size for info in infos) <= MOST_BYTES, "the ZIP unpacks too large")
        end = 0
        for info in infos:
            name = info.filename
            plain = re.fullmatch(f"{PART}(/{PART})*", name)
            need(plain and name == info.orig_filename, f"a file with a dangerous name: {name!r}")
            need(info.external_attr >> 28 in (0, 8), f"{name}: is no plain file")
            need(not info.flag_bits & 1, f"{name}: is encrypted")
            need(info.compress_type in (0, 8), f"{name}: is packed in an unusual way")
            most = info.file_size + (info.file_size >> 6) + 1024  # deflate makes nothing longer
            need(info.compress_size <= most, f"{name}: is longer packed than unpacked")
            need(info.header_offset == end, f"{name}: overlaps another, or something hides there")
            lengths = struct.unpack("<HH", self.bytes_at(end + 26, 4))  # of its name, of more
            end += 30 + sum(lengths) + info.compress_size
        whole = infos and self.zip.start_dir == end and self.bytes_at(-22, 4) == b"PK\5\6"
        need(whole and not self.zip.comment, "something hides beside the files")

    def bytes_at(self, place: int, number: int) -> bytes:
        """Return bytes of the ZIP itself; a negative place counts from its end."""
        file: Any = self.zip.fp
        file.seek(place, 2 if place < 0 else 0)
        found: bytes = file.read(number)
        return found

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file; one longer than any can be is cut, and so is no JSON."""
        with self.zip.open(name) as file:
            yield from iter(lambda: file.readline(MOST_LINE), b"")

    def read(self, name: str) -> bytes:
        """Read a file that is small enough to be held."""
        need(name in self.names, f"{name}: is not in the pack")
        need(self.zip.getinfo(name).file_size <= MOST_HELD, f"{name}: is too large")
        return self.zip.read(name)

    def json(self, name: str) -> Any:
        """Read a JSON file."""
        return load(self.read(name))


class Walk:
    """One walk over the entries, in order, with the rows of the tables beside them."""

    def __init__(self, check: Check) -> None:
        self.check, self.pack, self.told = check, check.pack, check.told
        self.proof, self.fold = self.pack.json("range-proof.json"), Fold()
        span = {name: self.proof[name] for name in ("first", "end", "size")}
        need(span == self.told["range"], "range-proof.json: of another range than the manifest's")
        need(0 <= span["first"] <= span["end"] <= span["size"], "range-proof.json: no range")
        asked = self.told["filter"]
        known = set(asked) <= {"rule", "severity", "actor", "object"} and all(asked.values())
        need(
            known and asked.get("severity") in (None, *SEVERITIES), "manifest.json: no such filter"
        )
        self.index = self.header_at = self.first = span["first"]
        self.fold.add_all(0, self.first, self.proof["left"])
        self.seq, self.time, self.entered = -1, -1, ""
        self.matched, self.targets = set(), set()  # type: tuple[set[int], set[Any]]
        self.hanging: list[tuple[int, Any]] = []
        self.retired: set[str] = set()
        self.counts: dict[str, Any] = {"headers": 0, "shown": 0}
        self.tallies: dict[str, dict[str, int]] = {
            name: {} for name in ("withheld", "kinds", "severities", "records")
        }
        self.rows = {"events.ocsf.ndjson": 0, **{f"{name}.csv": 0 for name in COLUMNS}}
        self.tables = {name: self.open_table(name) for name in COLUMNS}
        self.events = self.pack.lines("views/events.ocsf.ndjson")

    def open_table(self, name: str) -> Iterator[list[str]]:
        """Open a CSV file behind its headings."""
        file = io.TextIOWrapper(self.pack.zip.open(f"views/{name}.csv"), "utf-8-sig", newline="")
        csv.field_size_limit(MOST_LINE)

        def single(line: str) -> str:
            # No cell holds the end of a line. A row that goes on over lines might never end.
            need(line.count('"') % 2 == 0, f"{name}.csv: a row of more than one line")
            return line

        rows = csv.reader(map(single, iter(lambda: file.readline(MOST_LINE), "")), strict=True)
        headings = [one.split("=")[0] for one in COLUMNS[name].split()]
        need(next(rows, None) == headings, f"{name}.csv: other headings")
        return rows

    def tally(self, what: str, name: str, number: int = 1) -> None:
        """Count."""
        self.tallies[what][name] = self.tallies[what].get(name, 0) + number

    def entry(self, line: dict[str, Any]) -> None:
        """Take the next entry: its bytes, or its hash alone."""
        need(line["i"] == self.index, f"entries.jsonl: entry {self.index} is not in its place")
        text, leaf = str(line.get("leaf", "")), None
        shape = {"i", "leaf"} if text else {"i", "hash", "withheld"}
        need(set(line) == shape, f"entry {self.index}: other members than it may have")
        if not text:
            need(DIGEST.fullmatch(line["hash"]), f"entry {self.index}: no hash")
            hashed = bytes.fromhex(line["hash"])
        else:
            leaf, hashed = json.loads(text), leaf_hash(text.encode())
        if self.index == self.header_at:
            self.header(leaf)
        elif leaf is None:
            self.withheld(line["withheld"], hashed.hex())
        else:
            self.shown(leaf, text, hashed.hex())
        self.fold.add(0, self.index, hashed)
        self.index += 1

    def header(self, leaf: Any) -> None:
        """A header stands on exactly the tree before it, and says where the next one is."""
        where = f"header at {self.index}"
        need(leaf and leaf["t"] == "batch" and leaf["size"] == self.index, f"{where}: is no header")
        stack = [base64.b64encode(value).decode() for _, _, value in self.fold.stack]
        need(leaf["frontier"] == stack, f"{where}: does not stand on the tree before it")
        need(self.seq in (-1, leaf["seq"] - 1), f"{where}: a batch is missing before it")
        need(leaf["time"] >= self.time, f"{where}: is earlier than the batch before it")
        self.header_at, self.seq, self.time = self.index + 1 + leaf["n"], leaf["seq"], leaf["time"]
        self.entered, records = stamp(self.time), leaf["counts"]
        fates = [records[name] for name in records if name != "seen"]
        need(records["seen"] == sum(fates), f"{where}: its counts do not add up")
        self.counts["headers"] += 1
        for name, number in records.items():
            self.tally("records", name, number)

    def in_period(self, at: Any) -> bool:
        """Tell whether an entry was entered in the period, or what it records happened in it."""
        since, until = self.told["period"]["from"], self.told["period"]["to"]
        told = isinstance(at, str) and MOMENT.fullmatch(at)
        return bool(since <= self.entered < until or (told and since <= at < until))

    def holds(self, leaf: dict[str, Any]) -> bool:
        """Tell whether all that the manifest's filter asks for holds for an entry."""
        asked, severity = self.told["filter"], leaf.get("severity")
        if "severity" in asked and (
            severity not in SEVERITIES
            or SEVERITIES.index(severity) < SEVERITIES.index(asked["severity"])
        ):
            return False
        actor = as_text(at_path(leaf, "initiator.label")).lower()
        name = as_text(at_path(leaf, "object.name")).lower()
        wanted = asked.get("object", "")
        found = wanted == at_path(leaf, "object.id") or wanted.lower() in name
        by = asked.get("actor", "").lower() in actor
        return asked.get("rule") in (None, leaf.get("rule")) and by and found

    def withheld(self, why: str, hashed: str) -> None:
        """Only what the question leaves out may be withheld, or what the profile keeps back."""
        told = self.told
        allowed = {
            "tenant": told["tenant"] is not None,
            "filter": bool(told["filter"]),
            "period": not self.in_period(None),
            "profile": told["profile"] == "no-personal-data",
        }
        need(allowed.get(why), f"entry {self.index}: nothing allows to withhold it for its {why!r}")
        self.tally("withheld", why)
        if why == "profile":
            self.row(None, None, hashed)

    def shown(self, leaf: dict[str, Any], text: str, hashed: str) -> None:
        """What is shown is what was asked for, or hangs on it; it has its rows."""
        told, of, kind = self.told, at_path(leaf, "src.of"), leaf["t"]
        where = f"entry {self.index}"
        need(kind != "batch", f"{where}: a header where none belongs")
        mine = told["tenant"] is None or leaf.get("tenant", "") in ("", told["tenant"])
        need(mine, f"{where}: is of another tenant")
        full = told["profile"] == "full"
        need(full or kind in IMPERSONAL, f"{where}: shows what the profile withholds")
        asked = self.in_period(leaf.get("at")) and self.holds(leaf)
        need(asked or told["filter"], f"{where}: is shown though it was not asked for")
        if asked and told["filter"]:
            self.matched.add(self.index)
            self.targets.add(of)
        elif not asked:
            self.hanging.append((self.index, of))
        if kind == "key" and leaf.get("action") == "retire":
            self.retired.add(leaf["vkey"])
        self.counts["shown"] += 1
        self.check.note_documents(leaf)
        self.row(leaf if full else None, text, hashed)

    def row(self, leaf: dict[str, Any] | None, text: str | None, hashed: str) -> None:
        """Compare the rows of an entry with it; of one that is withheld, index, hash and time."""
        got = self.compare("events", leaf, hashed)
        kind, severity = got[5], got[6]
        self.tally("kinds", kind)
        if kind == "finding":
            self.tally("severities", severity)
            self.compare("findings", leaf, hashed)
        if kind in ("change", "enrolment", "baseline"):
            self.compare("changes", leaf, hashed)
        if kind in ("finding", "change", "enrolment"):
            event, where = load(next(self.events, b"{}")), f"events.ocsf.ndjson, {self.index}"
            self.rows["events.ocsf.ndjson"] += 1
            named = (event["metadata"]["uid"], event["unmapped"]["leaf_hash"])
            need(named == (f"{self.check.origin}#{self.index}", hashed), f"{where}: another entry")
            grave = 1 + (SEVERITIES.index(severity) if severity in SEVERITIES else 0)
            need(event["severity_id"] == grave, f"{where}: another severity")
            need((event["class_uid"] == 2004) == (kind == "finding"), f"{where}: another class")
            need(event.get("raw_data") == (text if leaf else None), f"{where}: another text")

    def compare(self, table: str, leaf: dict[str, Any] | None, hashed: str) -> list[str]:
        """Compare the next row of a table with what the entry gives."""
        got = next(self.tables[table], None)
        place = {"#i": str(self.index), "#h": hashed, "#e": self.entered}
        paths = [one.split("=")[1] for one in COLUMNS[table].split()]
        wanted = [place[one] if one in place else as_cell(at_path(leaf, one)) for one in paths]
        same = got and (
            got == wanted if leaf else got[:3] == wanted[:3] and len(got) == len(wanted)
        )
        need(same, f"{table}.csv: the row of entry {self.index} is not what the entry says")
        self.rows[f"{table}.csv"] += 1
        return got or []

    def end(self) -> str:
        """All entries are there, they fold up to the signed root, no row is left, counts agree."""
        end, size = self.proof["end"], self.proof["size"]
        need(self.index == end, f"entries.jsonl: ends at {self.index}, the range at {end}")
        need(self.header_at == end, "the range ends in the middle of a batch")
        self.fold.add_all(end, size, self.proof["right"])
        need(self.fold.root() == self.check.root, "the entries are not those that were signed")
        for index, of in self.hanging:
            hangs = of in self.matched or index in self.targets
            need(hangs, f"entry {index}: is shown though it was not asked for")
        left_over = [key for key in self.check.signers if key.text not in self.retired]
        need(left_over, "checkpoint: only a key that the log has retired has signed it")
        left = [name for name, rows in self.tables.items() if next(rows, None) is not None]
        need(not left and next(self.events, None) is None, f"more rows than entries: {left}")
        counts = {"entries": end - self.first, **self.counts, **self.tallies, "rows": self.rows}
        need(
            counts == self.told["counts"], "manifest.json: its counts are not those of the entries"
        )
        hidden = sum(self.tallies["withheld"].values())
        return (
            f"all {end - self.first} entries from {self.first} on fold up to the signed root:"
            f" {self.counts['headers']} headers, {self.counts['shown']} shown, {hidden} as a hash;"
            " headers, tables and counts agree with them"
        )


class Check:
    """One run over one pack. Each step says what it found right, or raises what is wrong."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.passed: list[str] = []
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.documents: dict[str, int] = {}

    def run(self) -> int:
        """Make the checks; return the exit code."""
        for step in (self.files, self.checkpoint, self.entries):
            if not self.made(step):
                return 1
        for step in (self.period, self.signature, self.previous, self.witnesses, self.references):
            self.made(step)
        self.made(self.timestamps)
        return 1 if self.problems else 0 if self.options.vkey else 3

    def made(self, step: Callable[[], str]) -> bool:
        """Make one check; what cannot even be read is a problem too."""
        try:
            self.passed.append(step())
        except Wrong as wrong:
            self.problems.append(str(wrong))
        except Exception as error:
            self.problems.append(f"{step.__name__}: malformed: {type(error).__name__}: {error}")
        else:
            return True
        return False

    def files(self) -> str:
        """The ZIP is harmless, and its files are exactly those of the manifest."""
        self.pack = pack = Pack(self.options.pack)
        self.told = pack.json("manifest.json")
        form = (self.told["format"], self.told["version"])
        need(form == ("mfa-monitor evidence pack", 1), "manifest.json: an unknown format")
        listed = self.told["files"]
        extra = set(pack.names) ^ set(listed) ^ {"manifest.json", "manifest.note"}
        need(not extra - {"manifest.note"}, f"files and manifest differ: {sorted(extra)[:3]}")
        strange = [name for name in pack.names if not NAMES.fullmatch(name)]
        need(not strange, f"files that no pack has: {sorted(strange)[:3]}")
        for name, said in listed.items():
            digest, size = hashlib.sha256(), 0
            with pack.zip.open(name) as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
                    size += len(piece)
            same = (size, digest.hexdigest()) == (said["bytes"], said["sha256"])
            need(same, f"{name}: is not the file that the manifest lists")
        return f"the ZIP is harmless; {len(listed)} files are those of the manifest"

    def checkpoint(self) -> str:
        """The checkpoint is signed by your key, or by a later one that the log vouches for."""
        self.keys = [Key(text, 1) for text in self.options.vkey or [self.told["vkey"]]]
        links = self.pack.json("keys.json")["keys"] if "keys.json" in self.pack.names else []
        need(len(links) <= MOST_KEYS, "keys.json: more keys than a log may have")
        trees, later = [], 0
        for link in links:
            # signed by a key trusted so far, over a tree that holds the entry naming the next one
            signers = {who for who, _ in read_note(link["note"].encode())[1]}
            if not signers & {(key.name, key.id) for key in self.keys}:
                continue  # a key from before yours: it takes no part
            tree = open_checkpoint(link["note"].encode(), self.keys, "keys.json")[1:]
            root, said = lone_root(link["leaf"], link, tree[0]), json.loads(link["leaf"])
            announced = root == tree[1] and (said["t"], said["action"]) == ("key", "announce")
            need(announced, "keys.json: the log does not announce that key")
            if said["vkey"] not in [key.text for key in self.keys]:
                self.keys.append(Key(said["vkey"], 1))
                later += 1
            trees.append((*tree, [decode64(one) for one in link["consistency"]]))
        note = self.pack.read("checkpoint")
        self.origin, self.size, self.root = open_checkpoint(note, self.keys, "checkpoint")
        by = {who for who, _ in read_note(note)[1]}
        self.signers = [key for key in self.keys if (key.name, key.id) in by]
        same = (self.told["origin"], self.told["range"]["size"]) == (self.origin, self.size)
        need(same, "manifest.json: is about another checkpoint")
        for size, root, proof in trees:
            need(grew(size, self.size, proof, root, self.root), "keys.json: a key of another log")
        more = f", {later} key(s) later than yours" if later else ""
        ids = ", ".join(sorted({key.id.hex() for key in self.signers}))
        return f"the checkpoint of {self.origin} over {self.size} entries is signed by {ids}{more}"

    def entries(self) -> str:
        """Read the entries once."""
        walk = Walk(self)
        for line in self.pack.lines("entries.jsonl"):
            walk.entry(load(line))
        self.last = walk.entered
        return walk.end()

    def note_documents(self, value: Any) -> None:
        """Remember the large documents that an entry refers to."""
        if isinstance(value, dict) and "doc_sha256" in value:
            self.documents[value["doc_sha256"]] = value["len"]
        for one in value.values() if isinstance(value, dict) else value:
            if isinstance(one, (dict, list)):
                self.note_documents(one)

    def period(self) -> str:
        """The batch before the range was entered before the period, the one behind it after."""
        proof, span, told = (
            self.pack.json("range-proof.json"),
            self.told["range"],
            self.told["period"],
        )
        moments = MOMENT.fullmatch(told["from"]) and MOMENT.fullmatch(told["to"])
        need(moments and told["from"] < told["to"], "manifest.json: no period")
        ends = {"before": span["first"] == 0, "after": span["end"] == self.size}
        last = self.last
        for name, none in ends.items():
            edge = proof[name]
            need(
                (edge is None) == none, f"range-proof.json: the header {name} the range is missing"
            )
            if edge is None:
                continue
            root, header = lone_root(edge["leaf"], edge, self.size), json.loads(edge["leaf"])
            right = root == self.root and header["t"] == "batch" and header["size"] == edge["first"]
            need(right, f"range-proof.json: the header {name} the range is not one of the log")
            entered, begins = stamp(header["time"]), edge["first"]
            if name == "before":
                last = last or entered
                beside = begins + 1 + header["n"] == span["first"] and entered < told["from"]
            else:
                beside = begins == span["end"] and entered >= told["to"]
            need(beside, f"the range does not hold the whole period: see the header {name} it")
        asked = {name: self.told[name] for name in ("tenant", "filter", "profile")}
        self.notes.append(f"asked for: {json.dumps(asked)}")
        end = ""
        if ends["after"]:
            end = f", as far as the checkpoint reaches: the last batch is of {last}"
            self.notes.append(f"what was entered after {last} this pack does not know{HINT}")
        return f"all that was entered from {told['from']} up to {told['to']} is in it{end}"

    def signature(self) -> str:
        """The manifest, and with it every file, is what the owner of the log's key wrote."""
        if "manifest.note" not in self.pack.names:
            need(self.options.unsigned, "the manifest is not signed; see --unsigned")
            self.notes.append("NOT SIGNED: HTML, PDF, XLSX and Parquet may be anybody's")
            return "the manifest is not signed, which you allowed"
        # An earlier key, stolen after it was retired, has no say over a pack of a later one.
        text = open_note(self.pack.read("manifest.note"), self.signers, "manifest.note")
        digest = hashlib.sha256(self.pack.read("manifest.json")).hexdigest()
        same = text == f"mfa-monitor evidence pack v1\n{self.origin}\n{digest}\n"
        need(same, "manifest.note: is about another manifest")
        return "the manifest is signed by the log's key"

    def previous(self) -> str:
        """The log is the one you saw last time, grown."""
        kept, held = self.options.previous, "previous-checkpoint" in self.pack.names
        if kept:
            zipped = zipfile.is_zipfile(kept)
            note = Pack(kept).read("checkpoint") if zipped else first_bytes(kept)
            kept = open_checkpoint(note, self.keys, "--previous")
            if kept == (self.origin, self.size, self.root):
                return "the log is where it was at your previous checkpoint"
            need(held, "the pack has no proof from your previous checkpoint; ask for one with it")
        if not held:
            return "no previous checkpoint was given"
        old = open_checkpoint(
            self.pack.read("previous-checkpoint"), self.keys, "previous-checkpoint"
        )
        need(kept in (None, old), "the previous checkpoint in the pack is not the one you kept")
        told = self.pack.json("consistency.json")
        need((told["old"], told["size"]) == (old[1], self.size), "consistency.json: other sizes")
        proof = [decode64(one) for one in told["proof"]]
        grown = grew(old[1], self.size, proof, old[2], self.root)
        need(grown, "the log did not grow out of what the previous checkpoint signed")
        return f"the log only grew since {old[1]} entries"

    def witnesses(self) -> str:
        """Each witness that you named has cosigned the checkpoint."""
        text, lines = read_note(self.pack.read("checkpoint"))
        for key in [Key(one, 4) for one in self.options.witness]:
            found = [line for who, line in lines if who == (key.name, key.id)]
            need(found, f"checkpoint: the witness {key.name} has not cosigned it")
            moment = int.from_bytes(found[0][:8], "big")
            said = f"cosignature/v1\ntime {moment}\n{text}".encode()
            need(signed(key.public, said, found[0][8:]), f"checkpoint: not cosigned by {key.name}")
            self.notes.append(f"the witness {key.name} saw it at {stamp(moment * 1000)}")
        return f"{len(self.options.witness)} witness(es) named; {len(lines)} signature line(s)"

    def references(self) -> str:
        """Documents and source bytes are those that entries name."""
        held = {name[4:] for name in self.pack.names if name.startswith("doc/")}
        need(held == set(self.documents), "doc/: not the documents that the entries name")
        for name, said in self.told["files"].items():  # their hashes were compared before
            if name[:4] in ("doc/", "raw/"):
                need(said["sha256"] == name[4:], f"{name}: is not what its name says")
                length = self.documents.get(name[4:], said["bytes"])
                need(said["bytes"] == length, f"{name}: is longer or shorter than the entry says")
        return f"{len(held)} large document(s) are those that the entries name"

    def timestamps(self) -> str:
        """Say how to check RFC 3161 replies; have openssl do it where that is asked for."""
        replies = [name[:-4] for name in self.pack.names if name.endswith(".tsr")]
        for name in replies:
            note = self.pack.read("timestamp/note")
            same = read_note(note)[0] == read_note(self.pack.read("checkpoint"))[0]
            need(same, "timestamp/note: is not the checkpoint")
            chain = f"{name}.pem" if f"{name}.pem" in self.pack.names else "CA.pem"
            call = ["openssl", "ts", "-verify", "-data", "timestamp/note", "-in", f"{name}.tsr"]
            self.notes.append(" ".join([*call, "-CAfile", chain]))
            if self.options.openssl:
                self.openssl(f"{name}.tsr", chain)
        done = "accepted by openssl" if self.options.openssl else "to be checked with openssl"
        if replies and self.options.openssl and not self.options.ca:
            done += ", under certificates that came in the pack"
            self.notes.append("whoever made the pack chose those certificates; give yours: --ca")
        return f"{len(replies)} timestamp(s) {done}" if replies else "no timestamp"

    def openssl(self, reply: str, chain: str) -> None:
        """Run openssl on copies of the pack's files, with your certificates where you gave some."""
        need(shutil.which("openssl"), "--openssl: there is no openssl here")
        own = self.options.ca
        with tempfile.TemporaryDirectory() as place:
            paths = {name: str(Path(place) / name) for name in ("note", "reply", "chain")}
            for name, held in (("note", "timestamp/note"), ("reply", reply), ("chain", chain)):
                if name != "chain" or not own:
                    Path(paths[name]).write_bytes(self.pack.read(held))
            call = ["openssl", "ts", "-verify", "-data", paths["note"], "-in", paths["reply"]]
            call += ["-CAfile", own or paths["chain"]]
            done = subprocess.run(
                call, capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL
            )
            why = done.stderr[-300:].decode("utf-8", "replace")
            need(done.returncode == 0, f"{reply}: openssl does not accept it: {why}")


def refuse(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with the usage where the call is wrong, and the pack may well be right."""
    if Path(options.pack).is_dir():
        parser.error(f"{options.pack} is a directory: give the ZIP as you got it, not unpacked")
    for path in filter(None, (options.pack, options.previous, options.ca)):
        if not Path(path).is_file():
            parser.error(f"no file {path}")
    for text, kind in [(one, 1) for one in options.vkey or []] + [
        (one, 4) for one in options.witness
    ]:
        try:
            Key(text, kind)
        except (Wrong, ValueError):
            whose = "--vkey: the log's" if kind == 1 else "--witness: a witness's"
            parser.error(f"{whose} key is NAME+ID+KEY, given whole; not {text[:100]!r}")


def main() -> int:
    """Read the command line, check the pack, say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("pack", help="the pack")
    add = parser.add_argument
    add("--vkey", action="append", help="the log's verifier key, from elsewhere than the pack")
    add("--witness", action="append", default=[], help="verifier key of a witness; repeatable")
    add("--previous", help="the pack, or the checkpoint, that you kept from last time")
    add("--openssl", action="store_true", help="have openssl check the timestamps")
    add("--ca", help="certificates for --openssl, in place of those in the pack")
    add("--unsigned", action="store_true", help="accept a manifest that is not signed")
    add("--json", action="store_true", help="print one JSON object")
    check = Check(parser.parse_args())
    refuse(parser, check.options)
    code = check.run()
    if hasattr(sys.stdout, "reconfigure"):  # a terminal that lacks a letter gets it written out
        sys.stdout.reconfigure(errors="backslashreplace")
    words = (
        "VALID",
        "NOT VALID",
        "",
        "NOT TIED TO A KEY: give --vkey; any key can stand in a pack",
    )
    if check.options.json:
        told = {"verdict": words[code], "passed": check.passed, "problems": check.problems}
        sys.stdout.write(json.dumps({**told, "notes": check.notes, "exit": code}) + "\n")
        return code
    for mark, lines in (("ok   ", check.passed), ("WRONG", check.problems), ("note ", check.notes)):
        for line in lines:
            sys.stdout.write(f"{mark}  {as_cell(line)}\n")
    sys.stdout.write(f"\n{words[code]}\n")
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped: nothing was found out\n")
        sys.exit(130)
