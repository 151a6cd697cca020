"""The signed notes of a log, held against the tree that a walk recomputes from its leaves."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import LedgerCorrupt
from monitor.ledger import layout
from monitor.ledger.checkpoint import Checkpoint, parse_checkpoint
from monitor.ledger.keyring import Keyring, LogKey, Trust
from monitor.ledger.log import Head
from monitor.ledger.note import split_note
from monitor.ledger.store import Store


@dataclass(slots=True)
class Expected:
    """A checkpoint the log has to contain: the one in view/, or one that somebody kept.

    `checkpoint` is set once its signature held, `time` once a batch ended at its size (the writer's
    clock at that commit), `holds` once that batch's tree was the one it names.
    """

    name: str
    note: bytes
    stated: Checkpoint
    checkpoint: Checkpoint | None = None
    time: datetime | None = None
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A tree that is not the signed one."""

    text: str
    root: bytes


class Notes:
    """Meets every note at its size, in order; what is wrong with one goes to `problem`.

    `listed` are the sizes of the notes there are, sorted, where the store can list. `checked`
    counts the notes that were met.
    """

    def __init__(self, key: LogKey, problem: Callable[[str], None]) -> None:
        self.listed = array("Q")
        self.checked = 0
        self.doubtful: str | None = None
        self._trust = Trust(key)
        self._problem = problem
        self._expected: list[Expected] = []
        self._next = 0
        self._unmet: int | None = None
        self._unmet_more = 0

    def expect(self, name: str, note: bytes) -> Expected | None:
        """Hold the log against a note when its size comes; None where it is no note."""
        try:
            expected = Expected(name, note, parse_checkpoint(split_note(note)[0]))
        except LedgerCorrupt as error:
            self._problem(f"{name}: {error}")
            return None
        self._expected.append(expected)
        return expected

    def met(self, batch: str, head: Head, note: bytes | None, ring: Keyring) -> Iterator[Mismatch]:
        """Check the notes over the tree that ends with a batch, and yield those of another tree."""
        self.pass_by(head.size)
        if note is not None:
            self.checked += 1
            yield from self._compare(batch, head, note, ring)
        for expected in self._expected:
            if expected.stated.size == head.size:
                expected.time = head.time
                if note is None and expected.name == layout.CHECKPOINT:
                    kept = layout.tree_head(head.size)
                    self._problem(f"{kept}: missing, though {expected.name} shows it")
                if not self._opened(expected, ring):
                    continue
                expected.holds = expected.stated.root == head.root
                if not expected.holds:
                    text = f"{batch}: its tree of {head.size} is not that of {expected.name}"
                    yield Mismatch(text, expected.stated.root)

    def pass_by(self, size: int) -> None:
        """Take note that a batch ends at this size: the notes before it, not yet met, never are."""
        while self._next < len(self.listed) and self.listed[self._next] <= size:
            if self.listed[self._next] < size:
                self._miss(self.listed[self._next])
            self._next += 1

    def end(self, ledger: Store, ring: Keyring, missing: str, size: int, *, cut: bool) -> None:
        """Tell of the notes that were not met in a log of that size.

        `missing` is the batch that would come next; `cut` false says that it was told of already.
        """
        for expected in self._expected:
            if expected.time is None and self._opened(expected, ring):
                self._tell_of(expected, missing, size, cut=cut)
        for left in self.listed[self._next :]:
            self._miss(left)
        self._check_unmet(ledger, ring)
        if self.doubtful and ring.find(str(self._trust.given)):
            self._problem(
                f"{self.doubtful}: no key that {self._trust.given} vouches for has signed it: a"
                " key was announced behind the last tree that a trusted one signed"
            )

    def _opened(self, expected: Expected, ring: Keyring) -> bool:
        try:
            expected.checkpoint = ring.open(expected.note)
        except LedgerCorrupt as error:
            self._problem(f"{expected.name}: {error}")
            return False
        self._believe(expected.name, expected.note, ring)
        return True

    def _believe(self, name: str, note: bytes, ring: Keyring) -> None:
        if self._trust.meet(note, ring):
            self.doubtful = None
        else:
            self.doubtful = self.doubtful or name

    def _compare(self, batch: str, head: Head, note: bytes, ring: Keyring) -> Iterator[Mismatch]:
        name = layout.tree_head(head.size)
        try:
            signed = ring.open(note)
        except LedgerCorrupt as error:
            self._problem(f"{name}: {error}")
            return
        if signed.size != head.size:
            self._problem(f"{name}: it is the note of size {signed.size}")
        elif signed.root != head.root:
            text = f"{batch}: it, or one before it, is not what {name} signed"
            yield Mismatch(text, signed.root)
        else:
            if len(ring.signers_of(note)) != len(split_note(note)[1]):
                # Elsewhere lines of unknown keys are ignored; here nobody else writes.
                self._problem(f"{name}: it has a line of a key that may not sign this size")
            self._believe(name, note, ring)

    def _tell_of(self, expected: Expected, missing: str, size: int, *, cut: bool) -> None:
        signed = expected.stated.size
        if signed <= size:
            self._problem(f"{expected.name}: no batch ends at its size {signed}")
        elif cut:
            self._problem(
                f"{missing}: missing: {signed} entries were signed, {size} are there:"
                f" {expected.name} says so, the tail was cut off"
            )

    def _miss(self, size: int) -> None:
        if self._unmet is None:
            self._unmet = size
        else:
            self._unmet_more += 1

    def _check_unmet(self, ledger: Store, ring: Keyring) -> None:
        """Tell of notes that no batch ends at: another log than this one was signed there."""
        if self._unmet is None:
            return
        name = layout.tree_head(self._unmet)
        try:
            signed = ring.open(ledger.get(name) or b"")
        except LedgerCorrupt as error:
            text = f"no batch ends at its size, and {error}"
        else:
            size = self._unmet
            text = f"{size} entries were signed, no batch ends there: the log was cut or forked"
            if signed.size != size:
                text = f"it is the note of size {signed.size}, and no batch ends at {size}"
        more = f"; and {self._unmet_more} more such notes" if self._unmet_more else ""
        self._problem(f"{name}: {text}{more}")
