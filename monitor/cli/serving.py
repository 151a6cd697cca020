"""The loop of `mfa-monitor run`: the inbox, what came to its doors, a sweep each minute, alerts."""

import queue
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from types import FrameType

import structlog
from pydantic import JsonValue

from monitor.cli.screen import Screen
from monitor.cli.tally import Tally
from monitor.errors import CheckpointForged, InvalidInput, LedgerConflict, StorageUnavailable
from monitor.events.batch import SourceBatch
from monitor.ledger.cursor import Cursor
from monitor.pipeline.outcome import Outcome
from monitor.sources.files import UnreadableInput
from monitor.sources.inbox import Inbox
from monitor.wiring import Monitor

POLL_SECONDS = 0.5
SWEEP_SECONDS = 60.0
DELIVERY_SECONDS = 5.0
"""How long one round may spend on sending; the rest is sent in the next."""
LONGEST_WAIT_SECONDS = 60.0
"""The pause between attempts while the store is out of reach doubles up to this."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class StopRequest:
    """Set by a signal; a plain flag, since a handler must not take a lock the loop may hold."""

    asked: bool = False

    def __call__(self) -> bool:
        """Tell whether the program was asked to stop."""
        return self.asked


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Turn Ctrl-C and SIGTERM into a request to stop, so that a commit is never interrupted."""
    request = StopRequest()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        request.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Serving:
    """Feeds the monitor from the inbox and from the doors' threads, and shows what it finds.

    `ingest`, `cursors` and `health` may be called from any thread, the rest belongs to one loop.
    The monitor is used by one thread at a time.
    """

    def __init__(
        self,
        monitor: Monitor,
        inbox: Inbox,
        shown: Screen,
        tally: Tally,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monitor = monitor
        self._inbox = inbox
        self._shown = shown
        self._tally = tally
        self._ticks = ticks
        self._lock = Lock()
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._arrived = Event()
        self._next_sweep = ticks()
        self._undelivered = False
        self._unpublished = True
        self._next_publish = ticks()

    def ingest(self, batch: SourceBatch) -> Outcome:
        """Commit one batch; the loop shows and sends what it found.

        Raises:
            StorageUnavailable: the batch is not committed; send it again later.
            LedgerCorrupt: the ledger takes no records.
        """
        outcome = self._commit(batch)
        self._arrived.set()
        return outcome

    def _commit(self, batch: SourceBatch) -> Outcome:
        """Commit from the loop itself: nobody has to be woken for it."""
        with self._lock:
            outcome = self._monitor.ingest(batch)
        self._outcomes.put(outcome)
        return outcome

    def cursors(self) -> Mapping[str, Cursor]:
        """Return what is entered of each Event Hub partition, by its key.

        Raises:
            StorageUnavailable: the ledger cannot be read.
        """
        with self._lock:
            return self._monitor.cursors()

    def health(self) -> Mapping[str, JsonValue]:
        """Return the monitor's health report.

        Raises:
            StorageUnavailable: the store cannot be read.
        """
        with self._lock:
            return self._monitor.health()

    def serve(self, stopped: Callable[[], bool]) -> None:
        """Work until asked to stop; while the store is out of reach, wait and try again.

        Raises:
            LedgerCorrupt: nothing more may be appended.
        """
        pause = POLL_SECONDS
        while not stopped():
            try:
                self.turn(stopped)
                pause = POLL_SECONDS
            except (StorageUnavailable, LedgerConflict, UnreadableInput) as error:
                pause = min(2 * pause, LONGEST_WAIT_SECONDS)
                _log.warning("run.waiting", reason=str(error), seconds=pause)
                self._settle()
            self._wait(pause, stopped)

    def close(self) -> None:
        """Show and sign what came while the doors were being closed."""
        self._settle()
        try:
            self._publish()
        except StorageUnavailable as error:
            # It is committed; the next start signs it.
            _log.warning("run.not_signed", reason=str(error))

    def drain(self, stopped: Callable[[], bool]) -> None:
        """Work until the inbox is empty, then sweep and send once.

        Raises:
            StorageUnavailable: the store cannot be reached.
            LedgerCorrupt: nothing more may be appended.
        """
        while not stopped():
            self._take_files(stopped)
            if not self._inbox.waiting:
                break
            self._wait(POLL_SECONDS, stopped)
        for path in self._inbox.stuck:
            fault = f"inbox: {path.name} was read, but cannot be moved: the next run reads it again"
            self._tally.faults.append(StorageUnavailable(fault))
        self._sweep()
        self._publish()

    def turn(self, stopped: Callable[[], bool]) -> None:
        """Do once whatever is due: files, a sweep, alerts, a checkpoint.

        Raises:
            StorageUnavailable: the store cannot be reached.
            UnreadableInput: the inbox cannot be listed.
            LedgerCorrupt: nothing more may be appended.
        """
        self._arrived.clear()
        unlisted = self._take_files_if_listed(stopped)
        self._settle()
        if self._ticks() >= self._next_sweep:
            self._sweep()
            self._next_sweep = self._ticks() + SWEEP_SECONDS
        elif self._undelivered:
            self._deliver()
        self._publish()
        if unlisted is not None:
            raise unlisted

    def _sweep(self) -> None:
        """Sweep, and send everything that is undelivered, from earlier attempts too."""
        with self._lock:
            outcome = self._monitor.sweep()
        self._outcomes.put(outcome)
        self._settle()
        self._deliver()

    def _take_files_if_listed(self, stopped: Callable[[], bool]) -> UnreadableInput | None:
        """Take files; an inbox that cannot be listed must not keep sweeps and alerts waiting."""
        try:
            self._take_files(stopped)
        except UnreadableInput as error:
            return error
        return None

    def _take_files(self, stopped: Callable[[], bool]) -> None:
        for path in self._inbox.ready():
            if stopped():
                break
            self._take(path)

    def _take(self, path: Path) -> None:
        if not self._inbox.take(path, self._commit):
            self._tally.faults.append(InvalidInput(f"inbox: {path.name} could not be read"))

    def _settle(self) -> None:
        """Show the outcomes that have come, and note whether there is something to send or sign."""
        while True:
            try:
                outcome = self._outcomes.get_nowait()
            except queue.Empty:
                return
            self._tally.add(outcome)
            self._shown.show(outcome)
            self._unpublished = self._unpublished or bool(outcome.seen or outcome.entries)
            found = any(filed.leaf.get("t") == "finding" for filed in outcome.entries)
            self._undelivered = self._undelivered or found

    def _deliver(self) -> None:
        with self._lock:
            outcome = self._monitor.deliver(DELIVERY_SECONDS)
        self._undelivered = False
        self._outcomes.put(outcome)
        self._settle()

    def _publish(self) -> None:
        if self._unpublished and self._ticks() >= self._next_publish:
            # Not under the lock: a batch from HTTP need not wait for witnesses or a snapshot, and
            # publishing keeps its own order.
            try:
                self._monitor.publish()
            except CheckpointForged as error:
                # Whoever can write to the view store must not silence the service.
                _log.error("publish.forged", reason=str(error))
                self._next_publish = self._ticks() + SWEEP_SECONDS
                return
            self._unpublished = False

    def _wait(self, seconds: float, stopped: Callable[[], bool]) -> None:
        """Sleep, but wake for a batch that came over HTTP and for a request to stop."""
        until = self._ticks() + seconds
        while not stopped() and self._ticks() < until:
            if self._arrived.wait(min(POLL_SECONDS / 5, seconds)):
                return
