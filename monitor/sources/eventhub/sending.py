"""Sending files to a hub: the smoke test of a deployment.

What is sent has the form of Entra's diagnostic settings, `{"records":[...]}`, and is synthetic all
the way through (`monitor.events.synthetic`). What could not be told from a real record afterwards
is not sent.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from monitor.events.read import read_message
from monitor.events.synthetic import PROPERTY, retenanted, run_inside, synthetic_run
from monitor.sources.eventhub.hub import Hub

if TYPE_CHECKING:
    from azure.eventhub import EventData, EventDataBatch

LARGEST_EVENT = 1_000_000
"""Bytes of a body; an event and a batch may have 1 MB (1,048,576 bytes) with all around it
(learn.microsoft.com/azure/event-hubs/event-hubs-quotas)."""

_OPENING, _CLOSING = b'{"records":[', b"]}"


class _Envelope(Struct):
    records: list[Raw] | UnsetType = UNSET
    value: list[Raw] | UnsetType = UNSET


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_LIST = msgspec.json.Decoder(list[Raw])


@dataclass(slots=True)
class Sent:
    """What was sent: events, the records in them, their bytes; `refused` messages were not."""

    messages: int = 0
    records: int = 0
    bytes: int = 0
    refused: int = 0


def synthetic_bodies(body: bytes, run: str) -> list[bytes] | None:
    """Return a message as the bodies to send for it; None where it must not be sent.

    It must not where it names no tenant, where one of its records would not be marked, or where a
    record is too large for an event.
    """
    ours = retenanted(body, run)
    if ours is None:
        return None
    bodies = [*_packed(ours)]
    if any(len(one) > LARGEST_EVENT or not _marked(one) for one in bodies):
        return None
    return bodies


def _packed(body: bytes) -> Iterator[bytes]:
    pieces = _pieces(body)
    if pieces is None:
        yield body  # broken: it goes as it is, for that is what is to be tried
        return
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        if held and size + len(piece) >= LARGEST_EVENT - len(_OPENING) - len(_CLOSING):
            yield _OPENING + b",".join(held) + _CLOSING
            held, size = [], 0
        held.append(piece)
        size += len(piece) + 1
    if held:
        yield _OPENING + b",".join(held) + _CLOSING


def _pieces(body: bytes) -> list[bytes] | None:
    with suppress(msgspec.DecodeError, RecursionError):
        return [bytes(raw) for raw in _LIST.decode(body)]
    with suppress(msgspec.DecodeError, RecursionError):
        found = _ENVELOPE.decode(body)
        for records in (found.records, found.value):
            if records is not UNSET:
                return [bytes(raw) for raw in records]
        return [body]
    return None


def _marked(body: bytes) -> bool:
    """Tell whether every entry that can come of the body will say that it is synthetic."""
    reading = read_message(body)
    told = all(synthetic_run(event.tenant) for event in reading.events)
    return told and all(
        synthetic_run(item.tenant) or run_inside(item.body) for item in reading.quarantined
    )


class Sender:
    """Sends the messages of a run, in order, to one partition of the hub's choice.

    Args:
        hub: where to.
        run: `monitor.events.synthetic.new_run`.
        rate: most events a second; None as fast as the hub takes them.

    Raises:
        InvalidInput: the connection string cannot be used.
    """

    def __init__(
        self,
        hub: Hub,
        run: str,
        rate: float | None = None,
        ticks: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sent = Sent()
        self._hub = hub
        self._run = run
        self._rate = rate
        self._ticks = ticks
        self._sleep = sleep
        self._due = ticks()
        self._producer = hub.producer()
        self._batch: EventDataBatch | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send what is held, unless something went wrong, and close."""
        try:
            if error is None:
                self.flush()
        finally:
            self._producer.close()

    def add(self, body: bytes) -> None:
        """Take a message; it is sent when a batch is full.

        Raises:
            HubUnavailable: the hub takes no events.
        """
        bodies = synthetic_bodies(body, self._run)
        if bodies is None:
            self.sent.refused += 1
            return
        for one in bodies:
            self._add(one)

    def flush(self) -> None:
        """Send what is held.

        Raises:
            HubUnavailable: the hub takes no events.
        """
        batch = self._batch
        if batch is None or not len(batch):
            return
        self._wait(len(batch))
        self._offer(batch)
        self._batch = None

    def _add(self, body: bytes) -> None:
        event = self._event(body)
        if not self._fits(event):
            self.flush()
            self._fits(event)
        self.sent.messages += 1
        self.sent.records += read_message(body).seen
        self.sent.bytes += len(body)
        if self._rate is not None and self._batch and len(self._batch) >= max(1, self._rate):
            self.flush()

    def _event(self, body: bytes) -> "EventData":
        from azure.eventhub import EventData  # noqa: PLC0415 - see `Hub.consumer`

        event = EventData(body)
        event.properties = {PROPERTY: self._run}
        return event

    def _fits(self, event: "EventData") -> bool:
        """Put the event into the batch in hand; tell whether there was room."""
        from azure.eventhub.exceptions import EventHubError  # noqa: PLC0415 - see `Hub.consumer`

        if self._batch is None:
            try:
                # One key, one partition: what a run sends is read in the order it was sent.
                self._batch = self._producer.create_batch(partition_key=self._run)
            except EventHubError as error:
                raise self._hub.unavailable(error) from error
        try:
            self._batch.add(event)
        except ValueError:
            if not len(self._batch):
                raise
            return False
        return True

    def _offer(self, batch: "EventDataBatch") -> None:
        from azure.eventhub.exceptions import EventHubError  # noqa: PLC0415 - see `Hub.consumer`

        try:
            self._producer.send_batch(batch)
        except EventHubError as error:
            raise self._hub.unavailable(error) from error

    def _wait(self, count: int) -> None:
        if self._rate is None:
            return
        pause = self._due - self._ticks()
        if pause > 0:
            self._sleep(pause)
        self._due = max(self._due, self._ticks()) + count / self._rate
