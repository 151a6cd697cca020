"""Copies a ledger between the places of two deployments, or of one before and after it moved."""

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from monitor.errors import InvalidInput
from monitor.ledger.copying import Copied, CopyStore, Place, Progress, copy_ledger
from monitor.ledger.log import Log
from monitor.ledger.verify import Report
from monitor.settings import StorageSettings
from monitor.wiring.places import Places, trusted_vkey, verify_places

CONFIGURED = "configured"
"""Names the place that monitor.toml and the app settings say, or else `--data`."""
_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")


def place_named(name: str, here: Places) -> Places:
    """Return the places that a word of the command line names.

    `https://...` is a blob endpoint and `env:NAME` a variable with a connection string: of both the
    containers are called as in `[storage]`, and all three stand in that account. `configured` is
    `here`. Anything else is a data directory.

    Raises:
        InvalidInput: it is no such endpoint, or names a variable that is not set.
    """
    if name == CONFIGURED:
        return here
    variable = _VARIABLE.fullmatch(name)
    if variable is None and "://" not in name:
        return Places(Path(name))
    where = {"ledger_account": name, "view_account": None, "connection_env": None}
    if variable is not None:
        where |= {"ledger_account": None, "connection_env": variable[1]}
    try:
        storage = StorageSettings.model_validate(here.storage.model_dump() | where)
    except ValidationError as error:
        raise InvalidInput(
            f"{name}: not a blob endpoint (https://<account>.blob.core.windows.net), and no"
            " directory is called so"
        ) from error
    return Places(here.data, storage)


def copy_places(source: Places, target: Places, progress: Progress | None = None) -> Copied:
    """Copy the ledger.

    Raises:
        InvalidInput: there is no ledger in the source, or the target is the same, or holds another.
        LedgerCorrupt, StorageUnavailable: as `copy_ledger`.
    """
    if str(source) == str(target) or _same_directory(source, target):
        raise InvalidInput(f"{target}: source and target are the same place")
    if not source.storage.remote and not (source.data / "ledger").is_dir():
        raise InvalidInput(f"{source}: there is no ledger here")
    return copy_ledger(_stores(source), _stores(target), progress)


def verify_copy(
    source: Places, target: Places, copied: Copied, progress: Progress | None = None
) -> tuple[Report, Sequence[str]]:
    """Check the whole target by the source's key, and that it begins with what was copied.

    Return the report, and every problem there is.

    Raises:
        LedgerCorrupt: the target is too damaged to be read.
        StorageUnavailable: a store cannot be read.
    """
    total = copied.head.seq + 1
    told = (lambda done: progress(done, total)) if progress else None
    report = verify_places(target, told, trusted_vkey(source))
    root = Log(target.store("ledger")).root_at(copied.head.size)
    if root == copied.head.root:
        return report, report.problems
    parted = f"its first {copied.head.size} entries are not those of {source}"
    return report, (parted, *report.problems)


def _same_directory(source: Places, target: Places) -> bool:
    local = not (source.storage.remote or target.storage.remote)
    return local and source.data.resolve() == target.data.resolve()


def _stores(places: Places) -> Place:
    return Place(*(_store(places, name) for name in Place._fields))


def _store(places: Places, name: str) -> CopyStore:
    store = places.store(name)
    if not isinstance(store, CopyStore):
        raise InvalidInput(f"{places}: {name} cannot list what it holds, and is not copied")
    return store
