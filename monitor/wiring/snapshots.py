"""When the views are kept in the view store, and by whom: the publisher, beside its checkpoint."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from monitor.errors import LedgerCorrupt, MonitorError
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey, Verifier, parse_vkey
from monitor.settings import Settings
from monitor.settings.view import ViewSettings
from monitor.view.files import FILES
from monitor.view.keeping import Keeper
from monitor.view.saved import Saved
from monitor.view.snapshot import Fault
from monitor.view.view import View
from monitor.wiring.places import Places

HISTORY_SECONDS = 5.0
"""How long one publishing may spend on catching the history up, and on writing its chunks."""
SHARE = 20
"""The state is not written again before so many times as long as it took has passed."""

FETCHES = 16
"""Objects of Blob storage that are fetched at once: a round trip there is some 10 ms, and most of a
fold is waiting."""

_log = structlog.get_logger(__name__)


class Snapshots:
    """Keeps the views of one deployment, a little each time it is asked.

    Nothing waits for it: it reads the files by connections of its own, while they are written. What
    goes wrong is logged and tried again at the next publishing.
    """

    def __init__(
        self,
        view: View,
        keeper: Keeper,
        settings: ViewSettings,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._view = view
        self._keeper = keeper
        self._settings = settings
        self._ticks = ticks
        self._lock = threading.Lock()
        self._next = ticks()
        self._kept: int | None = None
        self._looked = -1

    def keep(self) -> None:
        """Write what is due; nothing where another thread is at it.

        Raises:
            LedgerCorrupt: the ledger disagrees with itself.
        """
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._keep_state()
            self._keep_history()
        except LedgerCorrupt:
            raise
        except (MonitorError, Fault, sqlite3.Error, ValueError) as error:
            _log.warning("snapshot.not_kept", reason=str(error))
        finally:
            self._lock.release()

    def _keep_state(self) -> None:
        if self._ticks() < self._next:
            return
        if self._kept is None:
            there = self._keeper.saved.manifest("state")
            self._kept = there.seq if there else -1
        if self._view.standing.seq - self._kept < max(1, self._settings.every_batches):
            return
        reader = self._view.reader(FILES[0])
        if reader is None:
            return
        began = self._ticks()
        try:
            self._kept = self._keeper.keep_state(reader)
        finally:
            reader.close()
            took = self._ticks() - began
            self._next = self._ticks() + max(60 * self._settings.every_minutes, SHARE * took)
        _log.info("snapshot.kept", view="state", seq=self._kept, seconds=round(took, 1))

    def _keep_history(self) -> None:
        self._view.catch_up_history(HISTORY_SECONDS)
        standing = self._view.standing.seq
        if standing - self._looked < max(1, self._settings.every_batches):
            return
        reader = self._view.reader(FILES[1])
        if reader is None:
            return
        end = self._ticks() + HISTORY_SECONDS
        try:
            self._keeper.keep_history(reader, lambda: self._ticks() >= end)
        finally:
            reader.close()
        if self._ticks() < end:
            self._looked = standing


def fetches(places: Places) -> int:
    """Return how many objects the view fetches at once."""
    return FETCHES if places.storage.remote else 1


def saved_views(
    settings: Settings, places: Places, log: Log, signers: Sequence[SigningKey]
) -> Saved | None:
    """Return the snapshots of this log's views, None where there are to be none.

    They have to be signed by one of `signers`; where this process has no key, by one that the log's
    genesis announced.
    """
    wanted = settings.view.snapshots
    if not (places.storage.remote if wanted is None else wanted):
        return None

    def keys() -> Sequence[Verifier]:
        if signers:
            return [signer.verifier for signer in signers]
        genesis = log.genesis()
        return [parse_vkey(vkey) for vkey in genesis.vkeys] if genesis else []

    far, threads = settings.view.every_batches, fetches(places)
    return Saved(places.store("view"), log, keys, far=far, threads=threads)


def keeping(
    view: View,
    saved: Saved | None,
    settings: Settings,
    places: Places,
    log: Log,
    signers: Sequence[SigningKey],
) -> Snapshots | None:
    """Return what keeps the views, None without a key or where they are not to be kept."""
    if saved is None or not signers:
        return None
    keeper = Keeper(places.store("view"), log, saved, tuple(signers))
    return Snapshots(view, keeper, settings.view)
