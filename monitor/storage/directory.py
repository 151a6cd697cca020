"""A store in a directory of a POSIX file system: durable, atomic, put-if-absent by link(2).

An object is written to `.tmp/`, synced, linked to its name (which fails where the name is taken),
and the directory that holds the name is synced. A process killed anywhere in between leaves at most
a file in `.tmp/`, which a later writer removes when it is older than a minute.
"""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from monitor.errors import StorageUnavailable
from monitor.storage.names import checked, is_name

STALE_SECONDS = 60
"""Age from which a temporary file is a dead process's. A slower writer fails and tries again."""


class DirectoryStore:
    """The ledger's store under `root`: files of mode 0600 in directories of mode 0700.

    Nothing is made before the first write, so reading works on a copy that cannot be written. Any
    number of processes and threads may use one directory. Every method raises StorageUnavailable
    with the object's name and the cause, and ValueError for a name that could leave the directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / ".tmp"
        self._durable: set[Path] = set()

    def get(self, name: str) -> bytes | None:
        """Return the object, or None where there is none of that name."""
        path = self._path(name)
        with _unavailable(name):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def create(self, name: str, content: bytes) -> bool:
        """Create the object, durable on return; False where there is one, which is durable then."""
        return self._write(name, content, os.link)

    def put(self, name: str, content: bytes) -> None:
        """Create or replace the object: a reader sees the old one or the new one, whole."""
        self._write(name, content, os.replace)

    def swap(self, name: str, expected: bytes | None, content: bytes) -> bool:
        """Put the object if it still holds `expected`; None stands for no object.

        Those that swap in one directory wait for each other. A `put` waits for nobody: an object is
        to be written by one of the two.
        """
        with _unavailable(name):
            self._prepare(self._root)
            handle = os.open(self._root / ".swap", os.O_RDWR | os.O_CREAT, 0o600)
            with os.fdopen(handle) as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)  # given back when the file is closed, or we die
                if self.get(name) != expected:
                    return False
                self.put(name, content)
                return True

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of the objects directly in a folder, in no order."""
        path = self._path(folder)
        with _unavailable(folder):
            try:
                entries = os.scandir(path)
            except FileNotFoundError:
                return
            with entries:
                for entry in entries:
                    if entry.is_file() and is_name(entry.name):
                        yield f"{folder}/{entry.name}"

    def every(self, folder: str) -> Iterator[str]:
        """Yield the names of all objects below a folder, of all there are where it is empty.

        Files whose names are no objects' (those that begin with a dot) are left out.
        """
        top = self._path(folder) if folder else self._root
        waiting = [(top, f"{folder}/" if folder else "")]
        while waiting:
            directory, prefix = waiting.pop()
            with _unavailable(prefix), suppress(FileNotFoundError), os.scandir(directory) as found:
                for entry in found:
                    if not is_name(entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((directory / entry.name, f"{prefix}{entry.name}/"))
                    else:
                        yield f"{prefix}{entry.name}"

    def _write(self, name: str, content: bytes, place: Callable[[Path, Path], None]) -> bool:
        path = self._path(name)
        with _unavailable(name):
            self._prepare(path.parent)
            draft = self._draft(content)
            try:
                place(draft, path)
                placed = True
            except FileExistsError:
                placed = False
            finally:
                draft.unlink(missing_ok=True)
            # Also where the name was taken: its maker may have died before this line.
            _sync_directory(path.parent)
            return placed

    def _path(self, name: str) -> Path:
        return self._root / checked(name)

    def _prepare(self, directory: Path) -> None:
        """Make the directory and every one above it durable, once per process."""
        if self._temporary not in self._durable:
            _make_directory(self._temporary)
            self._remove_stale()
            self._durable.add(self._temporary)
        if directory in self._durable:
            return
        _make_directory(directory)
        # A directory that was there may be another process's, made a moment ago and not yet synced.
        for inner in (directory, *directory.parents):
            if inner == self._root:
                break
            _sync_directory(inner.parent)
        self._durable.add(directory)

    def _draft(self, content: bytes) -> Path:
        handle, name = tempfile.mkstemp(dir=self._temporary)
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        return draft

    def _remove_stale(self) -> None:
        """Remove what killed writers left; a file made now tells the file system's time."""
        with tempfile.TemporaryFile(dir=self._temporary) as probe:
            now = os.fstat(probe.fileno()).st_mtime
        for path in self._temporary.iterdir():
            with suppress(FileNotFoundError):  # another writer's, finished or cleaned meanwhile
                if now - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()


@contextmanager
def _unavailable(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"{name}: {error.strerror or error}") from error


def _make_directory(path: Path) -> None:
    if path.is_dir():
        return
    _make_directory(path.parent)
    with suppress(FileExistsError):  # made by another process meanwhile
        path.mkdir(mode=0o700)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
