"""The two files of the view: open to be written, or, where they cannot be, to be read or copied.

An auditor's copy may stand on a medium that cannot be written, and a reader may be another user
than the service. There the files are read as they are, and what has to be folded beyond them is
folded in a temporary directory.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.view import cells, history

WATERMARK = """
create table if not exists watermark (
    only integer primary key check (only = 0), seq integer not null, digest text not null
);
"""
FILES = ("state.db", "history.db")
SCHEMAS = (cells.SCHEMA, history.SCHEMA)
SHAPE = 1
"""What a fold of the ledger looks like, counted up whenever the same ledger folds into other rows.

It stands in each file (`user_version`) and in each snapshot: one of another shape is not read, but
folded anew. tests/view/test_shape.py notices when it has to be counted up.
"""
REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""What the system says where we may not write; any other fault is one."""

Pair = tuple[sqlite3.Connection, sqlite3.Connection]
"""The state and the history."""


@dataclass(frozen=True, slots=True)
class ViewFiles:
    """The open files. Those in `directory` itself are `own`; else they are read-only or a copy."""

    directory: Path
    state: sqlite3.Connection
    history: sqlite3.Connection
    own: bool = True
    copy: "TemporaryDirectory[str] | None" = None

    def close(self) -> None:
        """Close both, and remove them where they are a copy."""
        self.state.close()
        self.history.close()
        if self.copy is not None:
            self.copy.cleanup()

    @property
    def writable(self) -> bool:
        """Whether they can be written where they are."""
        return self.own or self.copy is not None

    def to_be_written(self) -> "ViewFiles":
        """Return these files, or a copy of them where they can only be read.

        Raises:
            OSError: the copy cannot be made.
            sqlite3.Error: likewise.
        """
        if self.writable:
            return self
        copied = _temporary(self.directory)
        try:
            self.state.backup(copied.state)
            self.history.backup(copied.history)
        except sqlite3.DatabaseError:
            copied = copied.anew()  # damaged somewhere: the ledger has it all
        self.close()
        return copied

    def anew(self, *names: str) -> "ViewFiles":
        """Throw the named files away, both without a name, and return empty ones in their place.

        Where they can only be read they are let be, and both are empty somewhere else.

        Raises:
            OSError: a file cannot be removed, or the empty ones cannot be made.
            sqlite3.Error: likewise.
        """
        if not self.own:
            self.close()
            return _temporary(self.directory)
        pair = [self.state, self.history]
        for number, name in enumerate(FILES):
            if not names or name in names:
                pair[number].close()
                _remove(self.directory / name)
                pair[number] = _connect(self.directory / name, SCHEMAS[number])
        return ViewFiles(self.directory, pair[0], pair[1])

    def damaged(self) -> tuple[str, ...]:
        """Return the names of the files that SQLite finds fault with; reads both to the end."""
        pair = zip(FILES, (self.state, self.history), strict=True)
        return tuple(name for name, connection in pair if not _sound(connection))

    def reader(self, name: str) -> sqlite3.Connection | None:
        """Open one of the files once more, to read it as it stands while it is written.

        None where the files are not our own: what stands there is nobody's to pass on.

        Raises:
            sqlite3.Error: it cannot be opened.
        """
        if not self.own:
            return None
        uri = f"{(self.directory / name).absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute("pragma query_only = on")
        return connection


def open_files(directory: Path) -> ViewFiles:
    """Open both files; one that SQLite cannot read is thrown away: the ledger has it all.

    Raises:
        OSError: the directory cannot be made or read.
        sqlite3.Error: a file is locked or out of reach.
    """
    if _may_write(directory):
        return ViewFiles(directory, *_written(directory))
    pair = _read(directory)
    return ViewFiles(directory, *pair, own=False) if pair else _temporary(directory)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether SQLite says that the file is damaged, not merely out of reach or full."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # extended codes keep theirs above
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _sound(connection: sqlite3.Connection) -> bool:
    try:
        found: object = connection.execute("pragma quick_check(1)").fetchone()
    except sqlite3.Error:
        return False
    return found == ("ok",)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all that is written inside, or nothing of it."""
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite ends it by itself on a full disk
            connection.execute("rollback")
        raise
    connection.execute("commit")


def set_watermark(connection: sqlite3.Connection, seq: int, digest: str) -> None:
    """Note the number and the digest of the last folded batch."""
    connection.execute("insert or replace into watermark values (0, ?, ?)", (seq, digest))


def watermark(connection: sqlite3.Connection) -> tuple[int, str]:
    """Return the number and the digest of the last folded batch; -1 where there is none."""
    row = connection.execute("select seq, digest from watermark").fetchone()
    return (int(row[0]), str(row[1])) if row else (-1, "")


def _may_write(directory: Path) -> bool:
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        if error.errno in REFUSED:
            return False
        raise
    files = [directory / f"{name}{tail}" for name in FILES for tail in ("", "-wal", "-shm")]
    there = (path for path in files if os.access(path, os.F_OK))
    return all(os.access(path, os.W_OK) for path in (directory, *there))


def _temporary(directory: Path) -> ViewFiles:
    place = TemporaryDirectory(prefix="mfa-monitor-view-")
    return ViewFiles(directory, *_written(Path(place.name)), own=False, copy=place)


def _written(directory: Path) -> Pair:
    state, kept = (
        _connect(directory / name, schema) for name, schema in zip(FILES, SCHEMAS, strict=True)
    )
    return state, kept


def _connect(path: Path, schema: str) -> sqlite3.Connection:
    try:
        return _connected(path, schema)
    except sqlite3.OperationalError:
        raise  # locked or out of reach, not damaged
    except sqlite3.DatabaseError:
        _remove(path)
        return _connected(path, schema)


def _connected(path: Path, schema: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    try:
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=normal")
        if not _is_made(connection):
            # At once: whoever else opens the file sees no table, or the tables and the shape.
            made = f"begin immediate; {schema}{WATERMARK} pragma user_version = {SHAPE}; commit;"
            connection.executescript(made)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _is_made(connection: sqlite3.Connection) -> bool:
    """Tell whether the tables are there; a DatabaseError where they are of another shape."""
    shape, tables = connection.execute(
        "select (select user_version from pragma_user_version),"
        " (select count(*) from sqlite_master)"
    ).fetchone()
    if tables and shape != SHAPE:
        raise sqlite3.DatabaseError(f"the file has the shape {shape}, not {SHAPE}")
    return bool(tables)


def _remove(path: Path) -> None:
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()


def _read(directory: Path) -> Pair | None:
    """Open both to be read only; None where one is not there or cannot be used so."""
    state = _reader(directory / FILES[0])
    kept = _reader(directory / FILES[1])
    if state is not None and kept is not None:
        return state, kept
    for connection in (state, kept):
        if connection is not None:
            connection.close()
    return None


def _reader(path: Path) -> sqlite3.Connection | None:
    """Read beside a writer where its shared memory lies there; a file without a log stands still.

    https://sqlite.org/wal.html#read_only_databases
    """
    log = path.with_name(f"{path.name}-wal")
    still = not os.access(log, os.F_OK) or not log.stat().st_size
    for mode in ("mode=ro", "mode=ro&immutable=1") if still else ("mode=ro",):
        with suppress(sqlite3.Error):
            uri = f"{path.absolute().as_uri()}?{mode}"
            return _checked(
                sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            )
    return None


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Ask something: SQLite opens a file only then."""
    try:
        _is_made(connection)
        watermark(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
