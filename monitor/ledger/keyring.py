"""Which keys may sign a tree of size N: those of genesis, and those that `key` entries announced.

A key counts from the entry that announces it up to the entry that retires it: a note over N entries
may be signed by a key whose announcement has an index below N, and whose retirement has not.
Between the two entries old and new key both sign.

That alone would let whoever can append announce a key of their own. A verifier therefore believes a
later key only once a key it believed before has signed a tree that holds the announcement
(`Trust`).
"""

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

import msgspec

from monitor.errors import InvalidInput, LedgerCorrupt
from monitor.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from monitor.ledger.header import Genesis
from monitor.ledger.log import Log
from monitor.ledger.note import VerifierKey, parse_vkey, split_note
from monitor.ledger.p256 import P256Key, parse_p256

KIND = b'{"t":"key"'
"""How a `key` entry begins."""
MOST_KEYS = 32
"""Keys a log may announce in its life; with the witnesses' lines a note stays readable."""

LogKey = VerifierKey | P256Key
"""A key that may sign for the log."""


class KeyEntry(msgspec.Struct, frozen=True):
    """A `key` entry as it is read; members that are not known are ignored."""

    t: Literal["key"]
    v: Annotated[int, msgspec.Meta(ge=1, le=1)]
    action: Literal["announce", "retire", "succeeds"]
    vkey: str | None = None
    reason: str = ""
    checkpoint: str | None = None


_DECODER = msgspec.json.Decoder(KeyEntry)


@dataclass(frozen=True, slots=True)
class Announced:
    """A key, the index of the entry that announced it, and of the one that retired it, if any."""

    key: LogKey
    since: int
    until: int | None = None

    def counts_at(self, size: int) -> bool:
        """Tell whether the key may sign a tree of that size."""
        return self.since < size and (self.until is None or self.until >= size)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of the log called `origin`, in the order of their announcement.

    `succeeds` is the last note of the log this one takes the place of, where it says so: text, and
    nothing this log can vouch for.
    """

    origin: str
    keys: tuple[Announced, ...]
    succeeds: str | None = None

    def at(self, size: int) -> tuple[LogKey, ...]:
        """Return the keys that may sign a tree of that size."""
        return tuple(one.key for one in self.keys if one.counts_at(size))

    def find(self, vkey: str) -> Announced | None:
        """Return the announced key with that text, retired or not."""
        return next((one for one in self.keys if str(one.key) == vkey), None)

    def open(self, note: bytes) -> Checkpoint:
        """Return the checkpoint in a note that a key of its size signed, Ed25519 among them.

        Raises:
            LedgerCorrupt: the note, a signature or the text is wrong, or no such key signed it.
        """
        size = parse_checkpoint(split_note(note)[0]).size
        checkpoint = open_checkpoint(note, self.at(size))
        # A P-256 line stands beside an Ed25519 one. By itself it vouches for nothing.
        if not any(isinstance(key, VerifierKey) for key in self.signers_of(note)):
            raise LedgerCorrupt("no Ed25519 key of the log has signed it")
        if checkpoint.origin != self.origin:
            raise LedgerCorrupt(f"it speaks of another log: {checkpoint.origin!r}")
        return checkpoint

    def signers_of(self, note: bytes) -> tuple[LogKey, ...]:
        """Return the keys of its size that have a line in the note; `open` checks the lines."""
        text, lines = split_note(note)
        named = {(line.name, line.key_id) for line in lines}
        keys = self.at(parse_checkpoint(text).size)
        return tuple(key for key in keys if (key.name, key.key_id) in named)

    def entered(self, index: int, leaf: bytes) -> "Keyring":
        """Return the keys once the entry at `index` is in; other kinds of entries change nothing.

        Raises:
            LedgerCorrupt: a `key` entry that is malformed, or that the keys so far do not allow.
        """
        if not leaf.startswith(KIND):
            return self
        try:
            entry = _DECODER.decode(leaf)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LedgerCorrupt(f"entry {index} is not a key entry: {error}") from error
        try:
            return self._changed(index, entry)
        except (InvalidInput, LedgerCorrupt) as error:
            raise LedgerCorrupt(f"entry {index} ({entry.action}): {error}") from error

    def _changed(self, index: int, entry: KeyEntry) -> "Keyring":
        if entry.action == "succeeds":
            if index != 1 or entry.checkpoint is None:
                raise LedgerCorrupt("stands elsewhere than as the first entry, or names no note")
            parse_checkpoint(split_note(entry.checkpoint.encode())[0])
            return replace(self, succeeds=entry.checkpoint)
        if entry.vkey is None:
            raise LedgerCorrupt("names no key")
        if entry.action == "announce":
            return self._announced(index, entry.vkey)
        return self._retired(index, entry.vkey)

    def _announced(self, index: int, vkey: str) -> "Keyring":
        key = parse_log_key(vkey)
        if key.name != self.origin:
            raise LedgerCorrupt(f"the key is named {key.name!r}, the log {self.origin!r}")
        if any(one.key.key_id == key.key_id for one in self.keys):
            raise LedgerCorrupt("a key of that id was announced before")
        if len(self.keys) >= MOST_KEYS:
            raise LedgerCorrupt(f"the log has announced {MOST_KEYS} keys, which is the most")
        return replace(self, keys=(*self.keys, Announced(key, index)))

    def _retired(self, index: int, vkey: str) -> "Keyring":
        found = self.find(vkey)
        if found is None or found.until is not None:
            raise LedgerCorrupt("the key is not one that counts")
        rest = tuple(replace(one, until=index) if one is found else one for one in self.keys)
        ring = replace(self, keys=rest)
        if not any(isinstance(key, VerifierKey) for key in ring.at(index + 1)):
            raise LedgerCorrupt("no Ed25519 key would be left to sign the log")
        return ring


class Follower:
    """The keys of a log by its batches alone, read from the first on; the view knows them faster.

    `ring` reads what is new each time it is called.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._seq = -1
        self._ring: Keyring | None = None

    def ring(self) -> Keyring:
        """Return the keys at the head.

        Raises:
            LedgerCorrupt: the log is empty, or a `key` entry in it is wrong.
        """
        for batch in self._log.batches(self._seq + 1):
            if batch.stated.genesis is not None:
                self._ring = from_genesis(batch.stated.genesis)
            for index, leaf in batch.entries():
                if self._ring is not None:
                    self._ring = self._ring.entered(index, leaf)
            self._seq = batch.seq
        if self._ring is None:
            raise LedgerCorrupt("the log has no batch 0, which announces its keys")
        return self._ring


def from_genesis(genesis: Genesis) -> Keyring:
    """Return the keys that batch 0 announces.

    Raises:
        LedgerCorrupt: one cannot be read or has another name, two have one id, or none is Ed25519.
    """
    ring = Keyring(genesis.origin, ())
    try:
        for vkey in genesis.vkeys:
            ring = ring._announced(0, vkey)  # noqa: SLF001 - its own module
    except (InvalidInput, LedgerCorrupt) as error:
        raise LedgerCorrupt(f"header.genesis.vkeys: {error}") from error
    if not any(isinstance(key, VerifierKey) for key in ring.at(1)):
        raise LedgerCorrupt("header.genesis.vkeys: no Ed25519 key is among them")
    return ring


def parse_log_key(text: str) -> LogKey:
    """Read a verifier key of a log: Ed25519 or P-256; InvalidInput if it is neither."""
    try:
        return parse_vkey(text)
    except InvalidInput as error:
        try:
            return parse_p256(text)
        except InvalidInput:
            raise error from None


@dataclass(slots=True)
class Trust:
    """Whom a verifier believes: the key it was given, and those that a believed key vouched for.

    Notes are met in the order of their sizes. `ring` is that of the log as far as it was read when
    a note is met, or further.
    """

    given: LogKey
    _believed: set[str] = field(default_factory=set)

    def meet(self, note: bytes, ring: Keyring) -> bool:
        """Tell whether a key believed so far signed the note; if so, believe all keys of its size.

        Those are named in entries that the note covers. Check it with `Keyring.open` first.
        """
        self._believed.add(str(self.given))
        if not any(str(key) in self._believed for key in ring.signers_of(note)):
            return False
        size = parse_checkpoint(split_note(note)[0]).size
        self._believed.update(str(one.key) for one in ring.keys if one.since < size)
        return True
