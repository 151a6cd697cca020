"""Cosignatures, timestamps, and the anchors of headers, held against the notes they are about."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.errors import LedgerCorrupt
from monitor.ledger import layout
from monitor.ledger.cosignature import WitnessKey, read_cosignature
from monitor.ledger.epoch import from_milliseconds
from monitor.ledger.header import Header
from monitor.ledger.note import split_note
from monitor.ledger.stamp import read_stamp
from monitor.ledger.store import Inventory, Store
from monitor.ledger.walk import Problems

SKEW = timedelta(minutes=5)
"""How far two clocks may be apart before one of them is called wrong."""

Stamped = Callable[[bytes, bytes], str | None]
"""Say what is wrong with an authority's reply over a note: its chain, its signature."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A header that holds an anchor: the batch, the size of the tree before it, its time."""

    batch: str
    size: int
    time: datetime


class AnchorCheck:
    """Collects the anchors of headers during a walk, then holds every anchor object against them.

    Memory grows by a small record for each anchor in a header, not with the log.
    """

    def __init__(
        self,
        ledger: Store,
        witnesses: Sequence[WitnessKey],
        configured: frozenset[str],
        authorities: Mapping[str, Stamped],
    ) -> None:
        self.cosignatures = self.timestamps = self.anchors = 0
        self._ledger, self._configured, self._authorities = ledger, configured, authorities
        self._witnesses = {(key.name, key.key_id): key for key in witnesses}
        self._names = {key.name for key in witnesses}
        self._unknown: Counter[str] = Counter()
        self._unknown_authorities: Counter[str] = Counter()
        self._wanted: dict[bytes, _Wanted] = {}
        self._size, self._note = -1, b""

    def seen(self, name: str, header: Header) -> None:
        """Take note of the anchor in a header."""
        if header.anchor is not None:
            wanted = _Wanted(name, header.size, from_milliseconds(header.time))
            self._wanted.setdefault(header.anchor, wanted)
            self.anchors += 1

    def check(self, store: Inventory, problems: Problems) -> Iterator[str]:
        """Check all there are, yielding the name of each object that was looked at."""
        for folder in (layout.COSIGNATURES, layout.TIMESTAMPS):
            for name in store.every(folder):
                for fault in self._faults(name):
                    problems.add(f"{name}: {fault}")
                yield name
        for wanted in self._wanted.values():
            problems.add(
                f"{wanted.batch}: header.anchor is the hash of no timestamp or cosignature here:"
                " it was changed or removed"
            )

    def remarks(self) -> Iterator[str]:
        """Say what could not be checked."""
        for name, count in sorted(self._unknown.items()):
            yield (
                f"unknown witness {name}: {count} of its cosignatures were not checked;"
                " give its key with --witness"
            )
        for name, count in sorted(self._unknown_authorities.items()):
            yield (
                f"unknown authority {name}: {count} of its timestamps are over the right notes; who"
                " signed them was not checked, for want of its ca_file in [[publish.authorities]]"
            )

    def _faults(self, name: str) -> Iterator[str]:
        parts = layout.anchor_parts(name)
        content = self._ledger.get(name)
        if parts is None or content is None:
            yield "stray: not the name of a cosignature or timestamp"
            return
        folder, size, whose = parts
        note = self._note_of(size)
        if not note:
            yield f"there is no {layout.tree_head(size)} that it could be about"
        try:
            if folder == layout.TIMESTAMPS:
                yield from self._stamp_faults(whose, content, note, size)
            else:
                yield from self._cosignature_faults(whose, content, note, size)
        except LedgerCorrupt as error:
            yield str(error)

    def _stamp_faults(self, whose: str, reply: bytes, note: bytes, size: int) -> Iterator[str]:
        self.timestamps += 1
        stamp = read_stamp(reply)
        yield from self._anchor_faults(reply, size, stamp.time)
        if not note:
            return
        if not stamp.covers(note):
            yield f"it is a timestamp over something else than {layout.tree_head(size)}"
            return
        stamped = self._authorities.get(whose)
        if stamped is None:
            self._unknown_authorities[whose] += 1
        elif fault := stamped(reply, note):
            yield fault

    def _cosignature_faults(self, whose: str, line: bytes, note: bytes, size: int) -> Iterator[str]:
        if not note:
            return
        text, _ = split_note(note)
        _, lines = split_note(f"{text}\n".encode() + line)
        if len(lines) != 1:
            yield f"it has {len(lines)} lines, not one"
            return
        key = self._witnesses.get((lines[0].name, lines[0].key_id))
        if key is not None:
            time: datetime | None = read_cosignature(note, line, key).time
            self.cosignatures += 1
        elif lines[0].name in self._names:
            yield f"the key {lines[0].key_id.hex()} is none of the witness {lines[0].name}"
            return
        elif whose in self._configured:
            yield f"it is of {lines[0].name}, not of the witness that is configured as {whose}"
            return
        else:
            time = None
            self._unknown[lines[0].name] += 1
        yield from self._anchor_faults(line, size, time)

    def _anchor_faults(self, content: bytes, size: int, time: datetime | None) -> Iterator[str]:
        """Check the header that holds this object's hash, if one does."""
        wanted = self._wanted.pop(sha256(content).digest(), None)
        if wanted is None:
            return
        if size > wanted.size:
            yield f"{wanted.batch} holds its hash and has {wanted.size} entries before it"
        if time is not None and wanted.time < time - SKEW:
            yield (
                f"it is of {time:%Y-%m-%d %H:%M:%S} UTC, and {wanted.batch}, which holds its hash,"
                f" says {wanted.time:%Y-%m-%d %H:%M:%S}: the batch is dated back"
            )

    def _note_of(self, size: int) -> bytes:
        """Return the note of that size, empty where there is none; the last one is kept."""
        if size != self._size:
            self._size, self._note = size, self._ledger.get(layout.tree_head(size)) or b""
        return self._note
