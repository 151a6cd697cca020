"""Checks every object of a ledger, with the witnesses and authorities that the settings name."""

from collections.abc import Callable, Sequence
from pathlib import Path

from monitor.errors import AnchorFailed
from monitor.ledger.cosignature import parse_witness_key
from monitor.ledger.fsck import Inspection, Stamped, Stores, Trusted, fsck
from monitor.settings import Settings
from monitor.settings.publish import AuthoritySettings
from monitor.wiring.places import Places, trusted_vkey


def fsck_places(
    places: Places,
    settings: Settings,
    vkey: str | None = None,
    witnesses: Sequence[str] = (),
    *,
    copied: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Inspection:
    """Check everything the three places hold, writing nothing.

    `vkey` is the log's verifier key, as for `verify_places`; `witnesses` are verifier keys beside
    those of the settings. `copied` says that the store's own dates are those of a copy. `progress`
    is called with the number of objects done.

    Raises:
        InvalidInput: there is no key to check against, or a key or certificate is malformed.
        StorageUnavailable: a store cannot be read.
    """
    stores = Stores(places.store("ledger"), places.store("view"), places.store("raw"))
    configured = {one.name: one.vkey for one in settings.publish.witnesses}
    keys = [parse_witness_key(text) for text in (*configured.values(), *witnesses)]
    authorities = {one.name: _stamped(one) for one in settings.publish.authorities}
    trusted = Trusted(
        vkey or trusted_vkey(places), keys, frozenset(configured), authorities, copied
    )
    return fsck(stores, trusted, progress)


def _stamped(settings: AuthoritySettings) -> Stamped:
    """Return what checks the timestamps of an authority, down to the roots in its `ca_file`."""
    # Imported here: whoever has no authority does not pay for the reader of timestamps.
    from monitor.anchors.timestamp import read_chain, read_timestamp  # noqa: PLC0415 - see above

    chain = read_chain(Path(settings.ca_file))

    def stamped(reply: bytes, note: bytes) -> str | None:
        try:
            read_timestamp(reply, note, chain)
        except AnchorFailed as error:
            return str(error)
        return None

    return stamped
