"""Links: what a client sends into, and what it receives from."""

import re
from collections.abc import Callable
from typing import Protocol

from tests.eventhub.broker import Broker, Place
from tests.eventhub.frames import Code, Frame, error, u32
from tests.eventhub.hub import Hub, Partition, Refusal
from tests.eventhub.message import partition_key, unpacked
from tests.eventhub.wire import Described, Malformed, Symbol, Unsigned, Value

CREDIT = 300
EPOCH = "com.microsoft:epoch"
SELECTOR = "apache.org:selector-filter:string"
LARGEST_MESSAGE = 1024 * 1024
ADDRESS = re.compile(r"^amqps?://[^/]+/")

ACCEPTED = Described(Unsigned(Code.ACCEPTED, 64), [])


class Channel(Protocol):
    """The session a link belongs to."""

    broker: Broker

    def send(self, code: Code, fields: list[Value], payload: bytes = b"") -> None:
        """Send a frame."""

    def deliver(self, handle: int, message: bytes) -> None:
        """Send a message on a link, in as many frames as it needs."""

    def window_open(self) -> bool:
        """Tell whether the client takes another transfer."""

    def grant(self, handle: int, delivery_count: int, credit: int) -> None:
        """Give a sending client credit."""

    def drop(self) -> None:
        """Drop the connection."""


def address_of(terminus: Value) -> str:
    """Return the address a source or target names, without scheme and host."""
    if not isinstance(terminus, Described) or not terminus.value:
        return ""
    return ADDRESS.sub("", str(terminus.value[0] or ""))


def selector_of(source: Value) -> str | None:
    """Return the text of the selector filter of a source, if it has one."""
    filters = source.value[7] if len(source.value) > 7 else None
    if not isinstance(filters, dict) or SELECTOR not in filters:
        return None
    given = filters[SELECTOR]
    text = given.value if isinstance(given, Described) else given
    return text.decode() if isinstance(text, bytes) else str(text)


class Inlet:
    """A link a client sends into; `take` is called with each whole message."""

    def __init__(
        self, channel: Channel, handle: int, count: int, take: Callable[[bytes, int], None]
    ) -> None:
        self._channel = channel
        self._handle = handle
        self._count = count
        self._take = take
        self._credit = 0
        self._parts = bytearray()
        self._first: Frame | None = None
        self._held: list[Frame] = []

    def open(self) -> None:
        """Give the client its first credit."""
        self._credit = CREDIT
        self._channel.grant(self._handle, self._count, self._credit)

    def transfer(self, frame: Frame) -> None:
        """Take a frame of a delivery; settle when it was the last."""
        self._first = self._first or frame
        self._parts += frame.payload
        if frame.field(5):
            return
        first, message = self._first, bytes(self._parts)
        self._first, self._parts = None, bytearray()
        self._count += 1
        self._credit -= 1
        if self._channel.broker.faults.stalled:
            return
        state = self._outcome(message, int(first.field(3) or 0))
        if not first.field(4):
            fields = [True, u32(first.field(1)), u32(first.field(1)), True, state, False]
            self._channel.send(Code.DISPOSITION, fields)
        if self._credit <= CREDIT // 2:
            self.open()

    def _outcome(self, message: bytes, form: int) -> Described:
        if len(message) > LARGEST_MESSAGE:
            return _rejected("amqp:link:message-size-exceeded", f"{len(message)} bytes")
        try:
            self._take(message, form)
        except Refusal as refusal:
            return _rejected(refusal.condition, str(refusal))
        except Malformed as fault:
            return _rejected("amqp:decode-error", str(fault))
        return ACCEPTED

    def close(self) -> None:
        """Nothing is held."""


def _rejected(condition: str, description: str) -> Described:
    return Described(Unsigned(Code.REJECTED, 64), [error(condition, description)])


def storing(broker: Broker, hub: Hub, partition: str | None) -> Callable[[bytes, int], None]:
    """Return what stores the events of a delivery in a hub, all or none."""

    def take(message: bytes, form: int) -> None:
        if broker.faults.rejections:
            raise Refusal(*broker.faults.rejections.popleft())
        key = partition_key(message)
        for event in [*unpacked(message, form)]:
            broker.store(hub, event, key, partition)
        broker.wake()

    return take


class Outlet:
    """A link a client receives events from."""

    def __init__(
        self,
        channel: Channel,
        handle: int,
        place: Place,
        log: Partition,
        selector: str | None,
        epoch: int | None,
    ) -> None:
        self._channel = channel
        self._handle = handle
        self._place = place
        self._log = log
        self.epoch = epoch
        self._next = log.start(selector)
        self._credit = 0
        self._count = 0
        self._gone = False

    def flow(self, frame: Frame) -> None:
        """Take credit from the client."""
        known = frame.field(5) or 0
        self._credit = known + (frame.field(6) or 0) - self._count
        self.pump()

    def pump(self) -> None:
        """Deliver what there is credit, and a window, for."""
        broker = self._channel.broker
        while not self._gone and self._credit > 0 and not broker.faults.stalled:
            event = self._log.at(self._next)
            if event is None or not self._channel.window_open():
                return
            self._channel.deliver(self._handle, event.message())
            self._next = event.sequence + 1
            self._count += 1
            self._credit -= 1
            if broker.counted():
                self._channel.drop()
                return

    def rewind(self, count: int) -> None:
        """Deliver that many events again (or leave out as many)."""
        self._next = max(self._log.beginning, self._next - count)
        self.pump()

    def expel(self, condition: str, description: str) -> None:
        """Detach the client."""
        self.close()
        self._channel.send(Code.DETACH, [u32(self._handle), True, error(condition, description)])

    def close(self) -> None:
        """Deliver nothing more."""
        self._gone = True
        self._channel.broker.leave(self._place, self)


class Replies:
    """A link a client receives the answers of a management node from."""

    def __init__(self, channel: Channel, handle: int) -> None:
        self._channel = channel
        self._handle = handle

    def answer(self, message: bytes) -> None:
        """Send an answer."""
        self._channel.deliver(self._handle, message)

    def flow(self, frame: Frame) -> None:
        """Answers are few; the client always grants enough."""

    def close(self) -> None:
        """Nothing is held."""


def epoch_of(properties: Value) -> int | None:
    """Return the owner level in the properties of an attach."""
    if not isinstance(properties, dict):
        return None
    level = properties.get(Symbol(EPOCH))
    return level if isinstance(level, int) else None
