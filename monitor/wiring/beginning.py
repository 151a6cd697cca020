"""Begins a log: a key, then batch 0, each of which comes to be once, whoever else tries.

The key is created in a file that did not exist, batch 0 as an object that did not exist. Of two
first starts on one directory, one makes the key and both use it; of two on different machines, one
makes batch 0, and the other takes its key back.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import JsonValue

from monitor.errors import InvalidInput, LedgerConflict, LedgerCorrupt
from monitor.ledger import layout, note
from monitor.ledger.checkpoint import Checkpoint, parse_checkpoint
from monitor.ledger.header import Genesis
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Counts, Draft, Log
from monitor.ledger.publisher import Publisher
from monitor.ledger.store import Listing
from monitor.pipeline.leaves import Leaf, encode
from monitor.settings import Settings
from monitor.wiring.keys import VARIABLE, refuse_other_names, signers, succession_leaf
from monitor.wiring.places import Places

MOST_NOTE = 20_000
"""Longest old checkpoint that is entered: a leaf holds 65,535 bytes."""
PLACES = ("ledger", "raw", "view")


@runtime_checkable
class Container(Protocol):
    """A store that may have to be made before it can be used."""

    def ensure(self) -> bool:
        """Make it where it is missing; tell whether this call made it."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What stands now. `made` is false where the log had begun before, with a key that is here.

    `key_file` is where the key is that this call made, `vkeys` are the verifier keys the log has
    announced, to be kept elsewhere.
    """

    made: bool
    key_file: Path | None
    vkeys: tuple[str, ...]
    checkpoint: Checkpoint | None


def begin(
    places: Places,
    settings: Settings,
    genesis: Mapping[str, JsonValue],
    now: datetime,
    succession: Leaf | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Begun:
    """Make the signing key, unless one is here, and batch 0, unless it is there; then publish.

    `genesis` is what batch 0 says besides its keys. `succession` is the first entry of a log that
    takes the place of another (`succession_leaf`).

    Raises:
        InvalidInput: the log has begun with keys that are not here, or otherwise than asked; or a
            key that is here is named like another log.
        LedgerCorrupt: what stands there is no log.
        StorageUnavailable: the outcome is not known; the same call again finds out.
    """
    log = Log(places.store("ledger"))
    signing = signers(places, settings.publish, environment)
    used = _traces(places)  # before batch 0 is looked for, which comes before any note
    begun = log.genesis()
    if begun is not None:
        _refuse_stranger(begun, signing, log)
        _refuse_other_start(log, succession)
        return _published(places, log, signing, made=False, key_file=None)
    if used is not None:
        raise InvalidInput(
            f"{places}: the ledger is empty, and yet there is {used}: a log was signed here."
            " Set the ledger that belongs to it, or give the new log a ledger and a view of its own"
        )
    refuse_other_names(signing, settings.ledger.origin)
    key_file = None if signing else _new_key(places, settings.ledger.origin)
    signing = signing or signers(places, settings.publish, environment)
    try:
        vkeys: list[JsonValue] = [one.vkey for one in signing]
        made = _append(log, {**genesis, "vkeys": vkeys}, succession, now)
        _refuse_stranger(log.genesis(), signing, log)
        _refuse_other_start(log, succession)
    except InvalidInput:
        if key_file is not None:
            # Nothing was signed with it, and the log will never know it.
            key_file.unlink()
        raise
    return _published(places, log, signing, made=made, key_file=key_file)


def succession(old: Path, origin: str, reason: str, now: datetime) -> Leaf:
    """Return the first entry of a log called `origin` that takes the place of an old one.

    `old` is a file with the old log's last checkpoint.

    Raises:
        InvalidInput: it cannot be read, is no checkpoint, or is one of this very log.
    """
    try:
        text = old.read_text(encoding="utf-8")
        checkpoint = parse_checkpoint(note.split_note(text.encode())[0])
    except (OSError, UnicodeDecodeError, LedgerCorrupt) as error:
        raise InvalidInput(f"{old}: not a checkpoint that can be read: {error}") from error
    if len(text) > MOST_NOTE:
        raise InvalidInput(f"{old}: a note of more than {MOST_NOTE} characters; leave out lines")
    if checkpoint.origin == origin:
        raise InvalidInput(
            f"{old}: it is of the log {origin} itself; a log that takes its place needs another"
            " [ledger] origin, and places of its own"
        )
    return succession_leaf(text, reason, now)


def ensure_places(places: Places) -> list[str]:
    """Make the containers that are missing, and return their names."""
    stores = {name: places.store(name) for name in PLACES}
    return [name for name, one in stores.items() if isinstance(one, Container) and one.ensure()]


def _traces(places: Places) -> str | None:
    """Name what a log has left where a new one is to begin, if anything."""
    if places.store("view").get(layout.CHECKPOINT) is not None:
        return f"a checkpoint in the view store ({layout.CHECKPOINT})"
    ledger = places.store("ledger")
    names = ledger.names(layout.TREE_HEADS) if isinstance(ledger, Listing) else iter(())
    return next((f"a note in the ledger ({name})" for name in names), None)


def _new_key(places: Places, origin: str) -> Path | None:
    """Make the key; None where another process was faster with the same file."""
    if not note.is_key_name(origin):
        raise InvalidInput(f"ledger.origin: {origin!r} cannot be the name of a log")
    try:
        note.create_key(places.key, origin)
    except InvalidInput:
        if not places.has_key():
            raise
        return None
    return places.key


def _append(
    log: Log, genesis: Mapping[str, JsonValue], succession: Leaf | None, now: datetime
) -> bool:
    """Create batch 0; False where another process was first."""
    leaves = (encode(succession),) if succession else ()
    draft = Draft(leaves, {"kind": "init"}, Counts(), {}, now, genesis)
    head = log.head()
    if head.seq >= 0:
        return False
    try:
        log.append(draft, head)
    except LedgerConflict:
        return False
    return True


def _refuse_stranger(begun: Genesis | None, signing: Sequence[note.Signer], log: Log) -> None:
    """Refuse a log that was begun by somebody else, whose keys are not here."""
    if begun is None:
        raise LedgerCorrupt("batch 0 was there a moment ago, and is not now")
    known = {str(one.key) for one in Follower(log).ring().keys}
    if known.isdisjoint(one.vkey for one in signing):
        announced = ", ".join(begun.vkeys)
        raise InvalidInput(
            f"the log {begun.origin} has begun already, with other keys than are here:"
            f" {announced}. Give its key to {VARIABLE};"
            " if it is lost, begin another log with --succeeds"
        )


def _refuse_other_start(log: Log, succession: Leaf | None) -> None:
    """Refuse a log that does not say that it takes the place of the other one, where asked for."""
    wanted = succession["checkpoint"] if succession else None
    if wanted is not None and Follower(log).ring().succeeds != wanted:
        raise InvalidInput(
            "the log has begun already, and not as the one that takes the other's place: --succeeds"
            " needs places of its own"
        )


def _published(
    places: Places, log: Log, signing: Sequence[note.Signer], *, made: bool, key_file: Path | None
) -> Begun:
    follower = Follower(log)
    publisher = Publisher(places.store("ledger"), places.store("view"), log, signing, follower.ring)
    checkpoint = publisher.publish()
    vkeys = tuple(str(one.key) for one in follower.ring().keys if one.until is None)
    return Begun(made, key_file, vkeys, checkpoint)
