"""The inbox: a directory that is watched; a file that was read moves to `done/` below it.

A file is taken once its size and time stood still for a second, so that one being written is left
alone; the sure way to deliver is to write under a name that begins with a dot and rename it.
The move comes after the commit: a crash between the two reads the file again, and its records are
then counted as repeated. A file that cannot be read moves to `failed/` and the reason is logged.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.events.batch import SourceBatch
from monitor.sources.files import (
    InputFile,
    UnreadableInput,
    files_below,
    ledger_name,
    read_batches,
)

DONE = "done"
FAILED = "failed"
SETTLE_SECONDS = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a file looked like (size in bytes, mtime in ns, inode) and since when, in ticks."""

    look: tuple[int, int, int]
    since: float


class Inbox:
    """A watched directory. Not thread-safe: one loop owns it.

    Args:
        root: the directory; it, `done/` and `failed/` are made where absent.
        settle: seconds a file must stand still before it is taken.
        ticks: a steady clock in seconds; not the time of day.

    Raises:
        StorageUnavailable: the directories cannot be made.
    """

    def __init__(
        self,
        root: Path,
        *,
        settle: float = SETTLE_SECONDS,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = root
        self._settle = settle
        self._ticks = ticks
        self._seen: dict[Path, _Sight] = {}
        try:
            (root / DONE).mkdir(parents=True, exist_ok=True)
            (root / FAILED).mkdir(exist_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"{root}: cannot be made ({error.strerror})") from error

    @property
    def waiting(self) -> int:
        """How many files the last look saw that have not been taken yet."""
        return len(self._seen)

    def ready(self) -> tuple[Path, ...]:
        """Look once and return the files that stood still long enough, sorted by path.

        Raises:
            UnreadableInput: the directory cannot be listed.
        """
        now = self._ticks()
        seen: dict[Path, _Sight] = {}
        for path in files_below(self.root, skip=frozenset({DONE, FAILED})):
            look = _look(path)
            if look is not None:
                before = self._seen.get(path)
                unchanged = before is not None and before.look == look
                seen[path] = before if before and unchanged else _Sight(look, now)
        self._seen = seen
        return tuple(path for path, sight in seen.items() if now - sight.since >= self._settle)

    def take(self, path: Path, ingest: Callable[[SourceBatch], object]) -> bool:
        """Hand the file's batches to `ingest`, then move it; return whether all of it was read.

        Whatever `ingest` raises goes through and leaves the file where it is, to be taken again.

        Raises:
            StorageUnavailable: the file cannot be moved.
        """
        name = ledger_name(path.relative_to(self.root))
        try:
            for batch in _read(path, name):
                ingest(batch)
        except (InvalidInput, UnreadableInput) as error:
            _log.warning("inbox.file_failed", file=name, reason=str(error), moved_to=FAILED)
            self._move(path, FAILED)
            return False
        self._move(path, DONE)
        return True

    def _move(self, path: Path, where: str) -> None:
        target = self.root / where / path.relative_to(self.root)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            free = _reserve(target)
            try:
                path.replace(free)
            except FileNotFoundError:
                free.unlink()  # somebody else took the file: nothing is left to read twice
        except OSError as error:
            raise StorageUnavailable(
                f"{path}: cannot be moved to {where}/ ({error.strerror})"
            ) from error
        self._seen.pop(path, None)


def _read(path: Path, name: str) -> Iterator[SourceBatch]:
    # A link could point anywhere on the machine, and its content would be kept under raw/.
    if path.is_symlink() or not path.is_file():
        raise InvalidInput(f"{name}: is gone, or is not a plain file")
    yield from read_batches(InputFile(path, name, None), kind="inbox")


def _look(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _reserve(target: Path) -> Path:
    """Create an empty file under a free name for the rename to replace: no file is overwritten."""
    attempt, number = target, 0
    while True:
        try:
            os.close(os.open(attempt, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            number += 1
            attempt = target.with_name(f"{target.name}.{number}")
        else:
            return attempt
