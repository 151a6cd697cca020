"""The history index as part of a view: it may fall behind the state, and catches up when asked.

Decisions never wait for it. It moves on with the state while it keeps step; after a cold start it
is loaded and folded when somebody asks a question, or a little at a time by the publisher.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from monitor.ledger.log import Batch, Head
from monitor.view import history
from monitor.view.batches import MOST_IN_GROUP, Followed, decoded, digest, existing, groups
from monitor.view.files import set_watermark, transaction, watermark
from monitor.view.fold import Leaf
from monitor.view.saved import Saved
from monitor.view.snapshot import HistoryChunk

NEAR = MOST_IN_GROUP
"""Batches behind the state that are made good on the way: no more than one transaction holds."""
INSERT = "insert or replace into entry values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Index:
    """The open history file, under a lock of its own.

    `compared` says that its watermark was compared with the ledger since the file was opened. The
    lock is held for one transaction or one question at a time. Whoever holds the view's lock
    may wait for this one, never the other way round.
    """

    def __init__(self, log: Followed, saved: Saved | None, threads: int) -> None:
        self.lock = threading.RLock()
        self.connection: sqlite3.Connection
        self.compared = False
        self._log = log
        self._saved = saved
        self._threads = threads

    def mark(self) -> int:
        """Return the number of the last batch in the index."""
        with self.lock:
            return watermark(self.connection)[0]

    def follows(self, head: Head, state: tuple[int, str]) -> bool:
        """Tell whether the index is one of this ledger; `state` is a watermark known to be."""
        seq, found = mark = watermark(self.connection)
        if seq < 0 or mark == state:
            return True
        return seq <= head.seq and digest(existing(self._log, seq)) == found

    @contextmanager
    def in_step(self, state: int) -> Iterator[int | None]:
        """Hold the index for a fold of the state from batch `state` on.

        Yields the last batch in the index, or None where it is not to take part: it is far behind,
        or somebody is using it.
        """
        if not self.lock.acquire(blocking=False):
            yield None
            return
        try:
            mark = watermark(self.connection)[0]
            yield mark if mark >= state - NEAR else None
        finally:
            self.lock.release()

    def fold(self, batch: Batch, leaves: Sequence[tuple[int, Leaf]]) -> None:
        """Put a batch into the index; the caller holds the lock and a transaction."""
        for index, leaf in leaves:
            history.index_leaf(self.connection, batch.seq, index, leaf)

    def advance(self, until: int, stopped: Callable[[], bool]) -> None:
        """Load and fold what is missing up to batch `until`, or less where `stopped` says so.

        Raises:
            StorageUnavailable: the ledger or the snapshots cannot be read now.
            LedgerCorrupt: the ledger disagrees with itself.
            sqlite3.Error: the index cannot be written.
        """
        mark = self.mark()
        if self._saved is not None and until - mark > self._saved.far:
            for chunk in self._saved.history(mark, until):
                self._load(chunk)
                if stopped():
                    return
        start = self.mark() + 1
        for group in groups(self._log, range(start, until + 1), self._threads):
            self._follow(group)
            if stopped():
                return

    def _load(self, chunk: HistoryChunk) -> None:
        with self.lock, transaction(self.connection):
            if watermark(self.connection)[0] < chunk.seq:
                self.connection.executemany(INSERT, chunk.rows)
                set_watermark(self.connection, chunk.seq, chunk.digest)

    def _follow(self, group: list[Batch]) -> None:
        read = [(batch, decoded(batch)) for batch in group]
        with self.lock, transaction(self.connection):
            mark = watermark(self.connection)[0]
            if mark + 1 < group[0].seq:
                return  # thrown away meanwhile: whoever asks next begins at its beginning
            for batch, leaves in read:
                if batch.seq > mark:
                    self.fold(batch, leaves)
            if group[-1].seq > mark:
                set_watermark(self.connection, group[-1].seq, digest(group[-1]))
