"""A small log with everything a pack may hold, packs of it, and the auditor's program run on them.

Two tenants; findings with their records, a delivery and an acknowledgement; names that an attacker
chose; a document beside the log; source bytes; a key that was rotated; a witness.
"""

import io
import json
import sys
import zipfile
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from pydantic import JsonValue

from monitor.clock import stamp
from monitor.evidence import standalone
from monitor.evidence.keychain import links
from monitor.evidence.pack import Made, PackWriter, Request, Source, Vouched
from monitor.evidence.scope import Filter, Profile, Scope
from monitor.evidence.selection import find_span
from monitor.evidence.tree import Tree, end_of
from monitor.ledger import layout, raw
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.cosignature import cosigned
from monitor.ledger.document import keep_document
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Batch, Counts, Draft, Log
from monitor.ledger.note import SigningKey, sign, signature_line
from monitor.storage.memory import MemoryStore

Json = dict[str, Any]

ORIGIN = "log.example/mfa-monitor"
KEY = SigningKey(ORIGIN, bytes(range(32)))
LATER = SigningKey(ORIGIN, bytes(range(32, 64)))
STRANGER = SigningKey(ORIGIN, bytes(range(64, 96)))
HOSPITAL, OTHER = "11111111-aaaa-4aaa-8aaa-111111111111", "22222222-bbbb-4bbb-8bbb-222222222222"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
FORMULA = '=HYPERLINK("https://evil.example","pay")'
REVERSED = "@SUM(1)\r\n\u202egpj.exe"
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
WITNESS_NAME = "witness.example/w1"
_WITNESS_SEED = SigningKey(WITNESS_NAME, bytes(range(96, 128)))


def witness_vkey() -> str:
    """The verifier key (type 4) of the witness."""
    material = b"\x04" + _WITNESS_SEED.verifier.public
    key_id = sha256(WITNESS_NAME.encode() + b"\n" + material).digest()[:4]
    return f"{WITNESS_NAME}+{key_id.hex()}+{b64encode(material).decode()}"


def cosignature(checkpoint: Checkpoint, seconds: int = 1_772_500_000) -> bytes:
    """A cosignature line of the witness over a checkpoint."""
    made = _WITNESS_SEED.sign(cosigned(checkpoint.text().encode(), seconds))
    material = b"\x04" + _WITNESS_SEED.verifier.public
    key_id = sha256(WITNESS_NAME.encode() + b"\n" + material).digest()[:4]
    return signature_line(WITNESS_NAME, key_id, seconds.to_bytes(8, "big") + made)


def change(at: datetime, name: str = "CA001", tenant: str = HOSPITAL, **more: Any) -> Json:
    """A change of a policy."""
    return {
        "t": "change",
        "v": 1,
        "tenant": tenant,
        "at": stamp(at),
        "src": {"key": f"{tenant}/{stamp(at)}", "raw": None},
        "activity": "Update conditional access policy",
        "result": "success",
        "initiator": {"label": "ann@a.example", "id": "u-1", "ip": "192.0.2.1", "app": None},
        "correlation": "c-1",
        "object": {"kind": "conditionalAccessPolicy", "id": "p-1", "name": name},
        "effect": "applied",
        "modified": stamp(at),
        **more,
    }


def finding(at: datetime, of: int | None, severity: str = "high", **more: Any) -> Json:
    """A finding about a change."""
    return {
        "t": "finding",
        "v": 1,
        "tenant": HOSPITAL,
        "at": stamp(at),
        "src": {"of": of},
        "rule": "ca-weakened",
        "revision": 3,
        "severity": severity,
        "title": "A change lets sign-ins in with less proof than before",
        "witness": "ann@a.example excluded \N{LATIN SMALL LETTER E WITH ACUTE}quipe from CA001.",
        "certainty": "certain",
        "object": {"kind": "conditionalAccessPolicy", "id": "p-1", "name": "CA001"},
        "activity": "Update conditional access policy",
        "initiator": {"label": "ann@a.example", "id": "u-1", "ip": "192.0.2.1", "app": None},
        "correlation": "c-1",
        "controls": {"hipaa": ["164.312(d)"], "nist": ["IA-2"], "cis": [], "scuba": [],
                     "attack": ["T1556.009"]},
        "respond": ["Look at it."],
        "details": {"changed": []},
        "incident": of,
        **more,
    }  # fmt: skip


@dataclass
class Scene:
    """A log and its stores."""

    ledger: MemoryStore = field(default_factory=MemoryStore)
    raw: MemoryStore = field(default_factory=MemoryStore)
    log: Log = field(init=False)

    def __post_init__(self) -> None:
        self.log = Log(self.ledger)

    def append(
        self, *leaves: Mapping[str, Any], at: datetime, counts: Counts | None = None
    ) -> Batch:
        """Enter leaves as one batch at that time."""
        head = self.log.head()
        genesis: Mapping[str, JsonValue] = {
            "origin": ORIGIN,
            "vkeys": [KEY.vkey],
            "ruleset": "ca-weakened@3",
        }
        return self.log.append(
            Draft(
                leaves=tuple(msgspec.json.encode(leaf) for leaf in leaves),
                source={"kind": "file", "name": "day.jsonl"},
                counts=counts or Counts(),
                cursors={},
                time=at,
                genesis=genesis if head.seq < 0 else None,
            ),
            head,
        )

    def sign(self, *keys: SigningKey) -> Checkpoint:
        """Sign the head, and keep the note."""
        head = self.log.head()
        checkpoint = Checkpoint(ORIGIN, head.size, head.root)
        note = sign(checkpoint.text(), *(keys or (KEY,)))
        self.ledger.create(layout.tree_head(head.size), note)
        return checkpoint

    def pack(self, path: Path, request: Request, **how: Any) -> Made:
        """Write a pack on the head, or as `how` says."""
        return write(self, path, request, **how)


def write(
    scene: Scene,
    path: Path,
    request: Request,
    *,
    size: int | None = None,
    keys: Sequence[SigningKey] = (KEY,),
    previous: Checkpoint | None = None,
    happened: tuple[int, int] | None = None,
    adjust: Callable[[Vouched], Vouched] = lambda one: one,
) -> Made:
    """Write a pack over the first `size` entries."""
    log = scene.log
    held = size or log.head().size
    last = end_of(log, held)
    batch = log.read(last)
    assert batch is not None
    root = log.root_at(held)
    assert root is not None
    checkpoint = Checkpoint(ORIGIN, held, root)
    tree = Tree(log, held)
    vouched = Vouched(
        checkpoint=checkpoint,
        note=sign(checkpoint.text(), *keys),
        vkey=keys[0].vkey,
        cosignatures=(cosignature(checkpoint),),
        previous=(previous, sign(previous.text(), KEY)) if previous else None,
        keys=tuple(links(scene.ledger, log, tree, Follower(log).ring(), checkpoint)),
    )
    span = find_span(log, last, request.scope, happened)
    source = Source(log, scene.ledger, scene.raw, keys[0])
    return PackWriter(source, adjust(vouched), tree, span, request).write(path)


def request(
    since: datetime = START,
    until: datetime = START + 24 * HOUR,
    *,
    profile: Profile = Profile.FULL,
    tenant: str | None = None,
    with_raw: bool = False,
    **filters: str,
) -> Request:
    """Ask for a period."""
    scope = Scope(since, until, Filter(**filters), tenant, profile)
    return Request(scope, datetime(2026, 4, 1, tzinfo=UTC), "N. Auditor", "yearly audit", with_raw)


def scene() -> Scene:
    """Nine batches, an hour apart; batch 5 rotates nothing, batch 8 is behind the day."""
    made = Scene()
    made.append({"t": "config", "v": 1, "tenant": "", "at": stamp(START), "sha256": None}, at=START)
    one = made.append(
        change(START + HOUR, FORMULA),
        finding(START + HOUR, 3, "critical"),
        at=START + HOUR,
        counts=Counts(seen=3, relevant=1, irrelevant=2),
    )
    assert one.first_index == 2
    made.append(
        {"t": "delivery", "v": 1, "tenant": HOSPITAL, "at": stamp(START + 2 * HOUR),
         "src": {"of": 4}, "channel": "team", "outcome": "delivered", "error": ""},
        change(START + 2 * HOUR, MARKUP, OTHER),
        at=START + 2 * HOUR,
    )  # fmt: skip
    whole = {"displayName": "x" * 60_000, "id": "p-9"}
    kept = raw.keep(made.raw, b'{"id":"record"}')
    src = {"key": "k", "raw": kept.digest, "off": 0, "len": kept.length}
    made.append(
        change(
            START + 3 * HOUR,
            "@SUM(1)\r\n\u202egpj.exe",
            doc=keep_document(made.ledger, whole),
            src=src,
        ),
        finding(START + 3 * HOUR, 9, "medium", witness="\uff1d1+1 \u2028 line"),
        at=START + 3 * HOUR,
    )
    made.sign()
    late = "late@a.example"
    enrolment = change(START - 48 * HOUR, late, activity="User registered security info")
    made.append(
        {**enrolment, "t": "enrolment", "object": {"kind": "user", "id": "u-9", "name": late}},
        change(START + 4 * HOUR, "Rota", activity="Add member to group",
               object={"kind": "group", "id": "g-1", "name": "Rota"},
               member={"id": "u-7", "name": "bo@a.example", "nested": False, "added": True}),
        at=START + 4 * HOUR,
    )  # fmt: skip
    ack = {"t": "ack", "v": 1, "tenant": HOSPITAL, "at": stamp(START + 5 * HOUR), "src": {"of": 10},
           "covers": [], "initiator": {"label": "Cy", "id": None, "ip": None, "app": None},
           "reason": "planned"}  # fmt: skip
    made.append(ack, at=START + 5 * HOUR)
    made.append(at=START + 6 * HOUR, counts=Counts(seen=2, irrelevant=2))
    made.append(
        change(START + 7 * HOUR, "-2+3"), finding(START + 7 * HOUR, 19, "info"), at=START + 7 * HOUR
    )
    made.append(
        change(START + 30 * HOUR), change(START + 8 * HOUR, "came late"), at=START + 30 * HOUR
    )
    made.sign()
    return made


def rotated() -> Scene:
    """The scene, with a later key announced, signed by both keys, and the first one retired."""
    made = scene()
    said = {"t": "key", "v": 1, "tenant": "", "src": {"of": None}, "reason": "", "checkpoint": None}
    at = START + 31 * HOUR
    made.append({**said, "at": stamp(at), "action": "announce", "vkey": LATER.vkey}, at=at)
    made.sign(KEY, LATER)
    made.append({**said, "at": stamp(at), "action": "retire", "vkey": KEY.vkey}, at=at)
    made.append(change(at, "after"), at=at)
    made.sign(LATER)
    return made


@dataclass(frozen=True)
class Verdict:
    """What verify.py said."""

    code: int
    passed: list[str]
    problems: list[str]
    notes: list[str]


def verify(path: Path, *options: str, vkey: str | None = KEY.vkey) -> Verdict:
    """Run verify.py in this process."""
    words = ["verify.py", "--json", *options, *(["--vkey", vkey] if vkey else []), str(path)]
    out, held = io.StringIO(), sys.argv
    sys.argv = words
    try:
        with redirect_stdout(out), redirect_stderr(io.StringIO()):
            code = standalone.main()
    finally:
        sys.argv = held
    said = json.loads(out.getvalue())
    return Verdict(code, said["passed"], said["problems"], said["notes"])


def contents(path: Path) -> dict[str, bytes]:
    """The files of a pack, in their order."""
    with zipfile.ZipFile(path) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def bind(path: Path, files: Mapping[str, bytes], *, listed: bool = True) -> Path:
    """Write files as a pack, the manifest's hashes and sizes made right, as an attacker would."""
    held = dict(files)
    if listed:
        told = json.loads(held["manifest.json"])
        told["files"] = {
            name: {"bytes": len(body), "sha256": sha256(body).hexdigest()}
            for name, body in held.items()
            if name not in ("manifest.json", "manifest.note")
        }
        held["manifest.json"] = json.dumps(told).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, body in held.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100644 << 16
            pack.writestr(info, body)
    return path


def entries(files: Mapping[str, bytes]) -> list[Json]:
    """The lines of entries.jsonl."""
    return [json.loads(line) for line in files["entries.jsonl"].split(b"\n") if line]


def with_entries(files: Mapping[str, bytes], lines: Sequence[Json]) -> dict[str, bytes]:
    """The files with other lines in entries.jsonl."""
    return {**files, "entries.jsonl": b"".join(json.dumps(one).encode() + b"\n" for one in lines)}


def changed(value: Vouched, **fields: Any) -> Vouched:
    """What vouches, with some of it changed."""
    return replace(value, **fields)
