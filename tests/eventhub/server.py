"""The stand-in for an Event Hubs namespace: a server on 127.0.0.1, in a thread of its own.

It speaks AMQP 1.0 as far as azure-eventhub uses it, so that the client runs unmodified with the
connection string it gives. Faults are ordered through its methods, from any thread.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar

from tests.eventhub.broker import SERVER_BUSY, Broker
from tests.eventhub.connection import Connection
from tests.eventhub.hub import Partition

T = TypeVar("T")
HUB = "insights-logs-auditlogs"
GROUP = "mfa-monitor"


def connection_string(port: int, hub: str | None = HUB) -> str:
    """Return a connection string for a stand-in at that port."""
    entity = f";EntityPath={hub}" if hub else ""
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=test;SharedAccessKey=dGVzdA=="
        f";UseDevelopmentEmulator=true{entity}"
    )


class StandIn:
    """A namespace with one hub to begin with.

    Args:
        partitions: how many the hub has.
        hub: its name.
        groups: its consumer groups beside `$Default`.
        port: 0 takes any free one.
        segment: put before each offset, so that it is no number.
    """

    def __init__(
        self,
        partitions: int = 1,
        *,
        hub: str = HUB,
        groups: Sequence[str] = (GROUP,),
        port: int = 0,
        segment: str = "",
    ) -> None:
        self.hub = hub
        self.port = port
        self._groups = groups
        self._count = partitions
        self._segment = segment
        self._broker = Broker()
        self._broker.namespace.make(hub, partitions, groups, segment=segment)
        self._loop = asyncio.new_event_loop()
        self._started: Future[int] = Future()
        self._thread = threading.Thread(target=self._serve, name="stand-in", daemon=True)

    @property
    def connection_string(self) -> str:
        """What azure-eventhub is given."""
        return connection_string(self.port, self.hub)

    def start(self) -> Self:
        """Begin to listen.

        Raises:
            OSError: the port is taken.
        """
        self._thread.start()
        self.port = self._started.result(10)
        return self

    def stop(self) -> None:
        """Drop every connection and end."""
        if self._loop.is_running():
            self._call(self._broker.drop_all)
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def send(
        self,
        *bodies: bytes,
        partition: str = "0",
        properties: Mapping[str, str] | None = None,
        enqueued: int | None = None,
    ) -> None:
        """Put events into a partition, as if somebody had sent them."""

        def work() -> None:
            self._broker.namespace.fill(
                self.hub, bodies, partition=partition, properties=properties, enqueued=enqueued
            )
            self._broker.wake()

        self._call(work)

    def bodies(self, partition: str = "0") -> list[bytes]:
        """Return the messages of a partition as they are stored."""
        return self._call(lambda: [event.body for event in self._log(partition).events])

    def next(self, partition: str = "0") -> int:
        """Return the number the next event of a partition gets."""
        return self._call(lambda: self._log(partition).next)

    def forget_before(self, sequence: int, partition: str = "0") -> None:
        """Let retention pass up to that number."""
        self._call(lambda: self._log(partition).forget_before(sequence))

    def skip_to(self, sequence: int, partition: str = "0") -> None:
        """Let an empty partition begin at that number, as after long use."""

        def work() -> None:
            self._log(partition).beginning = sequence

        self._call(work)

    def anew(self) -> None:
        """Delete the hub and make it anew: numbers begin at 0, readers are cut off."""

        def work() -> None:
            self._broker.namespace.make(self.hub, self._count, self._groups, segment=self._segment)
            self._broker.drop_all()

        self._call(work)

    def drop_connections(self) -> None:
        """Cut every line."""
        self._call(self._broker.drop_all)

    def drop_after(self, events: int) -> None:
        """Cut a reader's line after so many more delivered events."""
        self._order(drop_after=events)

    def reject_next(self, count: int = 1, condition: str = SERVER_BUSY) -> None:
        """Reject so many sends."""
        told = [(condition, "ordered by the test")] * count
        self._call(lambda: self._broker.faults.rejections.extend(told))

    def refuse_next(self, count: int) -> None:
        """Close so many connections as they come."""
        self._order(refuse=count)

    def deny(self, reason: str) -> None:
        """Refuse tokens, until it is called with nothing."""
        self._order(deny=reason)

    def stall(self, *, stalled: bool = True) -> None:
        """Deliver and settle nothing, or go on."""
        self._order(stalled=stalled)
        self._call(self._broker.wake)

    def redeliver(self, events: int) -> None:
        """Deliver to each reader so many events again (negative: leave out the next ones)."""

        def work() -> None:
            for held in self._broker.readers.values():
                for reader in [*held]:
                    reader.rewind(events)

        self._call(work)

    def readers(self) -> int:
        """Return how many receivers are attached."""
        return self._call(lambda: sum(map(len, self._broker.readers.values())))

    def delivered(self) -> int:
        """Return how many events were delivered, repeats included."""
        return self._call(lambda: self._broker.delivered)

    def stolen(self) -> int:
        """Return how many receivers lost their link to another."""
        return self._call(lambda: self._broker.stolen)

    def add_hub(self, name: str, partitions: int, groups: Iterable[str] = ()) -> None:
        """Make another hub."""
        self._call(lambda: self._broker.namespace.make(name, partitions, groups))

    def _order(self, **faults: object) -> None:
        def work() -> None:
            for name, value in faults.items():
                setattr(self._broker.faults, name, value)

        self._call(work)

    def _log(self, partition: str) -> Partition:
        return self._broker.namespace.hub(self.hub).partition(partition)

    def _call(self, work: Callable[[], T]) -> T:
        """Do it in the loop's thread, where everything else happens; return its result."""

        async def done() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
        except OSError as fault:
            self._started.set_exception(fault)
        finally:
            self._loop.close()

    async def _listen(self) -> None:
        self._ended = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self._started.set_result(server.sockets[0].getsockname()[1])
        async with server:
            await self._ended.wait()
            self._broker.drop_all()
        running = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        faults = self._broker.faults
        if faults.refuse > 0:
            faults.refuse -= 1
            writer.close()
            return
        await Connection(self._broker, reader, writer).run()
