"""Writes a pack: entries, proofs, views and manifest, in one deterministic ZIP.

What is asked for and the checkpoint it stands on decide every byte. The log is only read.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from monitor.clock import stamp
from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.evidence import standalone
from monitor.evidence.archive import Archive, workshop
from monitor.evidence.page import pieces
from monitor.evidence.paper import write_pdf
from monitor.evidence.report import (
    FindingRow,
    Report,
    controls_of,
    finding_row,
    gravest_first,
    period,
    population,
    severities,
    when,
)
from monitor.evidence.rows import Pseudonyms, projected, visible
from monitor.evidence.scope import Leaf, Scope, Withheld
from monitor.evidence.selection import Counts, Item, Progress, Selection, Span
from monitor.evidence.tables import Views
from monitor.evidence.tree import RangeProof, Tree, consistency_json, proof_json
from monitor.evidence.wording import COMMANDS, NOT_PROVED, PROVES, readme
from monitor.ledger import document, layout, merkle
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey, sign
from monitor.ledger.store import Store

FORMAT = "mfa-monitor evidence pack"
VERSION = 1
SIGNED = "mfa-monitor evidence pack v1"
"""First line of the note over a manifest: no origin has it, so the note is no checkpoint."""
TITLE = "MFA monitor: evidence pack"

Json = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for what, and why. `created` is what the pack says of its making."""

    scope: Scope
    created: datetime
    by: str = ""
    purpose: str = ""
    with_raw: bool = False


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a pack stands on.

    `checkpoint` is what `note` signs, with `vkey` among others. `cosignatures` are lines to be put
    under it. `timestamps` are RFC 3161 replies by authority, over the bytes of `stamped`, with the
    certificates in `chains`. `previous` is an earlier checkpoint with its note, whose signature was
    checked. `keys` are the announcements of later keys (`keychain.links`).
    """

    checkpoint: Checkpoint
    note: bytes
    vkey: str
    cosignatures: tuple[bytes, ...] = ()
    stamped: bytes = b""
    timestamps: Mapping[str, bytes] = field(default_factory=dict)
    chains: Mapping[str, bytes] = field(default_factory=dict)
    previous: tuple[Checkpoint, bytes] | None = None
    keys: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where the pack is read from. `key` signs the manifest where it is at hand."""

    log: Log
    ledger: Store
    raw: Store
    key: SigningKey | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A pack that was written: its manifest, and the SHA-256 (hex) of the manifest's bytes.

    `signed` tells whether a key that signed the checkpoint was at hand to sign the manifest.
    """

    manifest: Json
    digest: str
    signed: bool


class PackWriter:
    """Writes one pack."""

    def __init__(
        self, source: Source, vouched: Vouched, tree: Tree, span: Span, request: Request
    ) -> None:
        self._source = source
        self._vouched = vouched
        self._tree = tree
        self._span = span
        self._request = request
        self._names = Pseudonyms()
        self._findings: list[FindingRow] = []
        self._controls: list[Leaf] = []
        self._documents: set[document.DocumentRef] = set()
        self._raw: set[str] = set()

    def write(self, path: Path, progress: Progress | None = None) -> Made:
        """Write the pack to a path that is free.

        Raises:
            LedgerCorrupt: the log is not what the checkpoint signed, or a document is missing.
            StorageUnavailable: the log cannot be read or the pack not be written.
        """
        selection = Selection(self._source.log, self._span, self._request.scope, progress)
        counts = selection.counts()
        with workshop(path.parent) as place:
            try:
                facts = self._facts(counts)
                with Views(place, self._vouched.checkpoint.origin, facts) as views:
                    self._write_entries(selection, place / "entries.jsonl", views)
                report = self._report(counts, facts)
                (place / "report.html").write_text(
                    "".join(pieces(report)), encoding="utf-8", newline="\n"
                )
                write_pdf(report, place / "report.pdf", self._request.created)
                return self._bind(path, place, counts, views.rows)
            except OSError as error:
                raise StorageUnavailable(f"{path}: the pack cannot be written: {error}") from error

    def _write_entries(self, selection: Selection, path: Path, views: Views) -> None:
        hashes: list[bytes] = []
        with path.open("w", encoding="ascii", newline="\n") as file:
            for item in selection.items():
                hashed = merkle.leaf_hash(item.content)
                hashes.append(hashed)
                file.write(json.dumps(_line(item, hashed), separators=(",", ":")) + "\n")
                if item.in_scope:
                    leaf = item.leaf if item.withheld is None else projected(item.leaf, self._names)
                    views.add(item, leaf)
                    self._take(item, leaf)
        self._refuse_other_tree(self._proof(), hashes)

    def _take(self, item: Item, leaf: Leaf) -> None:
        """Keep what the report says of a finding, and what an entry shown whole refers to."""
        if item.kind == "finding":
            self._findings.append(finding_row(item, leaf))
            self._controls.append({"controls": leaf.get("controls")})
        if item.withheld is not None:
            return
        if document.MARK in item.content:
            self._documents.update(document.references(cast("JsonValue", dict(item.leaf))))
        src = item.leaf.get("src")
        digest = src.get("raw") if isinstance(src, dict) else None
        if self._request.with_raw and isinstance(digest, str):
            self._raw.add(digest)

    def _proof(self) -> RangeProof:
        self._tree.learn(self._span.first)
        return self._tree.proof(self._span.first, self._span.end)

    def _refuse_other_tree(self, proof: RangeProof, hashes: list[bytes]) -> None:
        if proof.root(hashes) != self._vouched.checkpoint.root:
            size = self._vouched.checkpoint.size
            raise LedgerCorrupt(
                f"the entries {proof.first} to {proof.end - 1} and the rest of the log are not the"
                f" tree of {size} entries that was signed; nothing was exported"
            )

    def _facts(self, counts: Counts) -> tuple[tuple[str, str], ...]:
        request, span, checkpoint = self._request, self._span, self._vouched.checkpoint
        anchors = [f"timestamp of {name}" for name in self._vouched.timestamps]
        anchors += [f"{len(self._vouched.cosignatures)} cosignatures"] * bool(
            self._vouched.cosignatures
        )
        told = (
            ("Log", checkpoint.origin),
            ("Tenant", request.scope.tenant or "all"),
            ("Profile", request.scope.profile.value),
            ("Asked by", request.by or "not said"),
            ("Purpose", request.purpose or "not said"),
            ("Created", when(stamp(request.created))),
            ("Entries", _entries(span, counts)),
            ("Checkpoint", f"{checkpoint.size:,} entries, root {checkpoint.root.hex()}"),
            ("Dated by", ", ".join(anchors) or "nobody but the log itself"),
        )
        return tuple((label, visible(text)) for label, text in told if text)

    def _report(self, counts: Counts, facts: tuple[tuple[str, str], ...]) -> Report:
        scope = self._request.scope
        findings = gravest_first(self._findings)
        words = {"seen": "seen", "relevant": "relevant", "irrelevant": "not about MFA"}
        words |= {"quarantined": "could not be read", "repeated": "seen before"}
        return Report(
            title=TITLE,
            period=period(scope.since, scope.until),
            facts=facts,
            proves=PROVES,
            not_proved=NOT_PROVED,
            commands=COMMANDS,
            population=population(counts),
            severities=severities(counts),
            records=tuple((text, counts.records.get(name, 0)) for name, text in words.items()),
            queries=(scope.query(),),
            controls=controls_of(self._controls),
            findings=findings,
        )

    def _bind(self, path: Path, place: Path, counts: Counts, rows: Mapping[str, int]) -> Made:
        archive = Archive(path)
        archive.add("README.txt", readme(self._facts(counts)).encode())
        archive.add("verify.py", Path(standalone.__file__).read_bytes())
        self._add_vouched(archive)
        archive.add_file("entries.jsonl", place / "entries.jsonl")
        archive.add("range-proof.json", _json(self._range_proof()))
        for ref in sorted(self._documents, key=lambda one: one.digest):
            archive.add(layout.document(ref.digest), document.load(self._source.ledger, ref))
        expired = self._add_raw(archive)
        names = ("report.html", "report.pdf", *rows, "evidence.xlsx", "events.parquet")
        for name in names:
            archive.add_file(f"views/{name}", place / name)
        manifest = self._manifest(counts, rows, expired) | {"files": cast("Json", archive.listed)}
        body = _json(manifest)
        archive.add("manifest.json", body)
        digest = hashlib.sha256(body).hexdigest()
        if self._source.key is not None:
            said = f"{SIGNED}\n{self._vouched.checkpoint.origin}\n{digest}\n"
            archive.add("manifest.note", sign(said, self._source.key))
        archive.close()
        return Made(manifest, digest, self._source.key is not None)

    def _add_vouched(self, archive: Archive) -> None:
        vouched = self._vouched
        archive.add("checkpoint", vouched.note + b"".join(vouched.cosignatures))
        if vouched.timestamps:
            archive.add("timestamp/note", vouched.stamped)
        for name, reply in sorted(vouched.timestamps.items()):
            archive.add(f"timestamp/{name}.tsr", reply)
            if name in vouched.chains:
                archive.add(f"timestamp/{name}.pem", vouched.chains[name])
        if vouched.previous is not None:
            old, note = vouched.previous
            archive.add("previous-checkpoint", note)
            proof = _consistency(self._tree, old, vouched.checkpoint)
            archive.add("consistency.json", _json(proof))
        if vouched.keys:
            archive.add("keys.json", _json({"keys": [*vouched.keys]}))

    def _range_proof(self) -> Json:
        """The proof of the range, and of the header on each side that shows it to be the period."""
        edges: Json = {"before": None, "after": None}
        for name, seq in (("before", self._span.first_seq - 1), ("after", self._span.end_seq)):
            batch = self._source.log.read(seq)
            if batch is None or batch.first_index >= self._tree.size:
                continue
            self._tree.learn(batch.first_index)
            proof = self._tree.proof(batch.first_index, batch.first_index + 1)
            self._refuse_other_tree(proof, [merkle.leaf_hash(batch.header_leaf)])
            edges[name] = {"leaf": batch.header_leaf.decode(), **proof_json(proof)}
        return {**proof_json(self._proof()), **edges}

    def _add_raw(self, archive: Archive) -> int:
        expired = 0
        for digest in sorted(self._raw):
            content = self._source.raw.get(layout.raw(digest))
            if content is None:
                expired += 1
            else:
                archive.add(f"raw/{digest}", content)
        return expired

    def _manifest(self, counts: Counts, rows: Mapping[str, int], expired: int) -> Json:
        request, scope, span = self._request, self._request.scope, self._span
        return {
            "format": FORMAT,
            "version": VERSION,
            "origin": self._vouched.checkpoint.origin,
            "vkey": self._vouched.vkey,
            "created": stamp(request.created),
            "requester": request.by,
            "purpose": request.purpose,
            "profile": scope.profile.value,
            "tenant": scope.tenant,
            "period": {"from": stamp(scope.since), "to": stamp(scope.until)},
            "filter": cast("Json", scope.filter.given()),
            "query": scope.query(),
            "range": {"first": span.first, "end": span.end, "size": self._tree.size},
            "counts": {
                "entries": span.end - span.first,
                "headers": counts.headers,
                "shown": counts.shown,
                "withheld": cast("Json", dict(counts.withheld)),
                "kinds": cast("Json", dict(counts.kinds)),
                "severities": cast("Json", dict(counts.severities)),
                "records": cast("Json", dict(counts.records)),
                "rows": cast("Json", dict(rows)),
            },
            "raw": {"included": request.with_raw, "expired": expired},
        }


def _consistency(tree: Tree, old: Checkpoint, new: Checkpoint) -> Json:
    proof = tree.consistency(old.size)
    if not merkle.extends(old.size, new.size, proof, old.root, new.root):
        raise LedgerCorrupt(
            f"the log of {new.size} entries did not grow out of the one of {old.size} that the"
            " previous checkpoint signed; nothing was exported"
        )
    return consistency_json(old.size, new.size, proof)


def _line(item: Item, hashed: bytes) -> Json:
    if item.withheld is not None:
        return {"i": item.index, "hash": hashed.hex(), "withheld": item.withheld.value}
    return {"i": item.index, "leaf": item.content.decode()}


def _entries(span: Span, counts: Counts) -> str:
    if span.first == span.end:
        return f"none; the place is before entry {span.first}"
    hidden = sum(counts.withheld.values()) - counts.withheld.get(Withheld.PROFILE, 0)
    return (
        f"{span.first:,} to {span.end - 1:,}: {span.end - span.first:,}, of them {counts.headers:,}"
        f" batch headers; {sum(counts.kinds.values()):,} in the views, {hidden:,} as a hash alone"
    )


def _json(value: Json) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=True) + "\n").encode()
