"""The inbox: a directory that is watched; a file that was read moves to `done/` below it.

A file is taken once its size and time stood still for a second, so that one being written is left
alone; the sure way to deliver is to write under a name that begins with a dot and rename it.
The move comes after the commit: a crash between the two reads the file again, and its records are
then counted as repeated. A file that cannot be read moves to `failed/` and the reason is logged.
A file that cannot be moved is not read again while it stays as it is; only the move is tried again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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
from monitor.sources.moving import move

DONE = "done"
FAILED = "failed"
SETTLE_SECONDS = 1.0
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0
"""The pause between attempts to move a file that could not be moved doubles up to this."""

Look = tuple[int, int, int]
"""Size in bytes, mtime in ns and inode of a file: while they stay, so does its content."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a file looked like and since when, in ticks."""

    look: Look
    since: float


@dataclass(frozen=True, slots=True)
class _Stuck:
    """A file that was read with that look and could not be moved; `due` is in ticks."""

    look: Look
    where: str
    due: float
    pause: float = FIRST_RETRY_SECONDS


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
        self._stuck: dict[Path, _Stuck] = {}
        self._begun: dict[Path, tuple[Look | None, int]] = {}
        try:
            (root / DONE).mkdir(parents=True, exist_ok=True)
            (root / FAILED).mkdir(exist_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"{root}: cannot be made ({error.strerror})") from error

    @property
    def waiting(self) -> int:
        """How many files the last look saw that have not been taken yet."""
        return len(self._seen)

    @property
    def stuck(self) -> tuple[Path, ...]:
        """The files that were read and could not be moved away, sorted by path."""
        return tuple(sorted(self._stuck))

    def ready(self) -> tuple[Path, ...]:
        """Look once and return the files that stood still long enough, sorted by path.

        A file that was read and could not be moved is not among them: its move is tried again here.

        Raises:
            UnreadableInput: the directory cannot be listed.
        """
        now = self._ticks()
        seen: dict[Path, _Sight] = {}
        stuck: dict[Path, _Stuck] = {}
        for path in files_below(self.root, skip=frozenset({DONE, FAILED})):
            look = _look(path)
            held = self._stuck.get(path)
            if held is not None and held.look == look:
                stuck[path] = held
            elif look is not None:
                before = self._seen.get(path)
                unchanged = before is not None and before.look == look
                seen[path] = before if before and unchanged else _Sight(look, now)
        self._seen, self._stuck = seen, stuck
        self._begun = {path: held for path, held in self._begun.items() if path in seen}
        self._retry(now)
        return tuple(path for path, sight in seen.items() if now - sight.since >= self._settle)

    def take(self, path: Path, ingest: Callable[[SourceBatch], object]) -> bool:
        """Hand the file's batches to `ingest`, then move it; return whether all of it was read.

        Whatever `ingest` raises goes through and leaves the file where it is, to be taken again
        from the batch that failed. A move that fails is logged and tried again by `ready`; what was
        read is not read again.
        """
        name = ledger_name(path.relative_to(self.root))
        look, where = _look(path), DONE
        begun, committed = self._begun.get(path, (look, 0))
        committed = committed if begun == look else 0
        try:
            for number, batch in enumerate(_read(path, name), 1):
                if number > committed:
                    ingest(batch)
                    self._begun[path] = (look, number)
        except (InvalidInput, UnreadableInput) as error:
            where = FAILED
            _log.warning("inbox.file_failed", file=name, reason=str(error), moved_to=FAILED)
        self._seen.pop(path, None)
        self._begun.pop(path, None)
        fault = self._move(path, where)
        if fault is not None and look is not None:
            _log.warning("inbox.not_moved", file=name, reason=fault, wanted_in=where)
            self._stuck[path] = _Stuck(look, where, self._ticks() + FIRST_RETRY_SECONDS)
        return where == DONE

    def _retry(self, now: float) -> None:
        """Move what could not be moved before, where its pause is over."""
        for path, held in list(self._stuck.items()):
            if now < held.due:
                continue
            if self._move(path, held.where) is None:
                del self._stuck[path]
            else:
                pause = min(2 * held.pause, LONGEST_RETRY_SECONDS)
                self._stuck[path] = replace(held, due=now + pause, pause=pause)

    def _move(self, path: Path, where: str) -> str | None:
        """Move the file below `where`; return why it could not be moved, or None."""
        try:
            move(path, self.root / where / path.relative_to(self.root))
        except OSError as error:
            return error.strerror or str(error)
        return None


def _read(path: Path, name: str) -> Iterator[SourceBatch]:
    # A link could point anywhere on the machine, and its content would be kept under raw/.
    if path.is_symlink() or not path.is_file():
        raise InvalidInput(f"{name}: is gone, or is not a plain file")
    yield from read_batches(InputFile(path, name, None), kind="inbox")


def _look(path: Path) -> Look | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino
