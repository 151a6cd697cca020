"""Copy a ledger from one place to another: the same objects, byte for byte, under the same names.

Order makes a copy that was broken off a shorter log, and one that is done again goes on: what a
batch refers to comes before it, batches come one after the other, a signed note comes after the
batch it was signed over, and the view's checkpoint last. Nothing is ever written over: an object
that stands in the target with other bytes ends the copy.

Left behind are what no entry refers to (documents of writers that died before their commit), and
of the view what is made anew: snapshots and hints.
"""

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import msgspec

from monitor.errors import InvalidInput, LedgerCorrupt
from monitor.ledger import document, layout
from monitor.ledger.checkpoint import parse_checkpoint
from monitor.ledger.header import open_batch
from monitor.ledger.log import Head, Log
from monitor.ledger.note import split_note
from monitor.ledger.store import Inventory, Listing, Store

AHEAD = 16
"""Batches whose objects are read, and carried, before their turn."""
THREADS = 8
CHECKPOINT_EVERY = 256
"""After so many signed notes the target's checkpoint moves on, so that an unfinished copy has one.
"""

Progress = Callable[[int, int], None]
"""Called with the number of batches done and of all there are."""


@runtime_checkable
class CopyStore(Store, Listing, Inventory, Protocol):
    """A store that can list what it holds."""


class Place(NamedTuple):
    """The three stores of one ledger."""

    ledger: CopyStore
    raw: CopyStore
    view: CopyStore


@dataclass(slots=True)
class Copied:
    """What became of a copy: the head it reached, and counts of objects.

    `written` were new in the target, `found` stood there already, `expired` are raw objects that
    the source does not have any more.
    """

    head: Head
    batches: int = 0
    notes: int = 0
    documents: int = 0
    raw: int = 0
    anchors: int = 0
    tiles: int = 0
    expired: int = 0
    written: int = 0
    found: int = 0


_Kind = Literal["batches", "notes", "documents", "raw", "tiles", "expired", "written", "found"]


class _Src(msgspec.Struct, frozen=True):
    raw: str | None = None


class _Sourced(msgspec.Struct, frozen=True):
    src: _Src = _Src()


class _Carried(NamedTuple):
    """A batch whose objects stand in the target: its number, content and end."""

    seq: int
    body: bytes
    first: int
    end: int


def copy_ledger(source: Place, target: Place, progress: Progress | None = None) -> Copied:
    """Copy what the source holds now; a source that grows meanwhile is copied up to here.

    It is not checked what is copied: verify the target afterwards.

    Raises:
        InvalidInput: the source is empty, or the target holds another log.
        LedgerCorrupt: an object of the target has other bytes; or a batch of the source cannot be
            read, or a note was signed where no batch ends. Nothing was written over.
        StorageUnavailable: a store cannot be reached; do it again, it goes on from there.
    """
    # In this order: a note or checkpoint is never over more than the head that is read after it.
    shown = source.view.get(layout.CHECKPOINT)
    sizes = array("Q", sorted(_sizes(source)))
    log = Log(source.ledger)
    head = log.head()
    if head.seq < 0:
        raise InvalidInput("there is no ledger to copy: its first batch is missing")
    _refuse_other(source, target)
    with ThreadPoolExecutor(THREADS) as pool:
        copier = _Copier(source, target, pool, Copied(head))
        copier.batches(sizes, progress)
        copier.anchors()
        copier.tiles()
    if shown is not None:
        copier.show(shown)
    target.view.put(layout.HEAD, f"{Log(target.ledger, hint=head.seq).head().seq}\n".encode())
    return copier.copied


def _sizes(source: Place) -> Iterator[int]:
    sizes = map(layout.tree_size, source.ledger.names(layout.TREE_HEADS))
    return (size for size in sizes if size is not None)


def _refuse_other(source: Place, target: Place) -> None:
    """Refuse a target that is not empty and not the beginning of this log."""
    first = layout.batch(0)
    found = target.ledger.get(first)
    if found is None:
        if target.view.get(layout.CHECKPOINT) is not None:
            raise InvalidInput("the target has a checkpoint and no log: it belongs to another one")
    elif found != source.ledger.get(first):
        genesis = Log(target.ledger).genesis()
        origin = genesis.origin if genesis else "unknown"
        raise InvalidInput(f"the target holds another log, begun as {origin}; name an empty place")


class _Copier:
    """One copy under way."""

    def __init__(
        self, source: Place, target: Place, pool: ThreadPoolExecutor, copied: Copied
    ) -> None:
        self.copied = copied
        self._source, self._target, self._pool = source, target, pool
        self._there = Log(target.ledger).head().seq
        self._documents: set[str] = set()
        self._lock = Lock()
        self._shown = _size(target.view.get(layout.CHECKPOINT))

    def batches(self, sizes: Sequence[int], progress: Progress | None) -> None:
        """Carry every batch with what it refers to, and the notes that were signed over it."""
        expected, due, waiting = 0, deque(sizes), 0
        for batch in self._in_order():
            name = layout.batch(batch.seq)
            if batch.first != expected:
                raise LedgerCorrupt(f"{name}: begins at {batch.first}, not at {expected}")
            if batch.seq > self._there:
                self._settle(self._target.ledger, name, batch.body)
            self._count("batches")
            expected = batch.end
            if due and due[0] < expected:
                raise LedgerCorrupt(
                    f"{layout.tree_head(due[0])}: {due[0]} entries were signed, no batch ends there"
                )
            if due and due[0] == expected:
                note = self._note(due.popleft(), likely=batch.seq <= self._there)
                waiting += 1
                if waiting == CHECKPOINT_EVERY:
                    self.show(note)
                    waiting = 0
            if progress:
                progress(self.copied.batches, self.copied.head.seq + 1)

    def anchors(self) -> None:
        """Carry cosignatures and timestamps over what was copied."""
        for folder in (layout.COSIGNATURES, layout.TIMESTAMPS):
            names = (
                name
                for name in self._source.ledger.every(folder)
                if (parts := layout.anchor_parts(name)) and parts[1] <= self.copied.head.size
            )
            self.copied.anchors += self._all(self._carry_anchor, names)

    def tiles(self) -> None:
        """Carry the tiles; they are the view's and may be replaced."""
        names = (name for name in self._source.view.every("tile") if layout.tile_parts(name))
        self.copied.tiles = self._all(self._carry_tile, names)

    def show(self, note: bytes) -> None:
        """Let the target's checkpoint be that note, unless it is over more already."""
        size = _size(note)
        if size > self._shown:
            self._target.view.put(layout.CHECKPOINT, note)
            self._shown = size

    def _in_order(self) -> Iterator[_Carried]:
        """Yield the batches in order; those next in line are being carried meanwhile."""
        running: deque[Future[_Carried]] = deque()
        try:
            for seq in range(self.copied.head.seq + 1):
                running.append(self._pool.submit(self._carry, seq))
                if len(running) > AHEAD:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()

    def _carry(self, seq: int) -> _Carried:
        """Read a batch and carry what it refers to; compare the batch where it is there."""
        name = layout.batch(seq)
        body = self._source.ledger.get(name)
        if body is None:
            raise LedgerCorrupt(f"{name}: missing, though a later batch was there")
        header, leaves = open_batch(seq, body)
        try:
            for leaf in leaves[1:]:
                self._carry_documents(leaf, likely=seq <= self._there)
            self._carry_raw(_raw_digests(leaves[1:]), likely=seq <= self._there)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LedgerCorrupt(f"{name}: a leaf is not JSON ({error})") from error
        if seq <= self._there:
            self._settle(self._target.ledger, name, body, likely=True)
        return _Carried(seq, body, header.size, header.size + len(leaves))

    def _carry_documents(self, leaf: bytes, *, likely: bool) -> None:
        if document.MARK not in leaf:
            return
        for ref in document.references(msgspec.json.decode(leaf)):
            if ref.digest in self._documents:
                continue
            name = layout.document(ref.digest)
            body = self._source.ledger.get(name)
            if body is None:
                raise LedgerCorrupt(f"{name}: missing")
            self._settle(self._target.ledger, name, body, likely=likely)
            self._documents.add(ref.digest)
            self._count("documents")

    def _carry_raw(self, digests: set[str], *, likely: bool) -> None:
        for digest in digests:
            content = self._source.raw.get(layout.raw(digest))
            if content is None:
                self._count("expired")
                continue
            self._settle(self._target.raw, layout.raw(digest), content, likely=likely)
            self._count("raw")

    def _note(self, size: int, *, likely: bool) -> bytes:
        name = layout.tree_head(size)
        note = self._source.ledger.get(name)
        if note is None:
            raise LedgerCorrupt(f"{name}: it was listed, and is missing")
        self._settle(self._target.ledger, name, note, likely=likely)
        self._count("notes")
        return note

    def _carry_anchor(self, name: str) -> bool:
        content = self._source.ledger.get(name)
        if content is not None:
            self._settle(self._target.ledger, name, content)
        return content is not None

    def _carry_tile(self, name: str) -> bool:
        content = self._source.view.get(name)
        if content is None:
            return False
        if self._target.view.get(name) == content:
            self._count("found")
        else:
            self._target.view.put(name, content)
            self._count("written")
        return True

    def _all(self, carry: Callable[[str], bool], names: Iterator[str]) -> int:
        """Carry objects that need no order, several at a time; return how many there were."""
        running: deque[Future[bool]] = deque()
        done = 0
        for name in names:
            running.append(self._pool.submit(carry, name))
            if len(running) > AHEAD:
                done += running.popleft().result()
        return done + sum(future.result() for future in running)

    def _count(self, kind: _Kind) -> None:
        with self._lock:  # several threads carry
            setattr(self.copied, kind, getattr(self.copied, kind) + 1)

    def _settle(self, store: Store, name: str, content: bytes, *, likely: bool = False) -> None:
        """See that the object stands in the target with these bytes.

        `likely` says that it is probably there: then it is read before it is sent.
        """
        found = store.get(name) if likely else None
        if found is None and store.create(name, content):
            self._count("written")
            return
        if found is None:
            found = store.get(name)
        if found != content:
            raise LedgerCorrupt(f"{name}: other bytes stand in the target")
        self._count("found")


def _size(note: bytes | None) -> int:
    try:
        return 0 if note is None else parse_checkpoint(split_note(note)[0]).size
    except LedgerCorrupt as error:
        raise LedgerCorrupt(f"{layout.CHECKPOINT}: {error}") from error


def _raw_digests(leaves: tuple[bytes, ...]) -> set[str]:
    """Return the raw objects that leaves refer to; those of one batch usually share one."""
    found = (
        msgspec.json.decode(leaf, type=_Sourced).src.raw for leaf in leaves if b'"raw"' in leaf
    )
    return {digest for digest in found if digest is not None}
