"""The places of one deployment, and what can be said of them without opening a view."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from monitor.errors import InvalidInput
from monitor.ledger import layout, note, raw
from monitor.ledger.log import Log
from monitor.ledger.store import Store
from monitor.ledger.verify import Report, verify
from monitor.pipeline.leaves import RawPlace
from monitor.settings import StorageSettings, load_settings
from monitor.storage.directory import DirectoryStore

KEY = "ledger.key"
"""The Ed25519 signing key, `<data>/keys/ledger.key`, mode 0600."""


def storage_in_force(storage: StorageSettings, environment: Mapping[str, str]) -> StorageSettings:
    """Return the section with what the app settings say in place of what the file says.

    Raises:
        InvalidInput: an app setting is not what the section takes.
    """
    told = {
        "ledger_account": environment.get("MFA_MONITOR_LEDGER_ACCOUNT"),
        "view_account": environment.get("MFA_MONITOR_VIEW_ACCOUNT"),
        "client_id": environment.get("AZURE_CLIENT_ID"),
    }
    said = storage.model_dump() | {name: value for name, value in told.items() if value}
    try:
        return StorageSettings.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidInput(f"storage.{first['loc'][0]}: {first['msg']}") from error


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one deployment: three stores, and a local directory.

    `data` holds the SQLite files and the key; the stores are directories below it, or containers of
    Blob storage where `storage` names an account.
    """

    data: Path
    storage: StorageSettings = field(default_factory=StorageSettings)
    _stores: dict[str, Store] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        storage = self.storage
        if not storage.remote:
            return str(self.data)
        return f"{storage.ledger_account or storage.connection_env}/{storage.ledger_container}"

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

    def has_ledger(self) -> bool:
        """Tell whether a ledger stands here; in a directory it may be empty.

        Raises:
            StorageUnavailable: the container cannot be reached.
        """
        if not self.storage.remote:
            return (self.data / "ledger").is_dir()
        return self.store("ledger").get(layout.batch(0)) is not None

    def store(self, name: str) -> Store:
        """Open the store of that name: `ledger`, `raw` or `view`.

        Raises:
            InvalidInput: the settings of the Blob storage cannot be used.
        """
        if name not in self._stores:
            self._stores[name] = self._open(name)
        return self._stores[name]

    def _open(self, name: str) -> Store:
        storage = self.storage
        if not storage.remote:
            return DirectoryStore(self.data / name)
        # Imported here: a deployment on a directory does not pay for Azure's client.
        from monitor.storage.blob import open_container  # noqa: PLC0415 - see above

        account = storage.ledger_account
        if name == "view":
            account = storage.view_account or account
        return open_container(
            account,
            str(getattr(storage, f"{name}_container")),
            connection=self._connection(),
            client_id=storage.client_id,
        )

    def _connection(self) -> str | None:
        name = self.storage.connection_env
        if name is None:
            return None
        connection = os.environ.get(name)
        if not connection:
            raise InvalidInput(f"storage.connection_env: the variable {name} is not set")
        return connection


def places_at(data: Path, config: Path | None) -> Places:
    """Return the places that a configuration and the app settings name, `data` at their side.

    Raises:
        InvalidInput: the configuration or an app setting cannot be used.
    """
    settings, _ = load_settings(config)
    return Places(data, storage_in_force(settings.storage, os.environ))


class RawArchive:
    """The pipeline's archive over the raw store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, bodies: bytes) -> str:
        """Keep the bytes of a batch's records as one object; return its salted digest (hex)."""
        return raw.keep(self._store, bodies).digest

    def read(self, place: RawPlace) -> bytes | None:
        """Return the bytes at that place, or None where they have expired."""
        return raw.read(self._store, raw.RawRef(place.digest, place.length, place.offset))


def verify_places(
    places: Places,
    progress: Callable[[int], None] | None = None,
    vkey: str | None = None,
    kept: Sequence[bytes] = (),
) -> Report:
    """Check a ledger without opening a view of it or writing anything.

    `vkey` is the verifier key an auditor got elsewhere; without one it is that of the signing key
    here, and without that the one the log itself announces. `kept` are notes that somebody kept:
    the log has to begin with the tree of each. `progress` is called with the number of batches
    done.

    Raises:
        InvalidInput: there is no key to check against, or it is malformed.
        StorageUnavailable: a store cannot be read.
    """
    return verify(
        places.store("ledger"),
        places.store("view"),
        vkey or trusted_vkey(places),
        raw_store=places.store("raw"),
        progress=progress,
        kept=kept,
    )


def trusted_vkey(places: Places) -> str:
    """Return the key of the log where nobody gave one: that here, else the log's own word for it.

    Raises:
        InvalidInput: there is neither a key nor a log, or the key cannot be read.
    """
    if places.has_key():
        return note.load_key(places.key).vkey
    genesis = Log(places.store("ledger")).genesis()
    if genesis is None:
        raise InvalidInput(f"{places.data}: no ledger and no key here; nothing to verify")
    return genesis.vkeys[0]
