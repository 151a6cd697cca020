"""Loads the views from their snapshots, as far as the log's keys and the log itself vouch for them.

A snapshot is a cache in a store that can be written over. One that is not exactly right is left
alone, and the view folds the ledger as if there were none.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

import structlog

from monitor.ledger import layout, note
from monitor.ledger.log import Log, after
from monitor.ledger.store import Store
from monitor.view.batches import digest, in_order
from monitor.view.files import SHAPE, set_watermark, transaction
from monitor.view.snapshot import (
    Fault,
    HistoryChunk,
    Kind,
    Manifest,
    history_chunk,
    open_manifest,
    state_chunk,
)

_log = structlog.get_logger(__name__)


class Saved:
    """The snapshots of one log in the view store.

    `keys` are asked for the keys that may sign them now. More than `far` batches behind, a view is
    loaded rather than folded. `threads` is how many chunks are fetched at once.
    """

    def __init__(
        self,
        store: Store,
        log: Log,
        keys: Callable[[], Sequence[note.Verifier]],
        *,
        far: int,
        threads: int = 1,
    ) -> None:
        self.far = far
        self._store = store
        self._log = log
        self._keys = keys
        self._threads = threads
        self._latest: dict[Kind, bytes] = {}
        self._refused: dict[Kind, bytes] = {}

    def manifest(self, kind: Kind) -> Manifest | None:
        """Return the manifest of the latest snapshot; None where there is none that can be used.

        Raises:
            StorageUnavailable: that cannot be told now.
        """
        return self.held(kind)[1]

    def held(self, kind: Kind) -> tuple[bytes | None, Manifest | None]:
        """Return what stands under the manifest's name, and the manifest it is, as `manifest`."""
        body = self._store.get(layout.snapshot(kind, SHAPE))
        if body is None:
            return None, None
        self._latest[kind] = sha256(body).digest()
        if self._latest[kind] == self._refused.get(kind):
            return body, None
        try:
            return body, open_manifest(body, kind, SHAPE, self._keys())
        except Fault as fault:
            self._refuse(kind, fault)
            return body, None

    def restore_state(self, connection: sqlite3.Connection, above: int) -> bool:
        """Put the state in place as the snapshot has it, if that stands further than batch `above`.

        Raises:
            StorageUnavailable: that cannot be told now; to fold the ledger instead takes longer
                than to ask again.
            sqlite3.Error: it cannot be written.
        """
        manifest = self.manifest("state")
        if manifest is None or manifest.seq <= above:
            return False
        try:
            self._compare(manifest)
            with transaction(connection):
                connection.execute("delete from cell")
                for body in self._chunks(manifest, range(len(manifest.chunks))):
                    rows = state_chunk(body).rows
                    connection.executemany("insert into cell values (?, ?, ?, ?, ?)", rows)
                set_watermark(connection, manifest.seq, manifest.digest)
        except Fault as fault:
            self._refuse("state", fault)
            return False
        _log.info("snapshot.loaded", view="state", seq=manifest.seq)
        return True

    def history(self, above: int, until: int) -> Iterator[HistoryChunk]:
        """Yield what brings an index at batch `above` further, in order, and up to `until` at most.

        Ends early where something is wrong: what is missing is folded from the ledger.

        Raises:
            StorageUnavailable: that cannot be told now.
        """
        manifest = self.manifest("history")
        if manifest is None or manifest.seq <= above:
            return
        wanted = [n for n, one in enumerate(manifest.chunks) if above < one.seq <= until]
        try:
            self._compare(manifest)
            if wanted:
                for body in self._chunks(manifest, range(wanted[0], wanted[-1] + 1)):
                    yield history_chunk(body)
        except Fault as fault:
            self._refuse("history", fault)

    def _compare(self, manifest: Manifest) -> None:
        """Compare what the manifest says of the log with the log."""
        batch = self._log.read(manifest.seq)
        if batch is None:
            # Our own key signed that the log was longer: it is not to grow from less.
            self._log.witness(manifest.size)
            raise Fault(f"the log ends before batch {manifest.seq}, where it stands")
        head = after(batch.stated, (batch.header_leaf, *batch.leaves))
        found = (head.size, head.root.hex(), digest(batch))
        if found != (manifest.size, manifest.root, manifest.digest):
            raise Fault(f"the log has another root after batch {manifest.seq}, where it stands")

    def _chunks(self, manifest: Manifest, numbers: range) -> Iterator[bytes]:
        def fetch(number: int) -> bytes:
            piece = manifest.chunks[number]
            body = self._store.get(manifest.chunk_name(piece.sha256))
            if body is None:
                raise Fault(f"chunk {number} is missing")
            if sha256(body).hexdigest() != piece.sha256:
                raise Fault(f"chunk {number} is not the one that was signed")
            return body

        return in_order(fetch, numbers, self._threads)

    def _refuse(self, kind: Kind, fault: Fault) -> None:
        """Remember the manifest read last, so that it is read no more and written over."""
        self._refused[kind] = self._latest[kind]
        _log.warning("snapshot.refused", view=kind, reason=str(fault))
