"""Verify a whole log: every batch, hash, cursor, note and document, from the first byte on.

The walk is in `monitor.ledger.walk`; `monitor.ledger.fsck` looks at everything else besides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import LedgerCorrupt
from monitor.ledger import layout
from monitor.ledger.checkpoint import Checkpoint, parse_checkpoint
from monitor.ledger.keyring import parse_log_key
from monitor.ledger.note import split_note
from monitor.ledger.store import Store
from monitor.ledger.walk import MOST_PROBLEMS, Walk
from monitor.ledger.walk_notes import Expected

__all__ = ["MOST_PROBLEMS", "Kept", "Report", "begin", "finish", "verify"]

KEPT = "the kept checkpoint"
"""What a problem calls a checkpoint that somebody kept."""
Progress = Callable[[int], None]
"""Called with the number of batches done."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that somebody kept, and what became of the log since.

    `holds` tells whether the log begins with exactly the entries it names, `cut` whether the log
    has fewer. `time` is the writer's clock when the last of those was committed, None where no
    batch ends there.
    """

    checkpoint: Checkpoint
    holds: bool
    cut: bool
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found. The log is valid when it has no problems.

    `size` counts entries, `root` is hex, `checkpoint` the signed one in the view. `notes`,
    `documents` and `raw` count the objects that were checked, `expired` the raw objects that are
    gone, which is no fault. `last` is the time of the last batch. `succeeds` is the last checkpoint
    of the log that this one says to take the place of: its word, which nothing here proves.
    """

    size: int
    batches: int
    root: str
    problems: tuple[str, ...]
    checkpoint: Checkpoint | None
    notes: int
    documents: int
    raw: int
    expired: int
    last: datetime | None = None
    kept: tuple[Kept, ...] = ()
    succeeds: Checkpoint | None = None

    @property
    def valid(self) -> bool:
        """Whether nothing at all was found wrong."""
        return not self.problems

    @property
    def unsigned(self) -> int:
        """How many entries at the end no checkpoint covers yet."""
        return self.size - (self.checkpoint.size if self.checkpoint else 0)


def verify(
    ledger_store: Store,
    view_store: Store,
    vkey: str,
    raw_store: Store | None = None,
    progress: Progress | None = None,
    kept: Sequence[bytes] = (),
) -> Report:
    """Check the log against the key, the signed notes and itself.

    Raw objects are checked where their store is given. `kept` are notes that somebody kept: the log
    has to begin with the tree of each. Signed notes at whose size no batch ends are found where the
    ledger's store can list (`Listing`). What stays unseen without an outside witness: see
    docs/ledger-format.md, section 12.

    Raises:
        InvalidInput: `vkey` is no verifier key.
        StorageUnavailable: a store cannot be read; nothing is known of the log then.
    """
    walk = Walk(ledger_store, raw_store, parse_log_key(vkey))
    return finish(walk, ledger_store, begin(walk, view_store, kept), progress)


@dataclass(frozen=True, slots=True)
class Held:
    """The checkpoints a walk holds the log against: the one in the view, and those kept."""

    shown: Expected | None
    kept: tuple[Expected, ...]


def begin(walk: Walk, view_store: Store, kept: Sequence[bytes] = ()) -> Held:
    """Tell a walk what the log has to contain, before its first step."""
    note = view_store.get(layout.CHECKPOINT)
    shown = None
    if note is None:
        walk.problems.add(f"{layout.CHECKPOINT}: missing: nothing signed vouches for the log")
    else:
        shown = walk.notes.expect(layout.CHECKPOINT, note)
    held = (walk.notes.expect(KEPT, note) for note in kept)
    walk.list_notes()
    return Held(shown, tuple(one for one in held if one is not None))


def finish(walk: Walk, ledger_store: Store, held: Held, progress: Progress | None = None) -> Report:
    """Walk the log to its end, and return what was found."""
    seq = 0
    while (body := ledger_store.get(layout.batch(seq))) is not None:
        walk.batch(seq, body)
        seq += 1
        if progress:
            progress(seq)
    walk.end(seq)
    last = walk.last
    return Report(
        size=last.size,
        batches=seq,
        root=last.root.hex(),
        problems=walk.problems.told(),
        checkpoint=held.shown.checkpoint if held.shown else None,
        notes=walk.notes.checked,
        documents=walk.documents,
        raw=walk.raw,
        expired=walk.expired,
        last=last.time if last.seq >= 0 else None,
        kept=tuple(_kept(one, last.size) for one in held.kept),
        succeeds=_succeeds(walk.ring.succeeds),
    )


def _kept(one: Expected, size: int) -> Kept:
    cut = one.stated.size > size
    return Kept(one.stated, one.holds, cut, one.time)


def _succeeds(note: str | None) -> Checkpoint | None:
    if note is None:
        return None
    try:
        return parse_checkpoint(split_note(note.encode())[0])
    except LedgerCorrupt:  # the walk has told of it
        return None
