"""Publish: write the tiles, sign the tree that is committed, and show it as the latest checkpoint.

tiles -> `sth/<size>` -> cosignatures and timestamps -> `checkpoint` -> `head`. A process that dies
in here leaves a committed log that is signed a little later; every step writes the same bytes when
it is done again.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from monitor.errors import CheckpointForged, InvalidInput, LedgerCorrupt, StorageUnavailable
from monitor.ledger import keyring, layout
from monitor.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from monitor.ledger.cosignature import with_lines
from monitor.ledger.keyring import Keyring
from monitor.ledger.log import Head, Log
from monitor.ledger.note import Signer, Verifier, VerifierKey, split_note
from monitor.ledger.store import Listing, Store, Swapping
from monitor.ledger.tiles import Tiler

ROUNDS = 8
"""How often a publisher starts again because the log grew while it published."""


class Anchoring(Protocol):
    """Lets others vouch for checkpoints, and keeps what they say in the ledger."""

    def due(self, size: int) -> bool:
        """Tell whether somebody is to be asked about the tree of that size; quickly."""

    def vouch(self, checkpoint: Checkpoint, note: bytes) -> bytes:
        """Ask for it with its note, and return others' signature lines over it; raises nothing."""


class Publisher:
    """Publishes one log; not for two threads at once, any number of processes may publish it.

    `ring` returns the keys of the log as far as its head, or further. `signers` are the keys that
    are here; those that may not sign a tree of the head's size stay silent.
    """

    def __init__(
        self,
        ledger: Store,
        view: Store,
        log: Log,
        signers: Sequence[Signer],
        ring: Callable[[], Keyring],
        anchoring: Anchoring | None = None,
    ) -> None:
        self._ledger = ledger
        self._view = view
        self._log = log
        self._signers = signers
        self._ring = ring
        self._anchoring = anchoring
        self._tiler = Tiler(view, log)

    def publish(self) -> Checkpoint | None:
        """Sign the head of the log as `sth/<size>` and show it as the view's `checkpoint`.

        A store that cannot swap lets a slow publisher put an older checkpoint over a newer one.
        Each therefore looks at the log again after its put, and publishes once more where it has
        grown. Returns None for an empty log: there is nothing to vouch for.

        Raises:
            InvalidInput: none of the keys is one the log announced.
            LedgerCorrupt: the log contradicts what was signed before; nothing new is signed.
            StorageUnavailable: not published, or not known to be; the next publish repairs it.
        """
        head = self._log.head()
        if head.seq < 0:
            return None
        checkpoint = self._publish(head)
        for _ in range(ROUNDS):
            head = self._log.head()
            if head.size == checkpoint.size:
                break
            checkpoint = self._publish(head)
        return checkpoint

    def rewrite_tiles(self) -> None:
        """Write every tile again from the log's batches, whatever stands there."""
        head = self._log.head()
        if head.seq >= 0:
            self._tiler.write(head, anew=True)

    def _publish(self, head: Head) -> Checkpoint:
        ring = self._ring()
        signers = self._counting(ring, head.size)
        held, shown = self._shown(ring)
        if shown is not None:
            _refuse_contradiction(shown, self._log)
            self._log.witness(shown.size)
            if held is not None and shown.size >= head.size:
                self._gather(shown, held)
                return shown
        _refuse_fork(self._ledger, self._log)
        self._tiler.write(head, shown=shown.size if shown else 0, hint=head_hint(self._view))
        checkpoint = Checkpoint(ring.origin, head.size, head.root)
        note = _keep(self._ledger, checkpoint, checkpoint.signed(*signers), ring)
        self._show(checkpoint, with_lines(note, self._vouched(checkpoint, note)))
        self._log.witness(checkpoint.size)
        self._view.put(layout.HEAD, f"{head.seq}\n".encode())
        return checkpoint

    def _counting(self, ring: Keyring, size: int) -> list[Signer]:
        """Return the signers that may sign a tree of that size; InvalidInput without Ed25519."""
        counting = {str(key): key for key in ring.at(size)}
        signers = [one for one in self._signers if one.vkey in counting]
        if not any(isinstance(counting[one.vkey], VerifierKey) for one in signers):
            here = ", ".join(one.vkey for one in self._signers) or "none"
            raise InvalidInput(
                f"no signing key here is one this log announced, and counts at {size} entries:"
                f" {here}"
            )
        return signers

    def _gather(self, shown: Checkpoint, held: bytes) -> None:
        """Have the checkpoint that is shown vouched for, where that is due, and show it so."""
        if self._anchoring is None or not self._anchoring.due(shown.size):
            return
        note = self._ledger.get(layout.tree_head(shown.size))
        more = with_lines(held, self._vouched(shown, note)) if note is not None else held
        if more != held:
            self._show(shown, more)

    def _vouched(self, checkpoint: Checkpoint, note: bytes) -> bytes:
        return self._anchoring.vouch(checkpoint, note) if self._anchoring else b""

    def _shown(self, ring: Keyring) -> tuple[bytes | None, Checkpoint | None]:
        held = self._view.get(layout.CHECKPOINT)
        if held is None:
            return None, None
        try:
            return held, ring.open(held)
        except LedgerCorrupt as error:
            raise CheckpointForged(f"{layout.CHECKPOINT}: {error}") from error

    def _show(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Put the note as the latest, unless a larger tree is shown by now."""
        for _ in range(ROUNDS):
            held, shown = self._shown(self._ring())
            if shown is not None and shown.size > checkpoint.size:
                return
            if held is not None and shown is not None and shown.size == checkpoint.size:
                note = with_lines(note, held.rpartition(b"\n\n")[2])
            if note == held:
                return
            if not isinstance(self._view, Swapping):
                self._view.put(layout.CHECKPOINT, note)
                return
            if self._view.swap(layout.CHECKPOINT, held, note):
                return


def publish(ledger_store: Store, view_store: Store, key: Signer, log: Log) -> Checkpoint | None:
    """Publish once with one key, reading the log's keys from its first batch on.

    See `Publisher.publish`, which a process that goes on publishing keeps instead.
    """
    follower = keyring.Follower(log)
    return Publisher(ledger_store, view_store, log, (key,), follower.ring).publish()


def witnessed(view_store: Store, keys: Sequence[Verifier]) -> Checkpoint | None:
    """Return the checkpoint that the view shows, its signature checked; None where there is none.

    Raises:
        LedgerCorrupt: there is one that no such key signed. Where the view was lost on purpose, its
            `checkpoint` has to be removed by hand: it is what tells a log that was rolled back.
    """
    note = view_store.get(layout.CHECKPOINT)
    if note is None:
        return None
    try:
        return open_checkpoint(note, keys)
    except LedgerCorrupt as error:
        raise LedgerCorrupt(f"{layout.CHECKPOINT}: {error}") from error


def head_hint(view_store: Store) -> int:
    """Return the batch number that the view believes to be the latest; -1 where it has no idea.

    Whoever can write to the view can write anything there: what is no batch number is no hint.
    """
    content = (view_store.get(layout.HEAD) or b"").strip()
    named = content.isdigit() and len(content) < len(str(layout.LOG_END))
    return int(content) if named else -1


def _refuse_contradiction(shown: Checkpoint, log: Log) -> None:
    if log.root_at(shown.size) != shown.root:
        raise LedgerCorrupt(
            f"{layout.CHECKPOINT}: its {shown.size} entries are not those the log begins with: "
            "the log was rolled back or rewritten"
        )


def _refuse_fork(ledger_store: Store, log: Log) -> None:
    """Let the latest note in the ledger be a witness too, where the view was lost or put back.

    Once for each log that is opened: afterwards every note is one of its own, or met by `_keep`.
    """
    if log.notes_compared or not isinstance(ledger_store, Listing):
        return
    sizes = map(layout.tree_size, ledger_store.names(layout.TREE_HEADS))
    latest = max((size for size in sizes if size is not None), default=None)
    if latest is not None:
        name = layout.tree_head(latest)
        note = ledger_store.get(name)
        if note is not None and log.root_at(latest) != _stated(name, note).root:
            raise LedgerCorrupt(
                f"{name}: its {latest} entries are not those the log begins with: the log was"
                " rolled back, forked or rewritten"
            )
    log.notes_compared = True


def _keep(ledger_store: Store, checkpoint: Checkpoint, note: bytes, ring: Keyring) -> bytes:
    """Create the note's object and return what is to be shown: the note that stands there.

    Another process may have been first, with other keys; its note has to say the same. One that
    says so without a signature that counts stays, and is not shown.
    """
    name = layout.tree_head(checkpoint.size)
    try:
        if ledger_store.create(name, note):
            return note
        found = ledger_store.get(name)
    except StorageUnavailable:
        found = ledger_store.get(name)
        if found is None:
            raise
    if found == note:
        return note
    if found is None or _stated(name, found) != checkpoint:
        raise LedgerCorrupt(f"{name}: another tree of this size was signed before")
    try:
        ring.open(found)
    except LedgerCorrupt:
        return note
    return found


def _stated(name: str, note: bytes) -> Checkpoint:
    try:
        return parse_checkpoint(split_note(note)[0])
    except LedgerCorrupt as error:
        raise LedgerCorrupt(f"{name}: {error}") from error
