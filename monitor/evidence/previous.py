"""The checkpoint an auditor kept: a note, or the pack it came in."""

import io
import zipfile
from pathlib import Path

from monitor.errors import InvalidInput
from monitor.ledger.note import MOST_BYTES

CHECKPOINT = "checkpoint"


def read_previous(path: Path) -> bytes:
    """Return the note in a file: the file itself, or the `checkpoint` of a pack.

    Its signature is not checked here.

    Raises:
        InvalidInput: the file cannot be read, or holds neither.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
            if zipfile.is_zipfile(path):
                file.seek(0)
                return _of_pack(path)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > MOST_BYTES:
        raise InvalidInput(f"{path}: is neither a pack nor a checkpoint: it is too long for one")
    return content


def _of_pack(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as pack, pack.open(CHECKPOINT) as file:
            return io.BytesIO(file.read(MOST_BYTES)).getvalue()
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InvalidInput(f"{path}: is a ZIP without a checkpoint that can be read") from error
