"""The log: find its head, read its batches, and append one by creating the object that comes next.

A process that dies before `create` has done nothing; one that dies after it has done everything.
There is no recovery code: the next `head()` is the recovery.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import cast

import msgspec
from pydantic import JsonValue

from monitor.errors import LedgerConflict, LedgerCorrupt, StorageUnavailable
from monitor.ledger import bundle, layout, merkle
from monitor.ledger.cursor import Cursor
from monitor.ledger.epoch import EPOCH, from_milliseconds, to_milliseconds
from monitor.ledger.header import (
    NONCE_BYTES,
    Counts,
    Genesis,
    Header,
    content_fault,
    cursor_fault,
    encode,
    open_batch,
    shape_fault,
)
from monitor.ledger.store import Store

__all__ = ["Batch", "Counts", "Draft", "Genesis", "Head", "Log", "after"]

ATTEMPTS = 3
"""How often the same bytes are offered when the store neither takes nor shows them."""


@dataclass(frozen=True, slots=True)
class Head:
    """The state after batch `seq`: the next batch stands on exactly this.

    `size` counts entries, headers included; an empty log has `seq` -1 and the time 1970.
    """

    seq: int = -1
    size: int = 0
    frontier: tuple[bytes, ...] = ()
    cursors: Mapping[str, Cursor] = field(default_factory=lambda: MappingProxyType({}))
    time: datetime = EPOCH

    @property
    def root(self) -> bytes:
        """The Merkle root over all `size` entries."""
        return merkle.root(self.frontier)


@dataclass(frozen=True, slots=True)
class Draft:
    """A batch to be appended. `cursors` holds those this batch moves, `time` is the writer's now.

    `source` is the header's `src`; a cursor may only move under its own `source["key"]`. `genesis`
    is needed for batch 0 and allowed nowhere else.
    """

    leaves: tuple[bytes, ...]
    source: Mapping[str, str]
    counts: Counts
    cursors: Mapping[str, Cursor]
    time: datetime
    genesis: Mapping[str, JsonValue] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One committed batch. Its header is the entry `first_index` of the log, `leaves` follow it.

    `header` is leaf 0 as JSON, `stated` the same typed, `header_leaf` its bytes as they are hashed.
    """

    seq: int
    header: Mapping[str, JsonValue]
    leaves: tuple[bytes, ...]
    first_index: int
    stated: Header
    header_leaf: bytes

    @property
    def end(self) -> int:
        """The size of the log with this batch: the index of the entry after its last."""
        return self.first_index + 1 + len(self.leaves)

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """Yield index and bytes of each leaf after the header."""
        return enumerate(self.leaves, self.first_index + 1)


class Log:
    """The log in a store. Not for two threads at once; any number of processes may share the store.

    `hint` is where to begin looking for the head, and may be wrong. `witnessed` is the size of a
    checkpoint known to be signed: a log that is smaller was rolled back, and is not appended to.
    `notes_compared` is the publisher's mark that it compared the notes beside the log with it,
    `anchored` the last anchor that a batch appended here has carried.
    """

    def __init__(self, store: Store, *, hint: int = -1, witnessed: int = 0) -> None:
        self._store = store
        self._hint = hint
        self._witnessed = witnessed
        self._anchor: bytes | None = None
        self.anchored: bytes | None = None
        self.notes_compared = False
        self._head = Head()
        self._tip: Header | None = None
        self._genesis: Genesis | None = None

    def witness(self, size: int) -> None:
        """Take note of the size of a signed checkpoint; a smaller one changes nothing."""
        self._witnessed = max(self._witnessed, size)

    def anchor(self, digest: bytes) -> None:
        """Have the next batch carry the SHA-256 of a timestamp or cosignature, once.

        It must be that of an object that stands in the ledger: `append` does not look.
        """
        if len(digest) != merkle.DIGEST_SIZE:
            raise ValueError(f"an anchor is a SHA-256, not {len(digest)} bytes")
        self._anchor = digest

    def head(self) -> Head:
        """Return the state after the latest batch: one read where nothing is new.

        Raises:
            LedgerCorrupt: the latest batch is malformed, or does not follow on the head before.
            StorageUnavailable: the store cannot be read.
        """
        seq, known = self._latest(), self._head
        if seq > known.seq:
            header, leaves = self._open(seq)
            if seq == known.seq + 1:
                _refuse_break(header, known)
            self._advance(header, leaves)
        return self._head

    def genesis(self) -> Genesis | None:
        """Return what batch 0 says of the log; None while the log is empty."""
        if self._genesis is None and (first := self.read(0)):
            self._genesis = first.stated.genesis
        return self._genesis

    def read(self, seq: int) -> Batch | None:
        """Return batch `seq`, or None where there is none; LedgerCorrupt where it is malformed."""
        body = None if seq < 0 else self._store.get(layout.batch(seq))
        return None if body is None else _batch(*open_batch(seq, body))

    def batches(self, start_seq: int = 0) -> Iterator[Batch]:
        """Yield the batches from `start_seq` on, up to the one that is latest when it is reached.

        Raises:
            LedgerCorrupt: a batch is malformed or does not begin where the one before ends.
        """
        expected: int | None = None
        while batch := self.read(start_seq):
            if expected is not None and batch.first_index != expected:
                name = layout.batch(start_seq)
                raise LedgerCorrupt(f"{name}: begins at {batch.first_index}, not at {expected}")
            yield batch
            start_seq, expected = start_seq + 1, batch.end

    def containing(self, index: int) -> Batch | None:
        """Return the batch that holds the entry at `index`, by binary search; None if none does."""
        head = self._head if index < self._head.size else self.head()
        if not 0 <= index < head.size:
            return None
        low, high = 0, head.seq
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._open(middle)[0].size <= index else (low, middle - 1)
        return self.read(low)

    def root_at(self, size: int) -> bytes | None:
        """Return the root of the first `size` entries, if a header states it, else None."""
        head = self._head if size <= self._head.size else self.head()
        if size == head.size:
            return head.root
        if self._tip is not None and size == self._tip.size:
            return merkle.root(self._tip.frontier)
        batch = self.containing(size)
        if batch is None or batch.first_index != size:
            return None
        return merkle.root(batch.stated.frontier)

    def append(self, draft: Draft, head: Head) -> Batch:
        """Commit the draft as batch `head.seq + 1`.

        Raises:
            LedgerConflict: somebody else has that number; take the new head and decide again.
            StorageUnavailable: the outcome is unknown; take the head anew before deciding again.
            LedgerCorrupt: the head is behind what was witnessed; nothing was written.
            ValueError: the draft breaks a rule of the format: a leaf without kind or too long,
            counts
                that do not add up, a cursor that goes back or moves under another source.
        """
        self._refuse_rollback(head)
        anchor = self._anchor
        header = _header(draft, head, anchor)
        _refuse_fault(draft, head, header)
        leaves = (encode(header), *draft.leaves)
        self._commit(layout.batch(header.seq), bundle.encode(leaves))
        self._advance(header, leaves)
        if anchor is not None and self._anchor == anchor:
            self._anchor, self.anchored = None, anchor
        return _batch(header, leaves)

    def _refuse_rollback(self, head: Head) -> None:
        """Refuse a log that has less than was known of it: a restored copy, a failover behind."""
        if head.seq >= 0 and not self._exists(head.seq):
            raise LedgerCorrupt(
                f"{layout.batch(head.seq)}: missing, though it was there: the log was rolled back"
                " or cut off"
            )
        if head.size >= self._witnessed:
            return
        following = layout.batch(head.seq + 1)
        if self._store.get(following) is not None:
            # The head was taken before another writer committed, and that was signed meanwhile.
            raise LedgerConflict(f"{following}: another writer committed first")
        raise LedgerCorrupt(
            f"the log has {head.size} entries, a signed checkpoint knows {self._witnessed}: "
            "it was rolled back or cut off"
        )

    def _commit(self, name: str, body: bytes) -> None:
        """Create the object; where the answer is no or missing, what stands there decides."""
        unanswered: StorageUnavailable | None = None
        for _ in range(ATTEMPTS):
            try:
                if self._store.create(name, body):
                    return
            except StorageUnavailable as error:
                unanswered = error
            found = self._store.get(name)
            if found == body:
                return
            if found is not None:
                raise LedgerConflict(f"{name}: another writer committed first")
        raise StorageUnavailable(f"{name}: neither created nor there") from unanswered

    def _latest(self) -> int:
        """Find the last batch: double the step until one is missing, then halve the distance."""
        low = self._head.seq
        if self._hint > low and self._exists(self._hint):
            low = self._hint
        step = 1
        while self._exists(low + step):
            low, step = low + step, step * 2
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._exists(middle) else (low, middle)
        return low

    def _exists(self, seq: int) -> bool:
        return self._store.get(layout.batch(seq)) is not None

    def _open(self, seq: int) -> tuple[Header, tuple[bytes, ...]]:
        name = layout.batch(seq)
        body = self._store.get(name)
        if body is None:
            raise LedgerCorrupt(f"{name}: missing, though a later batch was there")
        return open_batch(seq, body)

    def _advance(self, header: Header, leaves: tuple[bytes, ...]) -> None:
        self._tip, self._head = header, after(header, leaves)


def _refuse_break(header: Header, head: Head) -> None:
    if (header.size, header.frontier) != (head.size, head.frontier):
        raise LedgerCorrupt(f"{layout.batch(header.seq)}: does not stand on the batch before it")


def _batch(header: Header, leaves: tuple[bytes, ...]) -> Batch:
    return Batch(
        seq=header.seq,
        header=cast("dict[str, JsonValue]", msgspec.json.decode(leaves[0])),
        leaves=leaves[1:],
        first_index=header.size,
        stated=header,
        header_leaf=leaves[0],
    )


def after(header: Header, leaves: tuple[bytes, ...]) -> Head:
    """Return the head once this batch is the latest; `leaves` begin with the header's."""
    return grown(header, merkle.leaf_hashes(leaves))


def grown(header: Header, hashes: list[bytes]) -> Head:
    """Return the head once this batch is the latest, from the hashes of all its leaves."""
    return Head(
        seq=header.seq,
        size=header.size + len(hashes),
        frontier=merkle.extend(header.frontier, header.size, hashes),
        cursors=MappingProxyType(header.cur),
        time=from_milliseconds(header.time),
    )


def _header(draft: Draft, head: Head, anchor: bytes | None) -> Header:
    return Header(
        t="batch",
        v=1,
        seq=head.seq + 1,
        size=head.size,
        frontier=head.frontier,
        cur={**head.cursors, **draft.cursors},
        src=dict(draft.source),
        n=len(draft.leaves),
        time=to_milliseconds(max(draft.time, head.time)),
        nonce=secrets.token_hex(NONCE_BYTES),
        counts=draft.counts,
        genesis=msgspec.convert(draft.genesis, Genesis | None),
        anchor=anchor,
    )


def _refuse_fault(draft: Draft, head: Head, header: Header) -> None:
    fault = (
        shape_fault(header, head.seq + 1, len(draft.leaves))
        or content_fault(header, draft.leaves)
        or cursor_fault(head.cursors, header)
    )
    if fault:
        raise ValueError(f"a draft for {layout.batch(header.seq)} that breaks the format: {fault}")
