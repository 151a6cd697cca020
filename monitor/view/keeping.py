"""Writes the snapshots: chunks first, the manifest last, so that half a snapshot is never seen.

The state changes all over, and is written whole each time. The history only grows: it is cut into
ranges of batches that never change again, so a snapshot adds the chunks that are new. Where the
cuts lie follows from the ledger alone, and two publishers write the same objects.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from monitor.ledger import layout, note
from monitor.ledger.log import after
from monitor.ledger.store import Store, Swapping
from monitor.view.batches import Followed, digest, existing
from monitor.view.files import SHAPE, watermark
from monitor.view.saved import Saved
from monitor.view.snapshot import (
    Fault,
    HistoryChunk,
    Manifest,
    Piece,
    StateChunk,
    StateRow,
    packed,
    signed,
)

STATE_BYTES = 4_000_000
"""Text in one chunk of the state: what is held in memory, twice, while it is written or read."""
HISTORY_BATCHES = 1024
"""Batches in one chunk of the history: a cold start folds fewer than that from the ledger, which
takes some seconds in Blob storage, and a manifest has room for ten million of them."""
HISTORY_ROWS = 16_384
"""Entries after which a chunk of the history ends with the batch it is in."""
ROUNDS = 3
"""How often a manifest is put again because another one came before or over it."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Writes snapshots of one log's views into the view store, signed with `signers`.

    `saved` reads what is there. `history_batches` and `history_rows` bound a chunk of the history,
    and must be the same for everybody who writes to this store.
    """

    store: Store
    log: Followed
    saved: Saved
    signers: tuple[note.Signer, ...]
    history_batches: int = field(default=HISTORY_BATCHES, kw_only=True)
    history_rows: int = field(default=HISTORY_ROWS, kw_only=True)

    def keep_state(self, reader: sqlite3.Connection) -> int:
        """Write the state as the reader sees it now; return the batch the snapshot there stands at.

        Raises:
            Fault: the view is not one of this log.
            StorageUnavailable: not written, or not known to be; the next one repairs it.
            LedgerCorrupt: the batch it stands at is missing.
            sqlite3.Error: the view cannot be read.
        """
        reader.execute("begin")
        try:
            seq, mark = watermark(reader)
            before = self.saved.manifest("state")
            if seq < 0 or (before is not None and before.seq >= seq):
                return before.seq if before else -1
            size, root = self._standing(seq, mark)
            chunks = tuple(self._kept_state(rows, seq, size) for rows in _portions(reader))
        finally:
            reader.execute("rollback")
        stale = tuple(one.sha256 for one in before.chunks) if before else ()
        manifest = Manifest(
            kind="state",
            shape=SHAPE,
            seq=seq,
            size=size,
            root=root,
            digest=mark,
            chunks=chunks,
            stale=stale,
        )
        standing = self._put(manifest)
        if before is not None and standing == seq:
            # Two snapshots old: whoever was reading it has long done so. Emptied, not removed: a
            # store cannot remove.
            for name in before.stale:
                self.store.put(before.chunk_name(name), b"")
        return standing

    def keep_history(self, reader: sqlite3.Connection, stopped: Callable[[], bool]) -> int:
        """Write the chunks that have become whole, and a manifest over all; as `keep_state`.

        Where `stopped` says so the manifest covers what is done, and the rest is left for later.
        """
        before = self.saved.manifest("history")
        chunks = list(before.chunks) if before else []
        reader.execute("begin")
        try:
            end = watermark(reader)[0]
            for piece in self._new_pieces(reader, chunks[-1] if chunks else None, end):
                chunks.append(piece)
                if stopped():
                    break
        finally:
            reader.execute("rollback")
        if not chunks or (before is not None and len(chunks) == len(before.chunks)):
            return before.seq if before else -1
        seq = chunks[-1].seq
        batch = existing(self.log, seq)
        mark = digest(batch)
        size, root = self._standing(seq, mark)
        manifest = Manifest(
            kind="history",
            shape=SHAPE,
            seq=seq,
            size=size,
            root=root,
            digest=mark,
            chunks=tuple(chunks),
        )
        return self._put(manifest)

    def _standing(self, seq: int, mark: str) -> tuple[int, str]:
        """Return size and root (hex) of the log after a batch, whose watermark was `mark`."""
        batch = existing(self.log, seq)
        if digest(batch) != mark:
            raise Fault(f"the view is not one of this log: batch {seq} is another one")
        head = after(batch.stated, (batch.header_leaf, *batch.leaves))
        return head.size, head.root.hex()

    def _kept_state(self, rows: list[StateRow], seq: int, size: int) -> Piece:
        name, body = packed(StateChunk(secrets.token_bytes(16), rows))
        self.store.put(layout.snapshot_chunk("state", SHAPE, name), body)
        return Piece(name, seq, size)

    def _new_pieces(
        self, reader: sqlite3.Connection, last: Piece | None, end: int
    ) -> Iterator[Piece]:
        start, first = (last.seq + 1, last.size) if last else (0, 0)
        while (seq := self._cut(reader, start, first, end)) is not None:
            batch = existing(self.log, seq)
            rows = reader.execute(
                "select * from entry where i >= ? and i < ? order by i", (first, batch.end)
            ).fetchall()
            name, body = packed(HistoryChunk(seq, digest(batch), rows))
            place = layout.snapshot_chunk("history", SHAPE, name)
            if not self.store.create(place, body) and self.store.get(place) != body:
                self.store.put(place, body)  # damaged, or emptied by somebody
            yield Piece(name, seq, batch.end)
            start, first = seq + 1, batch.end

    def _cut(self, reader: sqlite3.Connection, start: int, first: int, end: int) -> int | None:
        """Return the last batch of the chunk that begins with batch `start` at entry `first`.

        None where the chunk is not whole yet.
        """
        row = reader.execute(
            "select seq from entry where i >= ? order by i limit 1 offset ?",
            (first, self.history_rows - 1),
        ).fetchone()
        full = start + self.history_batches - 1
        seq = min(full, int(row[0])) if row else full
        return seq if seq <= end else None

    def _put(self, manifest: Manifest) -> int:
        """Put the manifest where none stands further; return the batch that the one there has.

        A store that cannot swap lets a slow publisher put an older manifest over a newer one, in
        the moment between its look and its put. That costs a cold start some folding, and the next
        snapshot mends it.
        """
        body = signed(manifest, self.signers[0].name, self.signers)
        for _ in range(ROUNDS):
            held, there = self.saved.held(manifest.kind)
            if there is not None and there.seq >= manifest.seq:
                return there.seq
            if isinstance(self.store, Swapping):
                self.store.swap(manifest.name, held, body)
            else:
                self.store.put(manifest.name, body)
        return manifest.seq


def _portions(reader: sqlite3.Connection) -> Iterator[list[StateRow]]:
    """Yield the cells in the order of their key, about STATE_BYTES at a time."""
    rows: list[StateRow] = []
    held = 0
    query = "select kind, tenant, key, due, value from cell order by kind, tenant, key"
    for row in reader.execute(query):
        rows.append(row)
        held += len(row[2]) + len(row[4])
        if held >= STATE_BYTES:
            yield rows
            rows, held = [], 0
    if rows:
        yield rows
