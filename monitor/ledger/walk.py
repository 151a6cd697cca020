"""One walk over a whole log, batch by batch: what `verify` and `fsck` have in common.

Nothing is believed but the verifier key. Batches are read one by one and forgotten, so memory does
not grow with the log (8 bytes for each signed note). After a fault the walk goes on from what the
next header states: one edit makes one or two problems, not one per batch after it, and the first
names the object that is wrong.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from monitor.errors import LedgerCorrupt
from monitor.ledger import document, keyring, layout, merkle, raw
from monitor.ledger.copies import Pinpoint, Spot
from monitor.ledger.epoch import to_milliseconds
from monitor.ledger.header import Header, content_fault, cursor_fault, open_batch
from monitor.ledger.keyring import Announced, Keyring, LogKey
from monitor.ledger.log import Head, grown
from monitor.ledger.store import Listing, Store
from monitor.ledger.walk_notes import Notes

MOST_PROBLEMS = 100
"""Problems told one by one; the rest is a number."""
FARTHEST_STRAY = 24
"""Behind a missing batch, later ones are looked for at distances up to two to this power."""


class Problems:
    """What was found wrong, the first so many word for word, and the bytes that could be named."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._untold = 0
        self.spots: list[Spot] = []

    @property
    def full(self) -> bool:
        """Whether further problems are only counted."""
        return len(self._texts) >= MOST_PROBLEMS

    def add(self, text: str) -> None:
        """Take note of one."""
        if self.full:
            self._untold += 1
        else:
            self._texts.append(text)

    def put_first(self, text: str) -> None:
        """Take note of one that explains those noted before."""
        self._texts.insert(0, text)

    def take(self, others: "Problems") -> None:
        """Take over what was noted elsewhere, behind what is noted here."""
        for text in others.told():
            self.add(text)
        self.spots += others.spots

    def told(self) -> tuple[str, ...]:
        """Return them, and how many more there are."""
        more = (f"and {self._untold} more",) if self._untold else ()
        return (*self._texts, *more)


@dataclass(frozen=True, slots=True)
class Step:
    """A batch that stands as it should: its number, the index of its header, leaves and hashes.

    `body` is the object's content, whose leaves stand at their index behind their lengths.
    """

    seq: int
    first: int
    body: bytes
    leaves: Sequence[bytes]
    hashes: Sequence[bytes]


class Observer:
    """Looks at a log while it is walked; does nothing by itself."""

    def seen(self, name: str, header: Header) -> None:
        """A batch was read whose header is well formed."""

    def refers(self, digest: str) -> None:
        """A leaf refers to the document with that SHA-256 (hex)."""

    def confirmed(self, step: Step) -> None:
        """A batch turned out to be what was stated after it: a header, a note, or nothing yet."""

    def broken(self, name: str) -> None:
        """From this object on hashes do not fit: nothing further is confirmed."""


class Walk:
    """The state of one walk: the head so far (None after a batch that cannot be read)."""

    def __init__(
        self,
        ledger: Store,
        raw_store: Store | None,
        key: LogKey,
        *,
        observer: Observer | None = None,
    ) -> None:
        self.problems = Problems()
        self._ledger, self._raw_store, self._key = ledger, raw_store, key
        self._observer = observer or Observer()
        self.pinpoint: Pinpoint | None = None
        # until batch 0 has announced the keys, and if it cannot be read, the one given stands
        self.ring = Keyring(key.name, (Announced(key, -1),))
        self._stranger: str | None = None
        self._head: Head | None = Head()
        self._before = Head()
        self.last = Head()
        self.notes = Notes(key, self.problems.add)
        self._pending: Step | None = None
        self._whole = True
        self.documents = self.raw = self.expired = 0
        # the records of one batch share an object: it is read and hashed once
        self._held_digest: str | None = None
        self._held: bytes | None = None

    def list_notes(self) -> None:
        """List the signed notes; before the walk, so that each one's batch is there to be met."""
        if isinstance(self._ledger, Listing):
            sizes = map(layout.tree_size, self._ledger.names(layout.TREE_HEADS))
            self.notes.listed = array("Q", sorted(size for size in sizes if size is not None))

    def batch(self, seq: int, body: bytes) -> None:
        """Check one batch: its form, its place behind the one before, its leaves, its note."""
        name = layout.batch(seq)
        try:
            header, leaves = open_batch(seq, body)
        except LedgerCorrupt as error:
            self._break(name, str(error), self._spot(seq, self._head))
            self._head = None
            return
        self._observer.seen(name, header)
        self.notes.pass_by(header.size)
        self._check_place(name, header)
        for fault in (self._order_fault(header), content_fault(header, leaves[1:])):
            if fault:
                self.problems.add(f"{name}: {fault}")
        hashes = merkle.leaf_hashes(leaves)
        self._before = self._head or Head(header.seq - 1, header.size, header.frontier)
        self._head = self.last = grown(header, hashes)
        self._confirm()
        self._pending = Step(seq, header.size, body, leaves, hashes)
        self._enter_keys(name, header, body, leaves)
        self._compare_notes(name, self.last)
        if self._raw_store is not None or holds(body, document.MARK):
            for number, leaf in enumerate(leaves[1:], 1):
                self._check_references(f"{name}: leaf {number}", leaf)

    def end(self, seq: int) -> None:
        """Check that the log ends where it says: batch `seq` is the first that is not there."""
        name, size = layout.batch(seq), self.last.size
        strays = (layout.batch(seq + (1 << power)) for power in range(FARTHEST_STRAY + 1))
        stray = next((name for name in strays if self._ledger.get(name) is not None), None)
        if stray and self._ledger.get(name) is not None:
            stray = None  # the log grew while it was looked at
        if stray:
            self._break(name, f"{name}: missing, though {stray} is there")
        elif seq == 0:
            self.problems.add(f"{name}: missing: the log is empty")
        self.notes.end(self._ledger, self.ring, name, size, cut=stray is None)
        self._confirm()
        self._check_key()

    def _check_place(self, name: str, header: Header) -> None:
        """Check that the batch stands on exactly the tree before it."""
        before = self._head
        if before is None or (header.size, header.frontier) == (before.size, before.frontier):
            return
        earlier = layout.batch(before.seq) if before.seq >= 0 else name
        fault = f"header.frontier is not the tree up to {earlier}: one of them was changed"
        spot = self._spot(before.seq, self._before) or self._spot(header.seq, before)
        self._break(name, f"{name}: {fault}", spot)

    def _order_fault(self, header: Header) -> str | None:
        before = self._head
        if before is None:
            return None
        if header.time < to_milliseconds(before.time):
            return f"header.time {header.time} is before that of the batch before it"
        return cursor_fault(before.cursors, header)

    def _enter_keys(self, name: str, header: Header, body: bytes, leaves: Sequence[bytes]) -> None:
        """Take up the keys that the batch announces or retires."""
        try:
            if header.genesis is not None:
                self.ring = keyring.from_genesis(header.genesis)
                if header.genesis.origin != self._key.name or not self.ring.find(str(self._key)):
                    self._stranger = f"{name}: header.genesis does not announce the key {self._key}"
            if holds(body, keyring.KIND):
                for index, leaf in enumerate(leaves, header.size):
                    self.ring = self.ring.entered(index, leaf)
        except (LedgerCorrupt, RecursionError) as error:
            self.problems.add(f"{name}: {error}")

    def _check_key(self) -> None:
        """Tell of a given key that neither genesis nor any later entry announced."""
        if self._stranger and not self.ring.find(str(self._key)):
            self.problems.put_first(self._stranger)

    def _compare_notes(self, name: str, head: Head) -> None:
        """Compare the tree at the end of a batch with every note signed over it."""
        if head.size >= layout.LOG_END:
            self._break(name, f"{name}: it ends at {head.size}, where no log reaches")
            return
        note = self._ledger.get(layout.tree_head(head.size))
        for fault in self.notes.met(name, head, note, self.ring):
            self._break(name, fault.text, self._spot(head.seq, self._before, fault.root))

    def _break(self, name: str, text: str, spot: Spot | None = None) -> None:
        """Take note of a problem after which the tree is not the one that was stated."""
        if spot is not None:
            self.problems.spots.append(spot)
            text = f"{text}; {spot.told()}"
        self.problems.add(text)
        self._whole = False
        self._observer.broken(name)

    def _spot(self, seq: int, before: Head | None, root: bytes | None = None) -> Spot | None:
        if self.pinpoint is None or before is None or self.problems.full or seq < 0:
            return None
        return self.pinpoint.spot(seq, before, root)

    def _confirm(self) -> None:
        step, self._pending = self._pending, None
        if step is not None and self._whole:
            self._observer.confirmed(step)

    def _check_references(self, place: str, leaf: bytes) -> None:
        """Check the objects that a leaf refers to, if its bytes show that it may have any."""
        try:
            if holds(leaf, document.MARK):
                for ref in document.references(msgspec.json.decode(leaf)):
                    self.documents += 1
                    self._observer.refers(ref.digest)
                    document.load(self._ledger, ref)
            if self._raw_store is not None and holds(leaf, b'"raw"'):
                self._check_raw(self._raw_store, leaf)
        except (LedgerCorrupt, msgspec.DecodeError, UnicodeDecodeError) as error:
            self.problems.add(f"{place}: {error}")
        except RecursionError:
            self.problems.add(f"{place}: its JSON is nested too deep to be read")

    def _check_raw(self, store: Store, leaf: bytes) -> None:
        src = msgspec.json.decode(leaf, type=_Sourced).src
        if src.raw is None:
            return
        if self._held_digest != src.raw:
            self._held_digest, self._held = src.raw, raw.load(store, src.raw)
        if self._held is None:
            self.expired += 1
            return
        raw.part(self._held, raw.RawRef(src.raw, src.len, src.off))
        self.raw += 1


def holds(body: bytes, mark: bytes) -> bool:
    """Like `mark in body`, four times as fast where a body is as full of quotes as JSON is."""
    return body.rfind(mark) >= 0


class _Src(msgspec.Struct, frozen=True):
    raw: str | None = None
    off: int | None = None
    len: int = -1


class _Sourced(msgspec.Struct, frozen=True):
    src: _Src = _Src()
