"""The directories of one deployment, and what can be said of them without opening a view."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from monitor.errors import InvalidInput
from monitor.ledger import note, raw
from monitor.ledger.log import Log
from monitor.ledger.verify import Report, verify
from monitor.pipeline.leaves import RawPlace
from monitor.storage.directory import DirectoryStore

KEY = "ledger.key"
"""The Ed25519 signing key, `<data>/keys/ledger.key`, mode 0600."""


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of one deployment under its data directory."""

    data: Path
    _stores: dict[str, DirectoryStore] = field(default_factory=dict, compare=False, repr=False)

    @property
    def key(self) -> Path:
        """The signing key."""
        return self.data / "keys" / KEY

    def has_key(self) -> bool:
        """Tell whether the signing key is there.

        Raises:
            InvalidInput: that cannot be told, for want of permission.
        """
        try:
            return self.key.exists()
        except PermissionError as error:
            raise InvalidInput(
                f"{self.key}: the signing key cannot be read ({error.strerror});"
                " a copy that is only to be read needs no keys/"
            ) from error

    def store(self, name: str) -> DirectoryStore:
        """Open the store of that name: `ledger`, `raw` or `view`."""
        if name not in self._stores:
            self._stores[name] = DirectoryStore(self.data / name)
        return self._stores[name]


class RawArchive:
    """The pipeline's archive over the raw store."""

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store

    def keep(self, bodies: bytes) -> str:
        """Keep the bytes of a batch's records as one object; return its salted digest (hex)."""
        return raw.keep(self._store, bodies).digest

    def read(self, place: RawPlace) -> bytes | None:
        """Return the bytes at that place, or None where they have expired."""
        return raw.read(self._store, raw.RawRef(place.digest, place.length, place.offset))


def verify_places(
    places: Places, progress: Callable[[int], None] | None = None, vkey: str | None = None
) -> Report:
    """Check a ledger directory without opening a view of it or writing anything.

    `vkey` is the verifier key an auditor got elsewhere; without one it is that of the signing key
    here, and without that the one the log itself announces. `progress` is called with the number of
    batches done.

    Raises:
        InvalidInput: there is no key to check against, or it is malformed.
        StorageUnavailable: a store cannot be read.
    """
    return verify(
        places.store("ledger"),
        places.store("view"),
        vkey or _trusted_vkey(places),
        raw_store=places.store("raw"),
        progress=progress,
    )


def _trusted_vkey(places: Places) -> str:
    if places.has_key():
        return note.load_key(places.key).vkey
    genesis = Log(places.store("ledger")).genesis()
    if genesis is None:
        raise InvalidInput(f"{places.data}: no ledger and no key here; nothing to verify")
    return genesis.vkeys[0]
