"""What the Functions doors share: the app settings, and the worker process's one open monitor.

Nothing is opened while the host indexes the app; the first invocation opens the monitor, and all
worker threads share it. It queues them itself: one evaluation and commit at a time (DESIGN
section 1).
"""

import atexit
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.events.batch import SourceBatch
from monitor.pipeline import Outcome

if TYPE_CHECKING:
    from monitor.ledger.cursor import Cursor
    from monitor.settings import Settings
    from monitor.wiring.gaps import Gap

OPENING_SECONDS = 120.0
"""How long an invocation waits while another one opens the monitor, seconds. Far below host.json's
functionTimeout, which would move the checkpoint past a batch that nobody recorded."""

HTTP_OPENING_SECONDS = 20.0
"""How long a request waits for that, seconds: its sender is told to come again instead."""

_EPOCH = re.compile(r"[A-Za-z0-9._-]{1,40}")


class Monitor(Protocol):
    """What the triggers ask of `monitor.wiring.Monitor`, from several threads at once."""

    def ingest(self, batch: SourceBatch) -> Outcome:
        """Evaluate the batch and commit it; a batch seen before changes nothing."""

    def sweep(self) -> Outcome:
        """Record what time alone has decided: deadlines passed, changes pending for too long."""

    def deliver(self, limit_seconds: float, *, digests: bool = True) -> Outcome:
        """Send the findings that have no delivery entry yet, for at most that many seconds.

        Called while another thread delivers, it must not send a finding a second time. `digests`
        says whether to send those too.
        """

    def send_digests(self, limit_seconds: float) -> Outcome:
        """Send the digests that are due and not sent yet, for at most that many seconds."""

    def publish(self) -> object:
        """Sign a checkpoint of what is committed and put it where the view keeps it."""


class HealthReport(Protocol):
    """The part of `monitor.wiring.Monitor` that the status routes show."""

    def refresh(self, patience_seconds: float) -> None:
        """Look whether another process has committed; give up on a busy one after that long."""

    def cursors(self) -> Mapping[str, "Cursor"]:
        """Return what is entered of each Event Hub partition, by its key."""

    def health(self) -> Mapping[str, JsonValue]:
        """Return `status` (`ok` or another word), counts and times; no names, no tenants."""


class Repairable(Protocol):
    """The part of `monitor.wiring.Monitor` that closing gaps takes."""

    settings: "Settings"

    def gaps(self) -> Sequence["Gap"]:
        """Return the gaps, open and lost."""

    def lose_gap(self, key: str, first: int, last: int) -> Outcome:
        """Enter that open positions can no longer be read."""


class OpenMonitor(Monitor, HealthReport, Repairable, Protocol):
    """Everything the doors ask of the one monitor they share."""


@dataclass(frozen=True, slots=True)
class AppSettings:
    """The app settings read here; the trigger's own (`EVENTHUB_NAME` ...) are read by the host.

    `data` is the data directory, `config` the monitor.toml if there is one, `epoch` the hub epoch
    of DESIGN section 4. Relative paths start at the working directory of the worker.
    """

    data: Path
    config: Path | None
    epoch: str


def app_settings(environment: Mapping[str, str]) -> AppSettings:
    """Read `MFA_MONITOR_DATA`, `MFA_MONITOR_CONFIG` and `EVENTHUB_EPOCH`; empty means not set.

    Raises:
        InvalidInput: the epoch is not 1 to 40 letters, digits, dots, underscores or hyphens.
    """
    epoch = environment.get("EVENTHUB_EPOCH") or "0"
    if not _EPOCH.fullmatch(epoch):
        raise InvalidInput(
            f"EVENTHUB_EPOCH: {epoch!r} is not 1 to 40 letters, digits, dots, underscores, hyphens"
        )
    config = environment.get("MFA_MONITOR_CONFIG")
    return AppSettings(
        data=Path(environment.get("MFA_MONITOR_DATA") or "mfa-monitor-data"),
        config=Path(config) if config else None,
        epoch=epoch,
    )


Opener = Callable[[AppSettings], AbstractContextManager[OpenMonitor]]


def open_from_settings(settings: AppSettings) -> AbstractContextManager[OpenMonitor]:
    """Open the monitor that wiring builds.

    Raises:
        MonitorError: whatever `monitor.wiring.open_monitor` raises.
    """
    # Imported at the first invocation: indexing and the host's cold start do not pay for it.
    from monitor.wiring import open_monitor  # noqa: PLC0415 - see above

    return open_monitor(settings.data, settings.config)


class SharedMonitor:
    """Opens the worker process's monitor when it is first asked for, and keeps it."""

    def __init__(self, opener: Opener = open_from_settings) -> None:
        self._opener = opener
        self._lock = Lock()
        self._opened: OpenMonitor | None = None
        self._stack = ExitStack()

    def get(self, wait_seconds: float = OPENING_SECONDS) -> OpenMonitor:
        """Return the monitor, opening it if nobody has; a failed opening is tried again next time.

        Raises:
            StorageUnavailable: another thread has been opening it for `wait_seconds`; the host
                retries the batch instead of timing out over it.
            MonitorError: the monitor cannot be opened.
        """
        if not self._lock.acquire(timeout=wait_seconds):
            raise StorageUnavailable(f"the ledger is still being opened after {wait_seconds} s")
        try:
            if self._opened is None:
                self._opened = self._stack.enter_context(self._opener(app_settings(os.environ)))
            return self._opened
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the monitor if it is open; the next `get` opens it with the settings of then."""
        with self._lock:
            self._opened = None
            self._stack.close()


shared = SharedMonitor()
"""The monitor of this worker process."""

atexit.register(shared.close)
