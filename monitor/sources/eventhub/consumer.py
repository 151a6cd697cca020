"""The consumer: reads all partitions of a hub that are its own, and hands over batches.

The client (azure-eventhub) shares partitions out among instances, reconnects and prefetches. Three
things are ours: a partition begins where the ledger's cursor stands, a batch is handed over until
it is committed, and only then a checkpoint is written.

A partition begins *at* the last entered position, not after it. The event there is dropped as a
repeat, and on the way it proves that the hub is still the same one: in a hub that was made anew
under the old name, that number belongs to a later event, or to none.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, cast

import structlog

from monitor.errors import LedgerConflict, LedgerCorrupt, MonitorError, StorageUnavailable
from monitor.events.batch import SourceBatch
from monitor.ledger.cursor import Cursor
from monitor.pipeline.outcome import Outcome
from monitor.sources.eventhub.forgetting import forget_deliveries
from monitor.sources.eventhub.hub import Hub, kept
from monitor.sources.eventhub.idling import slow_down

if TYPE_CHECKING:
    from azure.eventhub import CheckpointStore, EventData, EventHubConsumerClient, PartitionContext

BATCH_EVENTS = 32
"""Most events of one commit; as in host.json."""
PREFETCH = 64
"""Events fetched ahead of the commit; as in host.json."""
OWNER_LEVEL = 0
"""The level of every instance, and of the Functions host: the latest reader gets the partition."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 60.0
"""The pause between attempts at a batch while the store is out of reach doubles."""
STOPPING_SECONDS = 30.0
"""How long a stop waits for the batch in hand, the client and its connections."""
RETRIES = 0
"""The client must not reconnect by itself: it would go on after the last offset it was given, not
where the ledger stands, and a refusal that lasts would never be told (Azure/azure-sdk-for-python
issue 27137; seen in 5.15.1). An error gives the partition up, and the next claim begins anew."""
FROM_START = "-1"

_log = structlog.get_logger(__name__)


class Intake(Protocol):
    """What takes the batches; called from the consumer's threads."""

    def ingest(self, batch: SourceBatch) -> Outcome:
        """Commit one batch; what was committed before changes nothing."""

    def cursors(self) -> Mapping[str, Cursor]:
        """Return what is entered of each partition, by its key."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often instances look at who owns what, and after how long an owner is taken for dead.

    Both in seconds.
    """

    balancing: float = 5.0
    expiry: float = 30.0


class _Stopping(Exception):
    """The batch in hand is given up because the consumer stops; it is read again next time."""


class HubConsumer:
    """Reads from `start` to `stop`, in threads of its own.

    `fault` is what ended it by itself: a ledger that takes nothing more, or a hub that counts from
    the start. Without `store` this must be the only instance.
    """

    def __init__(
        self,
        hub: Hub,
        intake: Intake,
        store: "CheckpointStore | None" = None,
        pace: Pace = Pace(),
    ) -> None:
        self.fault: MonitorError | None = None
        self.hub = hub
        self._intake = intake
        self._store = store
        self._stopping = threading.Event()
        self._client: EventHubConsumerClient = hub.consumer(
            hub.consumer_group,
            checkpoint_store=store,
            retry_total=RETRIES,
            load_balancing_interval=pace.balancing,
            partition_ownership_expiration_interval=pace.expiry,
        )
        self._thread = threading.Thread(target=self._run, name="eventhub", daemon=True)

    def start(self) -> Self:
        """Begin to read."""
        self._thread.start()
        slow_down(self._client, self._stopping)
        return self

    def stop(self) -> None:
        """Finish the batch in hand, give the partitions back and close; may be called twice."""
        self._stopping.set()
        self._client.close()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(STOPPING_SECONDS)
            if self._thread.is_alive():
                _log.warning("eventhub.not_closed", seconds=STOPPING_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        positions = Positions(self.hub, self._intake, self._client)
        try:
            self._client.receive_batch(
                self._take,
                max_batch_size=BATCH_EVENTS,
                prefetch=PREFETCH,
                owner_level=OWNER_LEVEL,
                # A mapping that is asked each time a partition is claimed; typed as a dictionary.
                starting_position=cast("dict[str, Any]", positions),
                on_error=self._failed,
            )
        except Exception as error:  # noqa: BLE001 - a thread's door: see below
            # Whatever ends the client ends the consumer, and is said where it is waited for.
            _log.exception("eventhub.ended")
            self._end(self.hub.unavailable(error))

    def _take(self, partition: "PartitionContext", events: "Sequence[EventData]") -> None:
        """Commit the batch, however long the store is out of reach; then write the checkpoint."""
        if not events:
            return
        batch = self.hub.batch(partition.partition_id, events)
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                self._intake.ingest(batch)
            except (StorageUnavailable, LedgerConflict) as error:
                _log.warning("eventhub.waiting", reason=str(error), seconds=pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            except LedgerCorrupt as error:
                self._end(error)
            else:
                self._checkpoint(partition, events[-1])
                forget_deliveries(self._client)
                return
        raise _Stopping

    def _checkpoint(self, partition: "PartitionContext", event: "EventData") -> None:
        """Write how far the partition is committed; nobody but tools that measure lag reads it."""
        if self._store is None:
            return
        try:
            partition.update_checkpoint(event)
        except Exception as error:  # noqa: BLE001 - the commit stands, with or without it
            reason = type(error).__name__
            _log.warning("eventhub.no_checkpoint", partition=partition.partition_id, reason=reason)

    def _failed(self, partition: "PartitionContext | None", error: Exception) -> None:
        """The client goes on by itself: it claims the partition again after a while."""
        if isinstance(error, _Stopping) or self._stopping.is_set():
            return
        if isinstance(error, LedgerCorrupt):
            self._end(error)
            return
        reason = str(error) if isinstance(error, MonitorError) else str(self.hub.unavailable(error))
        identity = partition.partition_id if partition else None
        _log.warning("eventhub.waiting", partition=identity, reason=reason)

    def _end(self, fault: MonitorError) -> None:
        if self.fault is None:
            self.fault = fault
        self._stopping.set()
        self._client.close()


class Positions(Mapping[str, "int | str"]):
    """Where each partition begins: looked up in the ledger whenever the client claims one."""

    def __init__(self, hub: Hub, intake: Intake, client: "EventHubConsumerClient") -> None:
        self._hub = hub
        self._intake = intake
        self._client = client

    def __getitem__(self, partition: str) -> "int | str":
        """Return the sequence number after which to begin, so that the last entered comes again.

        Raises:
            LedgerCorrupt: the hub's last number is below what was entered: it was made anew.
            StorageUnavailable: the ledger cannot be read.
            EventHubError: the hub cannot be asked.
        """
        cursor = self._intake.cursors().get(self._hub.partition(partition).key)
        if cursor is None:
            return FROM_START
        last = kept(self._client, partition).last
        if last < cursor.high:
            raise LedgerCorrupt(
                f"partition {partition} ends at event {last}, and all up to {cursor.high} are "
                "entered: the hub was made anew and counts from the start; set a new epoch"
            )
        return cursor.high - 1 if cursor.high > 0 else FROM_START

    def __iter__(self) -> Iterator[str]:
        return iter(self._client.get_partition_ids())

    def __len__(self) -> int:
        return len(self._client.get_partition_ids())
