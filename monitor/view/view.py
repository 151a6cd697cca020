"""The view: two SQLite files that follow the ledger, each with its watermark inside it.

`state.db` holds what the next decision needs, `history.db` what an auditor asks for. Both are folds
of the ledger: thrown away and rebuilt at will, never written by anything else. The bytes of the
last folded batch are hashed into the watermark, so that a view of another ledger is noticed and
rebuilt. The history may stand behind the state; who asks it something has it caught up first.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

import structlog

from monitor.clock import stamp
from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.events.model import TenantId
from monitor.ledger.epoch import from_milliseconds
from monitor.ledger.log import Batch, Head, after
from monitor.posture.posture import Posture
from monitor.view import history
from monitor.view.batches import Followed, decoded, digest, existing, groups
from monitor.view.cells import Cell, SqliteCells, Table
from monitor.view.files import (
    FILES,
    ViewFiles,
    is_damage,
    open_files,
    set_watermark,
    transaction,
    watermark,
)
from monitor.view.fold import Documents, Leaf, fold_leaf
from monitor.view.index import NEAR, Index
from monitor.view.postures import Postures
from monitor.view.saved import Saved

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with batches folded so far and batches to fold in all."""

_log = structlog.get_logger(__name__)


class View:
    """Both projections of one ledger; used by one thread at a time, the locks see to it.

    `standing` is the head at the last catching up or following. `saved` are snapshots to load from,
    `threads` is how many batches are fetched at once.
    """

    def __init__(
        self,
        directory: Path,
        log: Followed,
        documents: Documents,
        *,
        saved: Saved | None = None,
        threads: int = 1,
    ) -> None:
        self.documents = documents
        self._directory = directory
        self._log = log
        self._saved = saved
        self._threads = threads
        self._lock = threading.RLock()
        self._index = Index(log, saved, threads)
        self._postures = Postures(documents)
        self._known = (-1, "")
        self._damaged = False
        self.standing = Head()
        with self._reaching("opened"):
            self._use(open_files(directory))

    @contextmanager
    def _reaching(self, done: str) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            place = self._directory
            raise StorageUnavailable(f"{place}: the view cannot be {done}: {error}") from error

    def _use(self, files: ViewFiles) -> None:
        self._files = files
        self._state, self._history = files.state, files.history
        self._index.connection, self._index.compared = files.history, False
        self.cells = SqliteCells(self._state, self._failed)
        self._postures.clear()

    def close(self) -> None:
        """Close both files."""
        with self._lock, self._index.lock:
            self._files.close()

    def _failed(self, error: sqlite3.Error, done: str = "read") -> StorageUnavailable:
        """Note whether a file is damaged, and return what to raise."""
        self._damaged = self._damaged or is_damage(error)
        return StorageUnavailable(f"{self._directory}: the view cannot be {done}: {error}")

    def catch_up(self, progress: Progress | None = None) -> Head:
        """Fold everything that is committed; return the head the state then stands at.

        A file that turns out to be damaged is thrown away, and begins anew.

        Raises:
            LedgerCorrupt: the ledger is shorter than what was folded from it before.
            StorageUnavailable: the ledger cannot be read, or the view not be written.
        """
        with self._lock:
            self._replace_damaged()
            try:
                with self._reaching("written"):
                    return self._caught_up(progress)
            except StorageUnavailable as error:
                if isinstance(error.__cause__, sqlite3.Error):
                    self._failed(error.__cause__)
                if not self._damaged:
                    raise
            self._replace_damaged()
            with self._reaching("written"):
                return self._caught_up(progress)

    def settled(self) -> Head | None:
        """Return the head the state stands at; None where it was moved on, or thrown away."""
        with self._lock:
            try:
                mark = watermark(self._state)
            except sqlite3.Error:
                return None  # catching up finds out what is wrong with it
            sure = not self._damaged and mark == self._known and mark[0] == self.standing.seq
            return self.standing if sure else None

    def follow(self, batch: Batch) -> None:
        """Fold a batch that this process has just appended where the state stands: read nothing.

        A state that stands elsewhere is caught up, with what `catch_up` raises.
        """
        with self._lock:
            try:
                with self._reaching("written"):
                    followed = self._followed(batch)
            except StorageUnavailable:
                followed = False  # it may be damaged: catching up finds out, and begins it anew
            if not followed:
                self.catch_up()

    def _followed(self, batch: Batch) -> bool:
        """Fold the batch if the state stands right before it, and the index is not behind that."""
        self._write_elsewhere_if_need_be()
        mark = watermark(self._state)
        if mark != self._known or mark[0] != batch.seq - 1 or not self._index.compared:
            return False
        with self._index.in_step(mark[0]) as kept:
            if kept is not None and kept < mark[0]:
                return False
            self._fold([batch], with_index=kept is not None)
        self.standing = after(batch.stated, (batch.header_leaf, *batch.leaves))
        return True

    def _replace_damaged(self) -> None:
        """Throw away what turned out to be damaged: the ledger has it all."""
        if not self._damaged:
            return
        with self._lock, self._index.lock:
            names = self._files.damaged() or FILES
            _log.warning("view.damaged", files=list(names), at=str(self._directory))
            self._begin_anew(*names)
            self._damaged = False

    def _caught_up(self, progress: Progress | None) -> Head:
        head = self._log.head()
        if watermark(self._state)[0] > head.seq:
            head = self._log.head()  # another process may have come in between
        self._check(head)
        if head.seq > watermark(self._state)[0]:
            self._write_elsewhere_if_need_be()
            head = self._restored(head)
            self._fold_up_to(head.seq, progress)
        self.standing = head
        return head

    def _check(self, head: Head) -> None:
        """Compare the watermarks with the ledger; a view of another ledger is rebuilt."""
        mark = watermark(self._state)
        if mark[0] > head.seq:
            raise LedgerCorrupt(
                f"the ledger ends at batch {head.seq}, but batch {mark[0]} was seen before: it was "
                "cut or replaced"
            )
        if mark != self._known:
            self._postures.clear()  # another process moved the files on, or they were just opened
            if mark[0] >= 0 and digest(existing(self._log, mark[0])) != mark[1]:
                self._begin_anew()
            self._known = watermark(self._state)
        if not self._index.compared:
            with self._index.lock:
                if not self._index.follows(head, mark):
                    self._begin_anew(FILES[1])
                self._index.compared = True

    def _restored(self, head: Head) -> Head:
        """Load the snapshot where that is much less than to fold; return the head, never older."""
        mark = watermark(self._state)[0]
        if self._saved is None or head.seq - mark <= self._saved.far:
            return head
        if self._saved.restore_state(self._state, mark):
            self._postures.clear()
            self._known = watermark(self._state)
        return self._log.head() if self._known[0] > head.seq else head

    def _fold_up_to(self, end: int, progress: Progress | None) -> None:
        state = watermark(self._state)[0]
        with self._index.in_step(state) as mark:
            start = min(state, state if mark is None else mark) + 1
            for group in groups(self._log, range(start, end + 1), self._threads):
                self._fold(group, with_index=mark is not None)
                if progress:
                    progress(group[-1].seq + 1 - start, end + 1 - start)

    def _write_elsewhere_if_need_be(self) -> None:
        if self._files.writable:
            return  # and wait for nobody who has a question
        with self._lock, self._index.lock, self._reaching("copied"):
            self._use(self._files.to_be_written())

    def _begin_anew(self, *names: str) -> None:
        with self._lock, self._index.lock, self._reaching("thrown away"):
            self._use(self._files.anew(*names))

    def rebuild(self, progress: Progress | None = None) -> Head:
        """Throw both files away and fold the ledger from its first batch, whatever was saved.

        Raises:
            StorageUnavailable: they can only be read.
        """
        with self._lock, self._index.lock:
            if not self._files.own:
                raise StorageUnavailable(f"{self._directory}: the view there can only be read")
            self._begin_anew()
            saved, self._saved = self._saved, None
            try:
                return self.catch_up(progress)
            finally:
                self._saved = saved

    def catch_up_history(self, seconds: float) -> None:
        """Bring the history on towards where the state stands, for about that long.

        Raises:
            StorageUnavailable: the ledger cannot be read, or the history not be written.
            LedgerCorrupt: the ledger disagrees with itself.
        """
        end = time.monotonic() + seconds
        self._asked(lambda _: None, lambda: time.monotonic() >= end)

    def _asked(
        self,
        question: Callable[[sqlite3.Connection], T],
        stopped: Callable[[], bool] | None = lambda: False,
    ) -> T:
        """Put a question to the history once it is caught up; a damaged one begins anew.

        It is caught up until `stopped` says so, and not at all without it.
        """
        try:
            return self._answered(question, stopped)
        except sqlite3.Error as error:
            failed = self._failed(error)
            if not self._damaged:
                raise failed from error
        self._replace_damaged()
        with self._reaching("read"):
            return self._answered(question, stopped)

    def _answered(
        self, question: Callable[[sqlite3.Connection], T], stopped: Callable[[], bool] | None
    ) -> T:
        if stopped is not None:
            with self._lock:
                until = watermark(self._state)[0]
                if until > self._index.mark():
                    self._write_elsewhere_if_need_be()
            self._index.advance(until, stopped)
        with self._index.lock:
            return question(self._history)

    def _looked_up(self, question: Callable[[], T]) -> T:
        """Ask the state; a damaged one begins anew."""
        with self._lock:
            try:
                return question()
            except StorageUnavailable:
                if not self._damaged:
                    raise
            self.catch_up()
            return question()

    def _mark(self) -> int:
        try:
            return watermark(self._state)[0]
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def posture(self, tenant: TenantId) -> Posture:
        """Return the tenant's posture at the watermark."""
        return self._looked_up(lambda: self._postures.get(tenant, self.cells))

    def find(self, question: history.Question) -> list[int]:
        """Return the indices of the entries asked for, newest first."""
        return self._asked(lambda kept: [index for index, _ in history.find(kept, question)])

    def counted(self, kind: str, column: history.Column, first: int, end: int) -> dict[str, int]:
        """Count entries of a kind by a column, from index `first` up to before `end`."""
        return self._asked(lambda kept: history.counted(kept, kind, column, first, end))

    def gravest(self, first: int, end: int, most: int) -> list[int]:
        """Return the indices of the gravest findings of that range, at most so many."""
        return self._asked(lambda kept: history.gravest(kept, first, end, most))

    def place(self, index: int) -> int | None:
        """Return the number of the batch that holds the entry; None where there is no such entry.

        A history that is far behind is not waited for: the batch is searched in the ledger.
        """
        end = self._looked_up(self._mark)
        if end - self._asked(lambda kept: watermark(kept)[0], None) <= NEAR:
            return self._asked(lambda kept: history.place(kept, index))
        low, high = 0, end
        while low <= high:
            middle = (low + high) // 2
            batch = existing(self._log, middle)
            if index >= batch.end:
                low = middle + 1
            elif index < batch.first_index:
                high = middle - 1
            else:
                return middle if index > batch.first_index else None
        return None

    def tenants(self) -> list[str]:
        """Return the tenants of which anything was recorded, sorted."""
        return self._looked_up(lambda: [*self.cells.tenants()])

    def rows(self, table: Table) -> list[Cell]:
        """Return the cells of a table."""
        return self._looked_up(lambda: list(self.cells.rows(table)))

    def cell(self, table: Table, tenant: str, key: str) -> Cell | None:
        """Return one cell, or None."""
        return self._looked_up(lambda: self.cells.get(table, tenant, key))

    def reader(self, name: str) -> sqlite3.Connection | None:
        """Open a file once more, to read it while it is written; None where it is not our own.

        Raises:
            StorageUnavailable: it cannot be opened.
        """
        with self._lock, self._reaching("read"):
            return self._files.reader(name)

    def dump(self) -> list[str]:
        """Return the logical content of both files, line by line: equal views have equal dumps."""
        query = "select * from entry order by i"
        with self._lock, self._reaching("read"):
            kept = self._asked(lambda c: [*c.execute(query), watermark(c)])
            state = self._state.execute(
                "select kind, tenant, key, due, value from cell order by 1, 2, 3"
            )
            return [repr(row) for row in (*state, watermark(self._state), *kept)]

    def _fold(self, batches: list[Batch], *, with_index: bool) -> None:
        read = [(batch, decoded(batch)) for batch in batches]
        changed: list[Leaf] = []
        last = batches[-1]
        index = transaction(self._history) if with_index else nullcontext()
        with transaction(self._state), index:
            mark = watermark(self._state)[0]
            kept = watermark(self._history)[0] if with_index else last.seq
            for batch, leaves in read:
                if batch.seq > mark:
                    filed = stamp(from_milliseconds(batch.stated.time))
                    for number, leaf in leaves:
                        fold_leaf(self.cells, number, leaf, self.documents, filed=filed)
                        changed.append(leaf)
                if batch.seq > kept:
                    self._index.fold(batch, leaves)
            hashed = digest(last)
            for connection, at in ((self._state, mark), (self._history, kept)):
                if last.seq > at:
                    set_watermark(connection, last.seq, hashed)
        if mark == self._known[0]:
            self._postures.follow(changed)
        else:
            self._postures.clear()  # another process folded what this one has not seen
        self._known = watermark(self._state)
