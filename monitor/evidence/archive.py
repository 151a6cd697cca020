"""The ZIP of a pack: the same files give the same bytes, and it appears whole or not at all."""

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from monitor.errors import InvalidInput, StorageUnavailable

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in it: the earliest that ZIP can say."""
MODE = 0o100644
"""A plain file that all may read."""
UNIX = 3
PIECE = 1 << 20
PRIVATE = 0o600
"""The mode of the pack: it may hold personal data."""

Listed = dict[str, dict[str, int | str]]


class Archive:
    """A ZIP being written, and what the manifest has to say of it: bytes and SHA-256 by name."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._listed: Listed = {}

    @property
    def listed(self) -> Mapping[str, Mapping[str, int | str]]:
        """Bytes and SHA-256 (hex) of each file so far."""
        return dict(self._listed)

    def add(self, name: str, content: bytes) -> None:
        """Add a file; ValueError for a name that is there, or that leads out of the pack."""
        with self._opened(name) as target:
            target.write(content)
        self._list(name, len(content), hashlib.sha256(content).hexdigest())

    def add_file(self, name: str, path: Path) -> None:
        """Add a file that stands on disk, piece by piece."""
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source, self._opened(name) as target:
            while piece := source.read(PIECE):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        self._list(name, size, digest.hexdigest())

    def close(self) -> None:
        """Write the directory at its end."""
        self._zip.close()

    def _opened(self, name: str) -> BinaryIO:
        parts = name.split("/")
        if name in self._listed or any(part in ("", ".", "..") or "\\" in part for part in parts):
            raise ValueError(f"not the name of another file of a pack: {name!r}")
        info = zipfile.ZipInfo(name, EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system = UNIX
        info.external_attr = MODE << 16
        return self._zip.open(info, "w", force_zip64=False)  # type: ignore[return-value] # an IO[bytes] that is binary

    def _list(self, name: str, size: int, digest: str) -> None:
        self._listed[name] = {"bytes": size, "sha256": digest}


def refuse_taken(out: Path, *, force: bool) -> None:
    """Refuse a place where the pack cannot go, before any work is done for it.

    Raises:
        InvalidInput: there is a file and `force` is not given, what is there is no file, or
            there is no directory to put it in.
    """
    if not out.parent.is_dir():
        raise InvalidInput(f"{out}: there is no directory {out.parent}; make it first")
    if out.is_dir():
        raise InvalidInput(f"{out}: is a directory; name a file with --out")
    _refuse_other_than_a_file(out)
    if out.exists() and not force:
        raise InvalidInput(f"{out}: is there already; give --force to write over it")


def _refuse_other_than_a_file(out: Path) -> None:
    # A pack takes its place by a rename, which would put a file where a device or a pipe was:
    # --out /dev/null --force as root breaks the machine.
    if out.exists() and not out.is_file():
        raise InvalidInput(f"{out}: is a device or a pipe; name a file with --out")


def put_in_place(draft: Path, out: Path, *, force: bool) -> None:
    """Move the finished pack to its name, durably.

    Raises:
        InvalidInput: somebody made a file of that name meanwhile, and `force` is not given.
        StorageUnavailable: it cannot be written.
    """
    try:
        draft.chmod(PRIVATE)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        _refuse_other_than_a_file(out)
        if not force and out.exists():
            raise InvalidInput(f"{out}: is there already; give --force to write over it")
        draft.replace(out)
        directory = os.open(out.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise StorageUnavailable(f"{out}: the pack cannot be put there: {error}") from error


@contextmanager
def workshop(beside: Path) -> Iterator[Path]:
    """Make a private directory in that one, so on the same file system; it is gone afterwards.

    Raises:
        StorageUnavailable: it cannot be made there.
    """
    try:
        place = Path(tempfile.mkdtemp(prefix=".mfa-monitor-export-", dir=beside))
    except OSError as error:
        raise StorageUnavailable(f"{beside}: nothing can be written there: {error}") from error
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
