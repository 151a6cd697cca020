"""The signing keys that are here, the keys that the log knows, and the entries that change them."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

import structlog
from pydantic import JsonValue

from monitor.clock import stamp
from monitor.errors import InvalidInput, LedgerCorrupt
from monitor.ledger import note
from monitor.ledger.keyring import Announced, Keyring, from_genesis, parse_log_key
from monitor.ledger.log import Log
from monitor.ledger.note import Signer, SigningKey, VerifierKey
from monitor.pipeline.leaves import Leaf, encode
from monitor.settings import PublishSettings
from monitor.view.cells import Cell
from monitor.view.fold import KEY_CELL
from monitor.wiring.places import Places

VARIABLE = "MFA_MONITOR_SIGNING_KEY"
"""Holds signing keys, one a line, the current first; in Azure a Key Vault reference."""
UNRESOLVED = "@Microsoft.KeyVault("
"""How a variable begins whose reference the platform could not follow."""

_log = structlog.get_logger(__name__)


def signing_keys(places: Places, environment: Mapping[str, str]) -> tuple[SigningKey, ...]:
    """Return the Ed25519 keys that are here: those of the variable, then those in files.

    A reference to a vault that could not be followed is logged, and gives no key: records are taken
    all the same, and checkpoints wait.

    Raises:
        InvalidInput: a key is malformed, or a file of one cannot be read or is open to others.
    """
    text = environment.get(VARIABLE, "").strip()
    if text.startswith(UNRESOLVED):
        _log.error("keys.unresolved", variable=VARIABLE)
        text = ""
    try:
        told = [note.parse_key(line) for line in text.split()]
    except InvalidInput as error:
        raise InvalidInput(f"{VARIABLE}: {error}") from error
    files = [note.load_key(path) for path in key_files(places)]
    return tuple(dict.fromkeys((*told, *files)))


def refuse_other_names(signing: Sequence[Signer], origin: str) -> None:
    """Refuse to begin a log with keys of another one: batch 0 could never be signed or mended.

    Raises:
        InvalidInput: a key is not named like the log.
    """
    for one in signing:
        name = one.vkey.partition("+")[0]
        if name != origin:
            raise InvalidInput(
                f"a signing key here is named {name!r}, and the log that is to begin {origin!r}:"
                f" set ledger.origin to the key's name, or take the key out of {VARIABLE} or keys/"
            )


def key_files(places: Places) -> list[Path]:
    """Return the files of signing keys below the data directory, the current one first."""
    current = [places.key] if places.has_key() else []
    return current + sorted(places.key.parent.glob("ledger-*.key"))


def signers(
    places: Places, settings: PublishSettings, environment: Mapping[str, str] = os.environ
) -> tuple[Signer, ...]:
    """Return all that sign here: the Ed25519 keys, and the P-256 key that is configured.

    Raises:
        InvalidInput: a key cannot be used.
    """
    keys = signing_keys(places, environment)
    if settings.p256_key_file is None or not keys:
        return keys
    # Imported here: a deployment without such a key does not pay for it.
    from monitor.ledger.p256 import load_p256  # noqa: PLC0415 - see above

    return (*keys, load_p256(Path(settings.p256_key_file), keys[0].name))


def ring_of(log: Log, cells: Sequence[Cell]) -> Keyring | None:
    """Return the log's keys as far as the view has folded; None where the log has not begun.

    `cells` are those of `Table.CONFIG`.
    """
    genesis = log.genesis()
    if genesis is None:
        return None
    ring = from_genesis(genesis)
    known = {str(one.key): one for one in ring.keys}
    for cell in cells:
        if not cell.key.startswith(KEY_CELL):
            continue
        value = cast("dict[str, JsonValue]", cell.value)
        vkey, until = str(value["vkey"]), cast("int | None", value["until"])
        since = known[vkey].since if vkey in known else cast("int", value["since"])
        try:
            known[vkey] = Announced(parse_log_key(vkey), since, until)
        except InvalidInput as error:
            _log.warning("keys.unreadable", cell=cell.key, reason=str(error))
    keys = (one for one in known.values() if one.key.name == genesis.origin)
    return Keyring(genesis.origin, tuple(sorted(keys, key=lambda one: one.since)))


def key_leaf(action: str, vkey: str, reason: str, now: datetime) -> Leaf:
    """Return the entry that announces or retires a key (docs/ledger-format.md, section 11)."""
    return {
        "t": "key",
        "v": 1,
        "tenant": "",
        "at": stamp(now),
        "src": {"of": None},
        "action": action,
        "vkey": vkey,
        "reason": reason,
        "checkpoint": None,
    }


def succession_leaf(old_note: str, reason: str, now: datetime) -> Leaf:
    """Return the first entry of a log that takes the place of one whose key was lost."""
    leaf = key_leaf("succeeds", "", reason, now)
    return {**leaf, "vkey": None, "checkpoint": old_note}


def announcing(
    ring: Callable[[], Keyring], vkeys: Sequence[str], reason: str, now: datetime
) -> Callable[[], list[Leaf]]:
    """Return what decides on the entries that announce those keys which the log does not know.

    Raises (when it decides):
        InvalidInput: a key cannot be announced in this log.
    """

    def decide() -> list[Leaf]:
        held, leaves = ring(), list[Leaf]()
        for vkey in vkeys:
            if held.find(vkey) is None:
                leaf = key_leaf("announce", vkey, reason, now)
                held = _entered(held, leaf)
                leaves.append(leaf)
        return leaves

    return decide


def retiring(
    ring: Callable[[], Keyring],
    shown: Callable[[], bytes | None],
    vkey: str,
    reason: str,
    now: datetime,
) -> Callable[[], list[Leaf]]:
    """Return what decides on the entry that retires a key; nothing where it is retired.

    Raises (when it decides):
        InvalidInput: the log does not know the key, it is the last one, or no checkpoint is shown
            that it signed together with the one that is to go on: verifiers could not follow.
    """

    def decide() -> list[Leaf]:
        held, checkpoint = ring(), shown()
        found = held.find(vkey)
        if found is None:
            raise InvalidInput(f"this log has announced no key {vkey}; see: mfa-monitor key show")
        if found.until is not None:
            return []
        leaf = key_leaf("retire", vkey, reason, now)
        _entered(held, leaf)
        if isinstance(found.key, VerifierKey) and not _handed_over(held, checkpoint, vkey):
            raise InvalidInput(
                "the checkpoint that is shown is not signed by this key and by one that stays;"
                " publish with both keys first, so that whoever trusts this one can follow"
            )
        return [leaf]

    return decide


def _handed_over(ring: Keyring, checkpoint: bytes | None, vkey: str) -> bool:
    if checkpoint is None:
        return False
    ring.open(checkpoint)
    signed = {str(key) for key in ring.signers_of(checkpoint) if isinstance(key, VerifierKey)}
    return vkey in signed and len(signed) > 1


def _entered(ring: Keyring, leaf: Leaf) -> Keyring:
    beyond = 1 + max(max(one.since, one.until or 0) for one in ring.keys)
    try:
        return ring.entered(beyond, encode(leaf))
    except LedgerCorrupt as error:
        raise InvalidInput(f"this cannot be entered: {error}") from error


def new_key(places: Places, origin: str) -> SigningKey:
    """Make a further key beside those that are here; it signs once the log has announced it.

    Raises:
        StorageUnavailable: the file cannot be written.
    """
    draft = places.key.parent / "ledger-new.key"
    try:
        key = note.create_key(draft, origin)
    except InvalidInput:
        key = note.load_key(draft)  # made by one that died before the next line
    draft.rename(draft.with_name(f"ledger-{key.key_id.hex()}.key"))
    return key


def put_in_place(places: Places, retired: str) -> None:
    """Set the files right after a key was retired: it signs no more, another is the current one.

    The retired key keeps its file under another name: a signing key is never written over.
    """
    for path in key_files(places):
        key = note.load_key(path)
        if key.vkey == retired:
            path.rename(path.with_name(f"ledger-{key.key_id.hex()}.retired"))
    if not places.has_key():
        left = key_files(places)
        if left:
            left[0].rename(places.key)
