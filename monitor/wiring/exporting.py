"""Exports a pack: on which checkpoint it stands, what vouches for that, and the entry it makes.

The pack is written beside its place, then the export is entered in the ledger, then the pack is put
in its place: nobody gets one of which the ledger does not know.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from monitor.clock import stamp
from monitor.errors import InvalidInput, LedgerCorrupt
from monitor.evidence.archive import put_in_place, refuse_taken, workshop
from monitor.evidence.keychain import links
from monitor.evidence.pack import Made, PackWriter, Request, Source, Vouched
from monitor.evidence.previous import read_previous
from monitor.evidence.scope import Scope
from monitor.evidence.selection import Progress, Span, find_span
from monitor.evidence.tree import Tree, end_of
from monitor.ledger import layout
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.keyring import Keyring
from monitor.ledger.log import Log
from monitor.ledger.merkle import Nodes
from monitor.ledger.note import Signer, SigningKey, VerifierKey
from monitor.ledger.store import Listing
from monitor.ledger.tiles import tile_nodes
from monitor.pipeline.leaves import Leaf
from monitor.settings import Settings
from monitor.view.history import Question
from monitor.view.view import View
from monitor.wiring.places import Places

EVERY = 1_000_000_000
"""More entries than a log has: a question without a limit."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asks for.

    `checkpoint` is the size of the signed note to stand on; None takes the latest. `previous` is a
    pack or a note that the auditor has kept. `force` writes over a file at `out`.
    """

    request: Request
    out: Path
    checkpoint: int | None = None
    previous: Path | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """A pack that was put in its place, and what it is about."""

    made: Made
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Exporter:
    """Exports out of one deployment. `ring` are the log's keys, `publish` signs its head.

    `record` enters the leaf of an export; it decides anew after a lost race.
    """

    places: Places
    settings: Settings
    view: View
    signers: Sequence[Signer]
    ring: Callable[[], Keyring]
    publish: Callable[[], object]
    record: Callable[[Callable[[], Sequence[Leaf]]], object]

    def export(self, order: Order, now: datetime, progress: Progress | None = None) -> Exported:
        """Write the pack, enter the export at the time `now`, and put the pack in its place.

        Raises:
            InvalidInput: the place is taken, or the checkpoint or the previous one cannot be used.
            LedgerCorrupt: the log is not what was signed; there is no pack.
            StorageUnavailable: a store or the place cannot be read or written.
        """
        refuse_taken(order.out, force=order.force)
        previous = self._previous(order)
        if order.checkpoint is None:
            self.publish()
        log = Log(self.places.store("ledger"))
        checkpoint, note, span = self._standing(log, order, previous)
        vouched = self._vouched(log, checkpoint, note, previous)
        with workshop(order.out.parent) as place:
            draft = place / "pack.zip"
            made = self._write(log, vouched, span, order, draft, progress)
            leaf = export_leaf(order.request, made, now)
            self.record(lambda: [leaf])
            put_in_place(draft, order.out, force=order.force)
        self.publish()
        return Exported(made, checkpoint)

    def _previous(self, order: Order) -> tuple[Checkpoint, bytes] | None:
        if order.previous is None:
            return None
        note = read_previous(order.previous)
        try:
            return self.ring().open(note), note
        except LedgerCorrupt as error:
            raise InvalidInput(
                f"{order.previous}: is no checkpoint that this log signed: {error}"
            ) from error

    def _standing(
        self, log: Log, order: Order, previous: tuple[Checkpoint, bytes] | None
    ) -> tuple[Checkpoint, bytes, Span]:
        """Choose the checkpoint: the one asked for, or the newest that somebody else vouches for.

        That one has to be as good for the question as the newest of all, which is taken otherwise.
        """
        scope = order.request.scope
        size = self._shown().size if order.checkpoint is None else order.checkpoint
        checkpoint, note = self._noted(size)
        if previous is not None and previous[0].size > checkpoint.size:
            raise InvalidInput(
                f"{order.previous}: signs {previous[0].size} entries, more than the checkpoint of"
                f" {checkpoint.size} that the pack is to stand on"
            )
        span = self._span(log, checkpoint, scope)
        if order.checkpoint is None:
            least = max(span.end + 1, previous[0].size if previous else 0)
            dated = self._vouched_size(least, size)
            if dated is not None:
                checkpoint, note = self._noted(dated)
        return checkpoint, note, span

    def _shown(self) -> Checkpoint:
        note = self.places.store("view").get(layout.CHECKPOINT)
        if note is None:
            raise InvalidInput(
                "no checkpoint has been signed yet: a pack needs one; put the signing key back and"
                " run mfa-monitor run --once"
            )
        return self.ring().open(note)

    def _noted(self, size: int) -> tuple[Checkpoint, bytes]:
        ledger = self.places.store("ledger")
        known = 0 < size < layout.LOG_END
        note = ledger.get(layout.tree_head(size)) if known else None
        if note is None:
            raise InvalidInput(f"--checkpoint {size}: no checkpoint of that size was signed")
        return self.ring().open(note), note

    def _span(self, log: Log, checkpoint: Checkpoint, scope: Scope) -> Span:
        last = end_of(log, checkpoint.size)
        asked = Question(since=scope.since, until=scope.until, tenant=scope.tenant, most=EVERY)
        found = [index for index in self.view.find(asked) if index < checkpoint.size]
        ends = [log.containing(index) for index in (found[-1], found[0])] if found else []
        first, end = (one.seq if one else -1 for one in ends) if found else (-1, -1)
        return find_span(log, last, scope, (first, end) if found else None)

    def _vouched_size(self, least: int, most: int) -> int | None:
        """Return the newest size of which a timestamp or cosignature is kept; None where none is.

        It is at least `least`, and at most `most`.
        """
        ledger = self.places.store("ledger")
        if not isinstance(ledger, Listing):
            return None
        sizes = map(layout.tree_size, ledger.names(layout.TREE_HEADS))
        fitting = sorted((one for one in sizes if one and least <= one <= most), reverse=True)
        return next((one for one in fitting if self._has_anchor(ledger, one)), None)

    def _has_anchor(self, ledger: Listing, size: int) -> bool:
        folders = (layout.TIMESTAMPS, layout.COSIGNATURES)
        return any(True for one in folders for _ in ledger.names(layout.anchors_of(one, size)))

    def _vouched(
        self,
        log: Log,
        checkpoint: Checkpoint,
        note: bytes,
        previous: tuple[Checkpoint, bytes] | None,
    ) -> Vouched:
        ledger, ring, size = self.places.store("ledger"), self.ring(), checkpoint.size
        lines = self._anchors(layout.COSIGNATURES, size)
        replies = self._anchors(layout.TIMESTAMPS, size)
        chains = {
            one.name: self._chain(one.ca_file)
            for one in self.settings.publish.authorities
            if one.name in replies
        }
        tree = Tree(log, size)
        return Vouched(
            checkpoint=checkpoint,
            note=note,
            vkey=str(next(key for key in ring.signers_of(note) if isinstance(key, VerifierKey))),
            cosignatures=tuple(lines.values()),
            stamped=note,
            timestamps=replies,
            chains=chains,
            previous=previous,
            keys=tuple(links(ledger, log, tree, ring, checkpoint)),
        )

    def _anchors(self, folder: str, size: int) -> dict[str, bytes]:
        """Return what witnesses or authorities said of a size, by their names, sorted."""
        ledger = self.places.store("ledger")
        if not isinstance(ledger, Listing):
            return {}
        names = sorted(ledger.names(layout.anchors_of(folder, size)))
        read = {name.rpartition("/")[2]: ledger.get(name) for name in names}
        return {name: content for name, content in read.items() if content is not None}

    def _chain(self, path: str) -> bytes:
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise InvalidInput(
                f"publish.authorities: {path} cannot be read ({error.strerror})"
            ) from error

    def _write(
        self,
        log: Log,
        vouched: Vouched,
        span: Span,
        order: Order,
        draft: Path,
        progress: Progress | None,
    ) -> Made:
        size = vouched.checkpoint.size
        ledger, view = self.places.store("ledger"), self.places.store("view")
        own = [one for one in self.signers if isinstance(one, SigningKey)]
        # only one that signed the checkpoint: verify.py lets no other key speak for the manifest
        signed = {str(one) for one in self.ring().signers_of(vouched.note)}
        key = next((one for one in own if one.vkey in signed), None)
        source = Source(log, ledger, self.places.store("raw"), key)
        tiles: Sequence[Nodes | None] = (tile_nodes(view, size), None)
        for nodes in tiles:
            try:
                tree = Tree(log, size, nodes)
                return PackWriter(source, vouched, tree, span, order.request).write(draft, progress)
            except LedgerCorrupt:
                # The tiles are a cache that may be missing or wrong; the batches decide.
                draft.unlink(missing_ok=True)
                if nodes is None:
                    raise
        raise AssertionError


def export_leaf(request: Request, made: Made, now: datetime) -> Leaf:
    """Return the entry that says who took what, and for which purpose."""
    manifest, scope = made.manifest, request.scope
    counts = cast("Mapping[str, JsonValue]", manifest["counts"])
    return {
        "t": "export",
        "v": 1,
        "tenant": scope.tenant or "",
        "at": stamp(now),
        "src": {"of": None},
        "initiator": {"label": request.by, "id": None, "ip": None, "app": None},
        "purpose": request.purpose,
        "profile": scope.profile.value,
        "period": manifest["period"],
        "filter": manifest["filter"],
        "range": manifest["range"],
        "shown": counts["shown"],
        "withheld": counts["withheld"],
        "raw": request.with_raw,
        "manifest": made.digest,
    }
