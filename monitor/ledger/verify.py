"""Verify a whole log: every batch, hash, cursor, note and document, from the first byte on.

Nothing is believed but the verifier key. Batches are read one by one and forgotten, so memory does
not grow with the log. After a fault the walk goes on from what the next header states: one edit
makes one or two problems, not one per batch after it, and the first names the object that is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from monitor.errors import LedgerCorrupt
from monitor.ledger import document, layout, raw
from monitor.ledger.checkpoint import Checkpoint, open_checkpoint
from monitor.ledger.epoch import to_milliseconds
from monitor.ledger.header import Header, content_fault, cursor_fault, open_batch
from monitor.ledger.log import Head, after
from monitor.ledger.note import VerifierKey, parse_vkey
from monitor.ledger.publisher import witnessed
from monitor.ledger.store import Listing, Store

MOST_PROBLEMS = 100
"""Problems told one by one; the rest is a number."""
FARTHEST_STRAY = 24
"""Behind a missing batch, later ones are looked for at distances up to two to this power."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found. The log is valid when it has no problems.

    `size` counts entries, `root` is hex, `checkpoint` the signed one in the view. `notes`,
    `documents` and `raw` count the objects that were checked, `expired` the raw objects that are
    gone, which is no fault.
    """

    size: int
    batches: int
    root: str
    problems: tuple[str, ...]
    checkpoint: Checkpoint | None
    notes: int
    documents: int
    raw: int
    expired: int

    @property
    def valid(self) -> bool:
        """Whether nothing at all was found wrong."""
        return not self.problems

    @property
    def unsigned(self) -> int:
        """How many entries at the end no checkpoint covers yet."""
        return self.size - (self.checkpoint.size if self.checkpoint else 0)


def verify(
    ledger_store: Store,
    view_store: Store,
    vkey: str,
    raw_store: Store | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Check the log against the key, the signed notes and itself.

    Raw objects are checked where their store is given. `progress` is called with the number of
    batches done. Signed notes at whose size no batch ends are found where the ledger's store can
    list (`Listing`). What stays unseen without an outside witness: see docs/ledger-format.md,
    section 12.

    Raises:
        InvalidInput: `vkey` is no verifier key.
        StorageUnavailable: a store cannot be read; nothing is known of the log then.
    """
    walk = _Walk(ledger_store, raw_store, parse_vkey(vkey))
    walk.read_checkpoint(view_store)
    walk.list_notes()
    seq = 0
    while (body := ledger_store.get(layout.batch(seq))) is not None:
        walk.batch(seq, body)
        seq += 1
        if progress:
            progress(seq)
    walk.end(seq)
    return walk.report(seq)


def _holds(body: bytes, mark: bytes) -> bool:
    """Like `mark in body`, four times as fast where a body is as full of quotes as JSON is."""
    return body.rfind(mark) >= 0


class _Src(msgspec.Struct, frozen=True):
    raw: str | None = None
    off: int | None = None
    len: int = -1


class _Sourced(msgspec.Struct, frozen=True):
    src: _Src = _Src()


class _Walk:
    """The state of one verification: the head so far (None after a batch that cannot be read)."""

    def __init__(self, ledger: Store, raw_store: Store | None, key: VerifierKey) -> None:
        self._ledger, self._raw_store, self._key = ledger, raw_store, key
        self._head: Head | None = Head()
        self._last = Head()
        self._shown: Checkpoint | None = None
        self._met = False
        self._unmet: set[int] = set()
        self._problems: list[str] = []
        self._untold = 0
        self._notes = self._documents = self._raw = self._expired = 0
        # the records of one batch share an object: it is read and hashed once
        self._held_digest: str | None = None
        self._held: bytes | None = None

    def read_checkpoint(self, view: Store) -> None:
        """Open the checkpoint the view shows."""
        try:
            self._shown = witnessed(view, (self._key,))
        except LedgerCorrupt as error:
            self._problem(str(error))
        else:
            if self._shown is None:
                self._problem(f"{layout.CHECKPOINT}: missing: nothing signed vouches for the log")

    def list_notes(self) -> None:
        """List the signed notes; before the walk, so that each one's batch is there to be met."""
        if isinstance(self._ledger, Listing):
            sizes = map(layout.tree_size, self._ledger.names(layout.TREE_HEADS))
            self._unmet = {size for size in sizes if size is not None}

    def batch(self, seq: int, body: bytes) -> None:
        """Check one batch: its form, its place behind the one before, its leaves, its note."""
        name = layout.batch(seq)
        try:
            header, leaves = open_batch(seq, body)
        except LedgerCorrupt as error:
            self._problem(str(error))
            self._head = None
            return
        for fault in (self._place_fault(header), content_fault(header, leaves[1:])):
            if fault:
                self._problem(f"{name}: {fault}")
        self._head = self._last = after(header, leaves)
        self._compare_notes(name, self._last)
        if self._raw_store is not None or _holds(body, document.MARK):
            for number, leaf in enumerate(leaves[1:], 1):
                self._check_references(f"{name}: leaf {number}", leaf)

    def end(self, seq: int) -> None:
        """Check that the log ends where it says: batch `seq` is the first that is not there."""
        name, size, shown = layout.batch(seq), self._last.size, self._shown
        strays = (layout.batch(seq + (1 << power)) for power in range(FARTHEST_STRAY + 1))
        stray = next((name for name in strays if self._ledger.get(name) is not None), None)
        if stray:
            self._problem(f"{name}: missing, though {stray} is there")
        elif shown and shown.size > size:
            self._problem(f"{name}: missing: {shown.size} entries were signed, {size} are there")
        elif shown and not self._met:
            self._problem(f"{layout.CHECKPOINT}: no batch ends at its size {shown.size}")
        elif seq == 0:
            self._problem(f"{name}: missing: the log is empty")
        self._check_unmet()

    def report(self, batches: int) -> Report:
        """Return what was found."""
        more = (f"and {self._untold} more",) if self._untold else ()
        return Report(
            size=self._last.size,
            batches=batches,
            root=self._last.root.hex(),
            problems=(*self._problems, *more),
            checkpoint=self._shown,
            notes=self._notes,
            documents=self._documents,
            raw=self._raw,
            expired=self._expired,
        )

    def _place_fault(self, header: Header) -> str | None:
        genesis, before = header.genesis, self._head
        if genesis and (genesis.origin != self._key.name or str(self._key) not in genesis.vkeys):
            return f"header.genesis does not announce the key {self._key}"
        if before is None:
            return None
        if (header.size, header.frontier) != (before.size, before.frontier):
            earlier = layout.batch(before.seq)
            return f"header.frontier is not the tree up to {earlier}: one of them was changed"
        if header.time < to_milliseconds(before.time):
            return f"header.time {header.time} is before that of the batch before it"
        return cursor_fault(before.cursors, header)

    def _compare_notes(self, name: str, head: Head) -> None:
        """Compare the tree at the end of a batch with every note signed over it."""
        self._unmet.discard(head.size)
        note = self._ledger.get(layout.tree_head(head.size))
        if note is not None:
            self._notes += 1
            self._compare_note(name, head, note)
        if self._shown and self._shown.size == head.size:
            self._met = True
            if self._shown.root != head.root:
                self._problem(f"{name}: its tree of {head.size} is not the {layout.CHECKPOINT}'s")

    def _compare_note(self, name: str, head: Head, note: bytes) -> None:
        tree_head = layout.tree_head(head.size)
        try:
            signed = open_checkpoint(note, (self._key,))
        except LedgerCorrupt as error:
            self._problem(f"{tree_head}: {error}")
            return
        if signed.size != head.size:
            self._problem(f"{tree_head}: it is the note of size {signed.size}")
        elif signed.root != head.root:
            self._problem(f"{name}: it, or one before it, is not what {tree_head} signed")

    def _check_unmet(self) -> None:
        """Tell of notes that no batch ends at: another log than this one was signed there."""
        if not self._unmet:
            return
        size = min(self._unmet)
        name = layout.tree_head(size)
        try:
            signed = open_checkpoint(self._ledger.get(name) or b"", (self._key,))
        except LedgerCorrupt as error:
            text = f"no batch ends at its size, and {error}"
        else:
            text = f"{size} entries were signed, no batch ends there: the log was cut or forked"
            if signed.size != size:
                text = f"it is the note of size {signed.size}, and no batch ends at {size}"
        more = len(self._unmet) - 1
        self._problem(f"{name}: {text}" + (f"; and {more} more such notes" if more else ""))

    def _check_references(self, place: str, leaf: bytes) -> None:
        """Check the objects that a leaf refers to, if its bytes show that it may have any."""
        try:
            if _holds(leaf, document.MARK):
                for ref in document.references(msgspec.json.decode(leaf)):
                    self._documents += 1
                    document.load(self._ledger, ref)
            if self._raw_store is not None and _holds(leaf, b'"raw"'):
                self._check_raw(self._raw_store, leaf)
        except (LedgerCorrupt, msgspec.DecodeError, UnicodeDecodeError) as error:
            self._problem(f"{place}: {error}")

    def _check_raw(self, store: Store, leaf: bytes) -> None:
        src = msgspec.json.decode(leaf, type=_Sourced).src
        if src.raw is None:
            return
        if self._held_digest != src.raw:
            self._held_digest, self._held = src.raw, raw.load(store, src.raw)
        if self._held is None:
            self._expired += 1
            return
        raw.part(self._held, raw.RawRef(src.raw, src.len, src.off))
        self._raw += 1

    def _problem(self, text: str) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(text)
        else:
            self._untold += 1
