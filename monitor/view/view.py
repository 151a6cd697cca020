"""The view: two SQLite files that follow the ledger, each with its watermark inside it.

`state.db` holds what the next decision needs, `history.db` what an auditor asks for. Both are folds
of the ledger: thrown away and rebuilt at will, never written by anything else. The bytes of the
last folded batch are hashed into the watermark, so that a view of another ledger is noticed and
rebuilt.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Protocol, cast

import msgspec
from pydantic import JsonValue

from monitor.clock import moment, stamp
from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.events.model import TenantId
from monitor.ledger import merkle
from monitor.ledger.epoch import from_milliseconds
from monitor.ledger.log import Batch, Head
from monitor.posture.document import Document, DocumentKind
from monitor.posture.posture import Posture
from monitor.view import history
from monitor.view.cells import Cell, SqliteCells, Table
from monitor.view.files import ViewFiles, open_files, watermark
from monitor.view.fold import Documents, Leaf, applied_body, fold_leaf

BATCHES_PER_TRANSACTION = 64

Progress = Callable[[int, int], None]
"""Called with batches folded so far and batches to fold in all."""


class Followed(Protocol):
    """The ledger as the view reads it."""

    def head(self) -> Head:
        """Return the head."""

    def read(self, seq: int) -> Batch | None:
        """Return the batch of that number, or None where there is none."""


class View:
    """Both projections of one ledger; used by one thread at a time, the lock sees to it.

    `standing` is the head at the last catching up.
    """

    def __init__(self, directory: Path, log: Followed, documents: Documents) -> None:
        self.documents = documents
        self._directory = directory
        self._log = log
        self._lock = threading.RLock()
        self._postures: dict[TenantId, Posture] = {}
        self._seq = -1
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
        self.cells = SqliteCells(self._state)
        self._postures.clear()
        self._seq = watermark(self._state)[0]

    def close(self) -> None:
        """Close both files."""
        with self._lock:
            self._files.close()

    def catch_up(self, progress: Progress | None = None) -> Head:
        """Fold everything that is committed; return the head the state then stands at.

        Raises:
            LedgerCorrupt: the ledger is shorter than what was folded from it before.
        """
        try:
            return self._caught_up(progress)
        except sqlite3.Error as error:
            place = self._directory
            raise StorageUnavailable(f"{place}: the view cannot be written: {error}") from error

    def _caught_up(self, progress: Progress | None) -> Head:
        with self._lock:
            head = self._log.head()
            if watermark(self._state)[0] > head.seq:
                head = self._log.head()  # another process may have come in between
            self._check(head)
            start = min(watermark(self._state)[0], watermark(self._history)[0]) + 1
            if start <= head.seq:
                self._write_elsewhere_if_need_be()
            for first in range(start, head.seq + 1, BATCHES_PER_TRANSACTION):
                last = min(first + BATCHES_PER_TRANSACTION, head.seq + 1)
                self._fold([self._batch(seq) for seq in range(first, last)])
                if progress:
                    progress(last - start, head.seq + 1 - start)
            self.standing = head
            return head

    def _write_elsewhere_if_need_be(self) -> None:
        with self._reaching("copied"):
            files = self._files.to_be_written()
        if files is not self._files:
            self._use(files)

    def _begin_anew(self) -> None:
        with self._reaching("thrown away"):
            self._use(self._files.anew())

    def rebuild(self, progress: Progress | None = None) -> Head:
        """Throw both files away and fold the ledger from its first batch.

        Raises:
            StorageUnavailable: they can only be read.
        """
        with self._lock:
            if not self._files.own:
                raise StorageUnavailable(f"{self._directory}: the view there can only be read")
            self._begin_anew()
            return self.catch_up(progress)

    def posture(self, tenant: TenantId) -> Posture:
        """Return the tenant's posture at the watermark."""
        with self._lock:
            if tenant not in self._postures:
                self._postures[tenant] = self._load_posture(tenant)
            return self._postures[tenant]

    def find(self, question: history.Question) -> list[int]:
        """Return the indices of the entries asked for, newest first."""
        with self._lock:
            return [index for index, _ in history.find(self._history, question)]

    def counted(self, kind: str, column: history.Column, first: int, end: int) -> dict[str, int]:
        """Count entries of a kind by a column, from index `first` up to before `end`."""
        with self._lock:
            return history.counted(self._history, kind, column, first, end)

    def gravest(self, first: int, end: int, most: int) -> list[int]:
        """Return the indices of the gravest findings of that range, at most so many."""
        with self._lock:
            return history.gravest(self._history, first, end, most)

    def place(self, index: int) -> int | None:
        """Return the number of the batch that holds the entry.

        Or None where there is no such entry.
        """
        with self._lock:
            query = "select seq from entry where i = ?"
            row = self._history.execute(query, (index,)).fetchone()
            return int(row[0]) if row else None

    def tenants(self) -> list[str]:
        """Return the tenants of which anything was recorded, sorted."""
        with self._lock:
            query = "select distinct tenant from cell where tenant <> '' order by tenant"
            return [str(tenant) for (tenant,) in self._state.execute(query)]

    def rows(self, table: Table) -> list[Cell]:
        """Return the cells of a table."""
        with self._lock:
            return list(self.cells.rows(table))

    def cell(self, table: Table, tenant: str, key: str) -> Cell | None:
        """Return one cell, or None."""
        with self._lock:
            return self.cells.get(table, tenant, key)

    def dump(self) -> list[str]:
        """Return the logical content of both files, line by line: equal views have equal dumps."""
        with self._lock:
            state = self._state.execute(
                "select kind, tenant, key, due, value from cell order by 1, 2, 3"
            )
            entries = self._history.execute("select * from entry order by i")
            marks = [watermark(self._state), watermark(self._history)]
            return [repr(row) for row in (*state, *entries, *marks)]

    def _batch(self, seq: int) -> Batch:
        batch = self._log.read(seq)
        if batch is None:
            raise LedgerCorrupt(f"batch {seq} is missing from the ledger")
        return batch

    def _check(self, head: Head) -> None:
        """Compare the watermark with the ledger; a view of another ledger is rebuilt."""
        seq, digest = watermark(self._state)
        if seq > head.seq:
            raise LedgerCorrupt(
                f"the ledger ends at batch {head.seq}, but batch {seq} was seen before: it was "
                "cut or replaced"
            )
        if seq >= 0 and self._seq != seq:
            self._postures.clear()  # another process moved the files on
            self._seq = seq
        if seq >= 0 and _digest(self._batch(seq)) != digest:
            self._begin_anew()

    def _fold(self, batches: list[Batch]) -> None:
        changed: list[Leaf] = []
        for earlier, later in pairwise(batches):
            _refuse_break(earlier, later)
        with _transaction(self._state), _transaction(self._history):
            marks = watermark(self._state)[0], watermark(self._history)[0]
            for batch in batches:
                filed = stamp(from_milliseconds(batch.stated.time))
                decoded = _decoded(batch)
                for index, leaf in enumerate(decoded, batch.first_index + 1):
                    if batch.seq > marks[0]:
                        fold_leaf(self.cells, index, leaf, self.documents, filed=filed)
                        changed.append(leaf)
                    if batch.seq > marks[1]:
                        history.index_leaf(self._history, batch.seq, index, leaf)
            last = batches[-1]
            for connection, mark in ((self._state, marks[0]), (self._history, marks[1])):
                if last.seq > mark:
                    _set_watermark(connection, last)
        self._follow(changed)
        self._seq = watermark(self._state)[0]

    def _follow(self, leaves: list[Leaf]) -> None:
        """Move the postures in memory on by the documents that were put in place."""
        for leaf in leaves:
            tenant = TenantId(str(leaf.get("tenant")))
            if leaf.get("t") == "baseline":
                self._postures.pop(tenant, None)
            if (
                leaf.get("t") == "change"
                and leaf.get("effect") == "applied"
                and tenant in self._postures
            ):
                about = cast("dict[str, str]", leaf["object"])
                kind = DocumentKind(about["kind"])
                posture = self._postures[tenant]
                held = posture.document(kind, about["id"])
                body = applied_body(held.body if held else None, leaf, self.documents)
                posture = posture.without(kind, about["id"])
                if body is not None:
                    at = moment(str(leaf["modified"]))
                    shown = cast("dict[str, JsonValue]", body)
                    posture = posture.with_document(Document(kind, about["id"], at, shown))
                self._postures[tenant] = posture

    def _load_posture(self, tenant: TenantId) -> Posture:
        posture = Posture(tenant)
        for cell in self.cells.rows(Table.DOCUMENT):
            value = cast("dict[str, JsonValue]", cell.value)
            body = value["body"]
            if cell.tenant == tenant and isinstance(body, dict):
                kind, _, identity = cell.key.partition("/")
                document = Document(DocumentKind(kind), identity, moment(str(value["at"])), body)
                posture = posture.with_document(document)
        kinds = self.cells.get(Table.COMPLETE, tenant, "kinds")
        named = cast("list[str]", kinds.value) if kinds else []
        return posture.with_complete(map(DocumentKind, named)) if named else posture


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _set_watermark(connection: sqlite3.Connection, batch: Batch) -> None:
    connection.execute(
        "insert or replace into watermark values (0, ?, ?)", (batch.seq, _digest(batch))
    )


def _refuse_break(earlier: Batch, later: Batch) -> None:
    """Compare what the later header says of the tree before it with the leaves that stand there."""
    hashes = merkle.leaf_hashes((earlier.header_leaf, *earlier.leaves))
    stated = earlier.stated
    if merkle.extend(stated.frontier, stated.size, hashes) != tuple(later.stated.frontier):
        raise LedgerCorrupt(f"batch {earlier.seq} is not what batch {later.seq} was built on")


def _decoded(batch: Batch) -> list[Leaf]:
    try:
        return [cast("Leaf", msgspec.json.decode(leaf)) for leaf in batch.leaves]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LedgerCorrupt(f"batch {batch.seq} holds a leaf that is not JSON: {error}") from error


def _digest(batch: Batch) -> str:
    """Hash header and leaves of a batch; the header holds the frontier of all before it."""
    state = hashlib.sha256(msgspec.json.encode(dict(batch.header), order="deterministic"))
    for leaf in batch.leaves:
        state.update(hashlib.sha256(leaf).digest())
    return state.hexdigest()
