"""A connection: headers, SASL, open, frames to sessions, heartbeats."""

import asyncio
from contextlib import suppress

from tests.eventhub.broker import Broker
from tests.eventhub.frames import (
    AMQP_HEADER,
    EMPTY,
    HEADER_BYTES,
    SASL,
    SASL_HEADER,
    Code,
    Frame,
    error,
    frame,
    parse,
    u8,
    u16,
    u32,
)
from tests.eventhub.session import Session
from tests.eventhub.wire import Array, Malformed

FRAME_BYTES = 65536
IDLE_MILLISECONDS = 240_000
MECHANISMS = Array(("MSSBCBS", "PLAIN", "ANONYMOUS"))
HIGH_WATER = 8 * 1024 * 1024


class Connection:
    """One client; `run` ends when it leaves or is dropped."""

    def __init__(
        self, broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._broker = broker
        self._reader = reader
        self._writer = writer
        self._sessions: dict[int, Session] = {}
        self._frame_bytes = FRAME_BYTES
        self._heart: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve the client."""
        self._broker.drops.add(self.drop)
        try:
            await self._serve()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has left, or was dropped: both are what a test wants
        except Malformed as fault:
            said = error("amqp:decode-error", str(fault))
            self._write(frame(0, Code.CLOSE, [said]))
        finally:
            self._broker.drops.discard(self.drop)
            if self._heart:
                self._heart.cancel()
            for session in self._sessions.values():
                session.close()
            self._writer.close()
            with suppress(ConnectionError):
                await self._writer.wait_closed()

    def drop(self) -> None:
        """Cut the line, without a word; what was written before may still arrive."""
        for session in self._sessions.values():
            session.close()
        self._writer.close()

    async def _serve(self) -> None:
        if await self._reader.readexactly(HEADER_BYTES) == SASL_HEADER:
            await self._authenticate()
            await self._reader.readexactly(HEADER_BYTES)
        self._write(AMQP_HEADER)
        while True:
            came = await self._frame()
            if came is not None:
                self._take(came)
            if came is not None and came.code == Code.CLOSE:
                return
            await self._writer.drain()

    async def _authenticate(self) -> None:
        self._write(SASL_HEADER)
        self._write(frame(0, Code.MECHANISMS, [MECHANISMS], kind=SASL))
        await self._frame()
        self._write(frame(0, Code.OUTCOME, [u8(0), None], kind=SASL))

    async def _frame(self) -> Frame | None:
        head = await self._reader.readexactly(HEADER_BYTES)
        size, offset = int.from_bytes(head[:4]), head[4] * 4
        body = await self._reader.readexactly(size - HEADER_BYTES)
        body = body[offset - HEADER_BYTES :]
        return parse(int.from_bytes(head[6:8]), body) if body else None

    def _take(self, came: Frame) -> None:
        match came.code:
            case Code.OPEN:
                self._open(came)
            case Code.BEGIN:
                session = Session(
                    self._broker, came.channel, self._frame_bytes, self._write, self.drop
                )
                self._sessions[came.channel] = session
                session.begin(came)
            case Code.END:
                ended = self._sessions.pop(came.channel, None)
                if ended:
                    ended.close()
                self._write(frame(came.channel, Code.END, [None]))
            case Code.CLOSE:
                self._write(frame(0, Code.CLOSE, [None]))
            case _:
                if came.channel in self._sessions:
                    self._sessions[came.channel].take(came)

    def _open(self, asked: Frame) -> None:
        self._frame_bytes = min(FRAME_BYTES, asked.field(2) or FRAME_BYTES)
        if asked.field(4):
            self._heart = asyncio.create_task(self._beat(asked.field(4) / 2000))
        limits = [u32(FRAME_BYTES), u16(255), u32(IDLE_MILLISECONDS)]
        self._write(frame(0, Code.OPEN, ["stand-in", None, *limits, None, None, None, None, {}]))

    async def _beat(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self._write(EMPTY)

    def _write(self, content: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(content)
