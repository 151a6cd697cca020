"""Has checkpoints vouched for by others, as often as wanted, and hands out what to embed.

Nothing in here holds publishing up for longer than its limit, and nothing fails it: what did not
work is logged, stands in `anchors`, and is tried again after a pause that grows.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import msgspec
import structlog

from monitor.anchors.standing import Standing, Standings, read_standings, write_standings
from monitor.anchors.timestamp import Authority, read_timestamp
from monitor.anchors.witness import Witness
from monitor.clock import Clock
from monitor.errors import AnchorFailed, LedgerCorrupt, MonitorError
from monitor.ledger import layout, merkle
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.cosignature import read_cosignature
from monitor.ledger.log import Log
from monitor.ledger.store import Store
from monitor.ledger.tiles import tile_nodes

LEAST_SECONDS = 0.5
"""Nobody further is asked in a round with less time left than this."""
TROUBLED = 3
"""Failures in a row from which on health speaks of it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Anchors:
    """Who is asked, how often at most, and how long one round may take in all (seconds)."""

    witnesses: Sequence[Witness] = ()
    authorities: Sequence[Authority] = ()
    witness_every: timedelta = timedelta(minutes=1)
    authority_every: timedelta = timedelta(hours=1)
    limit_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class _Task:
    """Somebody to ask: the key of its standing, its pace, and what asks it (limit in seconds).

    `check` raises where what stands in the ledger under its name is nothing it said of the note.
    """

    key: str
    every: timedelta
    name: Callable[[int], str]
    ask: Callable[[Checkpoint, bytes, float], bytes]
    check: Callable[[bytes, bytes], object]


class Anchoring:
    """The publisher's `Anchoring` over witnesses and authorities; used by one thread at a time."""

    def __init__(
        self, ledger: Store, view: Store, published: Log, anchors: Anchors, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._view = view
        self._log = published
        self._anchors = anchors
        self._clock = clock
        self._standings: Standings | None = None
        self._told = Standings()
        self._tasks = (
            *(self._witness(one) for one in anchors.witnesses),
            *(self._authority(one) for one in anchors.authorities),
        )

    def due(self, size: int) -> bool:
        """Tell whether somebody is to be asked about the tree of that size; reads no store."""
        if self._tasks and self._standings is None:
            return True
        return bool(self._due(size))

    def vouch(self, checkpoint: Checkpoint, note: bytes) -> bytes:
        """Ask who is due, keep what they say, and return the cosignature lines over the note."""
        try:
            keys = [task.key for task in self._tasks]
            self._standings = read_standings(self._view).believed(self._ledger, keys)
        except MonitorError as error:
            log.warning("anchors.unread", reason=str(error))
            return b""
        end = time.monotonic() + self._anchors.limit_seconds
        before = self._standings
        for task in self._due(checkpoint.size):
            left = end - time.monotonic()
            if left < LEAST_SECONDS:
                break
            self._take(task.key, self._asked(task, checkpoint, note, left))
        if self._standings is not before:
            write_standings(self._view, self._standings)
        self._told = self._standings
        return self._lines(checkpoint, note)

    def newest(self) -> bytes | None:
        """Return the SHA-256 of the newest object that no header carries; it stands in the ledger.

        None where there is none, or it cannot be seen now.
        """
        try:
            if self._standings is None:
                self._standings = read_standings(self._view)
            found = self._standings.newest()
            if found is None or not found[1].stands(self._ledger, found[0]):
                return None
        except MonitorError as error:
            log.warning("anchors.unread", reason=str(error))
            return None
        return bytes.fromhex(found[1].sha256 or "")

    def embedded(self, digest: bytes) -> None:
        """Note that a header carries it now."""
        held = self._standings or Standings()
        if held.embedded != digest.hex():
            self._standings = msgspec.structs.replace(held, embedded=digest.hex())
            write_standings(self._view, self._standings)

    def problems(self) -> list[str]:
        """Say who has failed several times in a row; not why: anybody may see what health says."""
        return [
            f"{task.key} has not vouched for a checkpoint {standing.failures} times in a row;"
            " the log of this service says why (anchors.failed)"
            for task in self._tasks
            if (standing := self._told.of(task.key)).failures >= TROUBLED
        ]

    def look(self) -> None:
        """Read what `problems` tells of: another process may be the one that asks.

        Nothing is decided on it. Any thread may call it.
        """
        try:
            self._told = read_standings(self._view)
        except MonitorError as error:
            log.warning("anchors.unread", reason=str(error))

    def _due(self, size: int) -> list[_Task]:
        held, now = self._standings or Standings(), self._clock.now()
        return [task for task in self._tasks if held.of(task.key).due(size, now, task.every)]

    def _take(self, key: str, standing: Standing) -> None:
        held = self._standings or Standings()
        anchors = {**held.anchors, key: standing}
        self._standings = msgspec.structs.replace(held, anchors=anchors)

    def _asked(self, task: _Task, checkpoint: Checkpoint, note: bytes, left: float) -> Standing:
        held, name = (self._standings or Standings()).of(task.key), task.name(checkpoint.size)
        try:
            body = self._ledger.get(name) or self._kept(name, task.ask(checkpoint, note, left))
            task.check(note, body)
        except MonitorError as error:
            log.warning("anchors.failed", anchor=task.key, reason=str(error))
            return held.failed(str(error), self._clock.now())
        digest = sha256(body).hexdigest()
        log.info("anchors.made", object=name, size=checkpoint.size)
        return held.succeeded(name, digest, checkpoint.size, self._clock.now())

    def _kept(self, name: str, content: bytes) -> bytes:
        """Create the object; where another process was first, its object is the one."""
        self._ledger.create(name, content)
        found = self._ledger.get(name)
        if found is None:
            raise LedgerCorrupt(f"{name}: created, and not there")
        return found

    def _lines(self, checkpoint: Checkpoint, note: bytes) -> bytes:
        """Return the lines there are over this note, each checked again: they were read back."""
        found = b""
        for one in self._anchors.witnesses:
            name = layout.cosignature(checkpoint.size, one.name)
            if (self._standings or Standings()).of(
                f"{layout.COSIGNATURES}/{one.name}"
            ).object != name:
                continue
            try:
                found += read_cosignature(note, self._ledger.get(name) or b"", one.key).line
            except MonitorError as error:
                log.warning("anchors.not_shown", object=name, reason=str(error))
        return found

    def _witness(self, one: Witness) -> _Task:
        key = f"{layout.COSIGNATURES}/{one.name}"

        def ask(checkpoint: Checkpoint, note: bytes, left: float) -> bytes:
            known = (self._standings or Standings()).of(key).size
            return one.cosign(note, known, lambda old: self._proof(old, checkpoint), left).line

        def check(note: bytes, body: bytes) -> object:
            return read_cosignature(note, body, one.key)

        every = self._anchors.witness_every
        return _Task(key, every, lambda size: layout.cosignature(size, one.name), ask, check)

    def _authority(self, one: Authority) -> _Task:
        def ask(_: Checkpoint, note: bytes, left: float) -> bytes:
            return one.stamp(note, left).reply

        def check(note: bytes, body: bytes) -> object:
            return read_timestamp(body, note, one.chain)

        every, key = self._anchors.authority_every, f"{layout.TIMESTAMPS}/{one.name}"
        return _Task(key, every, lambda size: layout.timestamp(size, one.name), ask, check)

    def _proof(self, old: int, checkpoint: Checkpoint) -> tuple[bytes, ...]:
        """Prove from the tiles that the tree grew; checked here where the old root is known."""
        proof = merkle.consistency_proof(
            tile_nodes(self._view, checkpoint.size), old, checkpoint.size
        )
        known = self._log.root_at(old)
        if known and not merkle.extends(old, checkpoint.size, proof, known, checkpoint.root):
            raise AnchorFailed("the tiles do not prove it; mfa-monitor rebuild writes them again")
        return proof
