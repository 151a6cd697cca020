"""Publish: sign the tree that is committed, keep the note, and show it as the latest checkpoint.

sequence -> commit -> publish. A process that dies in here leaves a committed log that is signed a
little later; every step writes the same bytes when it is done again.
"""

from monitor.errors import InvalidInput, LedgerCorrupt, StorageUnavailable
from monitor.ledger import layout
from monitor.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from monitor.ledger.log import Head, Log
from monitor.ledger.note import SigningKey, VerifierKey, parse_vkey, split_note
from monitor.ledger.store import Listing, Store

ROUNDS = 8
"""How often a publisher starts again because the log grew while it published."""


def publish(ledger_store: Store, view_store: Store, key: SigningKey, log: Log) -> Checkpoint | None:
    """Sign the head of the log as `sth/<size>` and show it as the view's `checkpoint`.

    The view has no compare-and-swap: a slow publisher could put an older checkpoint over a newer
    one. Each therefore looks at the log again after its put, and publishes once more where it has
    grown. Returns None for an empty log: there is nothing to vouch for.

    Raises:
        InvalidInput: the key is not one the log's genesis announced.
        LedgerCorrupt: the log contradicts what was signed before; nothing new is signed.
        StorageUnavailable: not published, or not known to be; the next publish repairs it.
    """
    head = log.head()
    if head.seq < 0:
        return None
    _refuse_stranger(key, log)
    checkpoint = _publish_head(ledger_store, view_store, key, log, head)
    for _ in range(ROUNDS):
        head = log.head()
        if head.size == checkpoint.size:
            break
        checkpoint = _publish_head(ledger_store, view_store, key, log, head)
    return checkpoint


def witnessed(view_store: Store, keys: tuple[VerifierKey, ...]) -> Checkpoint | None:
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
    """Return the batch number that the view believes to be the latest; -1 where it has no idea."""
    content = view_store.get(layout.HEAD) or b""
    return int(content) if content.strip().isdigit() else -1


def _publish_head(
    ledger_store: Store, view_store: Store, key: SigningKey, log: Log, head: Head
) -> Checkpoint:
    shown = witnessed(view_store, _announced(log))
    if shown is not None:
        _refuse_contradiction(shown, log)
        log.witness(shown.size)
        if shown.size >= head.size:
            return shown
    _refuse_fork(ledger_store, log)
    checkpoint = Checkpoint(key.name, head.size, head.root)
    note = checkpoint.signed(key)
    _keep(ledger_store, checkpoint, note)
    view_store.put(layout.CHECKPOINT, note)
    log.witness(checkpoint.size)
    view_store.put(layout.HEAD, f"{head.seq}\n".encode())
    return checkpoint


def _announced(log: Log) -> tuple[VerifierKey, ...]:
    genesis = log.genesis()
    return tuple(parse_vkey(vkey) for vkey in genesis.vkeys) if genesis else ()


def _refuse_stranger(key: SigningKey, log: Log) -> None:
    if key.verifier not in _announced(log):
        raise InvalidInput(f"the key {key.vkey} is not one this log announced in its genesis")


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


def _keep(ledger_store: Store, checkpoint: Checkpoint, note: bytes) -> None:
    """Create the note's object; one that is there has to say the same (another key may sign)."""
    name = layout.tree_head(checkpoint.size)
    try:
        if ledger_store.create(name, note):
            return
    except StorageUnavailable:
        if ledger_store.get(name) != note:
            raise
        return
    found = ledger_store.get(name)
    if found != note and (found is None or _stated(name, found) != checkpoint):
        raise LedgerCorrupt(f"{name}: another tree of this size was signed before")


def _stated(name: str, note: bytes) -> Checkpoint:
    try:
        return parse_checkpoint(split_note(note)[0])
    except LedgerCorrupt as error:
        raise LedgerCorrupt(f"{name}: {error}") from error
