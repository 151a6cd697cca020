"""Moving a file without overwriting another, also onto another file system.

A file of that name is never replaced: the next free of `name`, `name.1`, `name.2`, ... is taken.
"""

import errno
import os
import shutil
from pathlib import Path


def move(path: Path, target: Path) -> None:
    """Move `path` to `target` or the next free name; a file that is gone already is no fault.

    On another file system it is copied, synced and only then removed here.

    Raises:
        OSError: it stays where it is, and nothing is left at the target.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    free = _reserve(target)
    try:
        _replace(path, free)
    except FileNotFoundError:
        free.unlink()  # somebody else took the file
    except OSError:
        free.unlink(missing_ok=True)
        raise


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


def _replace(path: Path, free: Path) -> None:
    try:
        path.replace(free)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(path, free)
        path.unlink()


def _copy(path: Path, free: Path) -> None:
    if path.is_symlink():
        # Only the link: what it points to may lie anywhere on the machine.
        free.unlink()
        free.symlink_to(path.readlink())
        return
    source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(source, "rb") as content, free.open("wb") as copy:
        shutil.copyfileobj(content, copy)
        copy.flush()
        os.fsync(copy.fileno())
