"""A session: its links by handle, its windows, and what a client asks of it."""

import struct
from collections.abc import Callable

from tests.eventhub.broker import Broker
from tests.eventhub.frames import Code, Frame, error, frame, u8, u16, u32, u64
from tests.eventhub.hub import Refusal
from tests.eventhub.links import (
    LARGEST_MESSAGE,
    Inlet,
    Outlet,
    Replies,
    address_of,
    epoch_of,
    selector_of,
    storing,
)
from tests.eventhub.management import NODES, answering
from tests.eventhub.wire import Array, Encoded, Value, encode

OVERHEAD = 512
"""Bytes of a transfer frame that are not payload, at most."""
WIDE = 2**31 - 1
"""The incoming window a client is told; it is never closed."""

Link = Inlet | Outlet | Replies


class Session:
    """One session; its channel and its handles are the client's."""

    def __init__(
        self,
        broker: Broker,
        channel: int,
        frame_bytes: int,
        write: Callable[[bytes], None],
        drop: Callable[[], None],
    ) -> None:
        self.broker = broker
        self.drop = drop
        self._channel = channel
        self._frame_bytes = frame_bytes
        self._write = write
        self._links: dict[int, Link] = {}
        self._replies: dict[str, Replies] = {}
        self._incoming = 0
        self._outgoing = 0
        self._limit = 0

    def begin(self, asked: Frame) -> None:
        """Answer a begin."""
        self._incoming = asked.field(1) or 0
        self._limit = asked.field(2) or 0
        self.send(
            Code.BEGIN,
            [u16(self._channel), u32(0), u32(WIDE), u32(WIDE), u32(255), None, None, None],
        )

    def take(self, came: Frame) -> None:
        """Take a frame that is for a link or for the session."""
        match came.code:
            case Code.ATTACH:
                self._attach(came)
            case Code.FLOW:
                self._flow(came)
            case Code.TRANSFER:
                self._transfer(came)
            case Code.DETACH:
                self._detach(came)

    def send(self, code: Code, fields: list[Value], payload: bytes = b"") -> None:
        """Send a frame on this session."""
        self._write(frame(self._channel, code, fields, payload))

    def deliver(self, handle: int, message: bytes) -> None:
        """Send a message, settled, in as many frames as it needs."""
        identity, room = self._outgoing, self._frame_bytes - OVERHEAD
        tag = struct.pack(">I", identity & 0xFFFFFFFF)
        for start in range(0, max(1, len(message)), room):
            piece = message[start : start + room]
            more = start + room < len(message)
            head: list[Value] = [u32(handle), u32(identity), tag, u32(0), True, more]
            self.send(Code.TRANSFER, [*head, None, None, False, False, False], piece)
            self._outgoing += 1

    def window_open(self) -> bool:
        """Tell whether the client takes another transfer."""
        return self._outgoing < self._limit

    def grant(self, handle: int, delivery_count: int, credit: int) -> None:
        """Give a sending client credit."""
        counts = [u32(self._incoming), u32(WIDE), u32(self._outgoing), u32(WIDE)]
        link: list[Value] = [u32(handle), u32(delivery_count), u32(credit), u32(0)]
        self.send(Code.FLOW, [*counts, *link, False, False, None])

    def close(self) -> None:
        """Let go of every link."""
        for link in self._links.values():
            link.close()
        self._links.clear()

    def _attach(self, asked: Frame) -> None:
        handle, receives = asked.field(1), bool(asked.field(2))
        refusal: Refusal | None = None
        link: Link | None = None
        try:
            link = self._outlet(asked) if receives else self._inlet(asked)
        except Refusal as fault:
            refusal = fault
        self._confirm(asked, receives=receives)
        if refusal is not None:
            said = error(refusal.condition, str(refusal))
            self.send(Code.DETACH, [u32(handle), True, said])
        elif link is not None:
            self._links[handle] = link
            if isinstance(link, Inlet):
                link.open()

    def _confirm(self, asked: Frame, *, receives: bool) -> None:
        """Answer an attach with the client's own source and target."""
        count: Value = u32(0) if receives else None
        wanted = asked.field(12)
        offered = (
            Array(tuple(map(str, wanted))) if isinstance(wanted, list) else Encoded(encode(None))
        )
        self.send(
            Code.ATTACH,
            [
                asked.echoed(0),
                asked.echoed(1),
                not receives,
                u8(asked.field(3) or 0),
                u8(asked.field(4) or 0),
                asked.echoed(5),
                asked.echoed(6),
                None,
                False,
                count,
                u64(LARGEST_MESSAGE),
                offered,
                None,
                None,
            ],
        )

    def _inlet(self, asked: Frame) -> Inlet:
        address, count = address_of(asked.field(6)), asked.field(9) or 0
        if address in NODES:
            take = answering(self.broker, address, self._answer(address))
        else:
            hub, partition = self.broker.target(address)
            take = storing(self.broker, hub, partition)
        return Inlet(self, asked.field(1), count, take)

    def _answer(self, node: str) -> Callable[[bytes], None]:
        def answer(message: bytes) -> None:
            # Looked up at each answer: a client attaches its two links in either order.
            self._replies[node].answer(message)

        return answer

    def _outlet(self, asked: Frame) -> Outlet | Replies:
        address = address_of(asked.field(5))
        if address in NODES:
            replies = Replies(self, asked.field(1))
            self._replies[address] = replies
            return replies
        place, log = self.broker.source(address)
        epoch = epoch_of(asked.field(13))
        outlet = Outlet(self, asked.field(1), place, log, selector_of(asked.field(5)), epoch)
        self.broker.admit(place, outlet)
        return outlet

    def _flow(self, came: Frame) -> None:
        seen = came.field(0)
        self._limit = (self._outgoing if seen is None else seen) + (came.field(1) or 0)
        link = self._links.get(came.field(4))
        if isinstance(link, Outlet | Replies):
            link.flow(came)
        elif link is None:
            for one in [*self._links.values()]:
                if isinstance(one, Outlet):
                    one.pump()

    def _transfer(self, came: Frame) -> None:
        link = self._links.get(came.field(0))
        if isinstance(link, Inlet):
            if not came.field(5):
                self._incoming += 1
            link.transfer(came)

    def _detach(self, came: Frame) -> None:
        link = self._links.pop(came.field(0), None)
        if link is not None:
            link.close()
            self.send(Code.DETACH, [u32(came.field(0)), bool(came.field(1)), None])
