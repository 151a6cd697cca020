"""A bad network in front of a real server: a proxy on loopback that spoils chosen requests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

from azure.storage.blob import ContainerClient

from monitor.storage.blob import CLIENT_OPTIONS, BlobStore
from tests.azurite import Azurite

AT_ONCE: dict[str, Any] = {"initial_backoff": 0, "increment_base": 0, "random_jitter_range": 0}
"""Attempts without pauses between them."""
ONCE: dict[str, Any] = {"retry_total": 0}
"""A single attempt."""

SPOILED = (
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
"""The client leaves the connection of an answer it gives up to the garbage collector."""


class Spoil(Enum):
    """What goes wrong with a request."""

    LOST_REQUEST = auto()
    LOST_REPLY = auto()
    """The server did what was asked, and nobody hears of it."""
    BUSY = auto()
    """503, and nothing was done."""
    DONE_AND_FAILED = auto()
    """500, although it was done."""
    DAMAGED = auto()
    """One bit of the body arrives as another."""
    CUT = auto()
    """Half of the answer's body, then the connection ends."""
    SILENT = auto()
    """No answer, and nothing was done."""


@dataclass(frozen=True)
class Answer:
    """What is answered without asking the server."""

    status: int
    code: str


Plan = Callable[[int, str], Spoil | Answer | None]


@dataclass
class BadNetwork:
    """The proxy's address, and what it does to request number n (from 0) of some method."""

    url: str
    azurite: Azurite
    plan: Plan = lambda _number, _method: None
    asked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def store(self, container: str, **options: Any) -> BlobStore:
        """A store in that container, reached over this network."""
        direct = self.azurite.connection_string
        connection = direct.replace(self.azurite.url, f"{self.url}/{self.azurite.account}")
        client = ContainerClient.from_connection_string(
            connection, container, **(CLIENT_OPTIONS | AT_ONCE | options)
        )
        return BlobStore(client)

    def spoil(self, plan: Plan) -> None:
        """Count anew, and do that from now on."""
        self.asked.clear()
        self.plan = plan

    def next_plan(self, method: str) -> Spoil | Answer | None:
        """Count a request and say what happens to it."""
        with self.lock:
            number = len(self.asked)
            self.asked.append(method)
        return self.plan(number, method)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    network: ClassVar[BadNetwork]

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        spoil = self.network.next_plan(self.command)
        if spoil is Spoil.SILENT:
            self.network.over.wait()
        if spoil in (Spoil.SILENT, Spoil.LOST_REQUEST):
            self.close_connection = True
        elif isinstance(spoil, Answer):
            self._answer(spoil)
        elif spoil is Spoil.BUSY:
            self._answer(Answer(503, "ServerBusy"))
        else:
            self._forward(body, spoil)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _handle  # noqa: N815 - http.server's names

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("x-ms-error-code", answer.code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _forward(self, body: bytes, spoil: Spoil | None) -> None:
        if spoil is Spoil.DAMAGED:
            body = body[:-1] + bytes([body[-1] ^ 1])
        target = urlsplit(self.network.azurite.url)
        server = HTTPConnection(str(target.hostname), target.port, timeout=30)
        try:
            server.request(self.command, self.path, body, dict(self.headers.items()))
            self._pass_back(server.getresponse(), spoil)
        finally:
            server.close()

    def _pass_back(self, found: HTTPResponse, spoil: Spoil | None) -> None:
        content = found.read()
        if spoil is Spoil.LOST_REPLY:
            self.close_connection = True
            return
        if spoil is Spoil.DONE_AND_FAILED:
            self._answer(Answer(500, "InternalError"))
            return
        self.send_response(found.status)
        dropped = {"content-length", "transfer-encoding", "connection", "keep-alive"}
        for name, value in found.getheaders():
            if name.lower() not in dropped:
                self.send_header(name, value)
        length = found.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(content)))
        if spoil is Spoil.CUT:
            content = content[: len(content) // 2]
            self.send_header("Connection", "close")  # an empty body cannot be cut: say it
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


@contextmanager
def bad_network(azurite: Azurite) -> Iterator[BadNetwork]:
    """Run the proxy; it spoils nothing until it is told to."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
        proxy.daemon_threads = True
        network = BadNetwork(f"http://127.0.0.1:{proxy.server_address[1]}", azurite)
        handler.network = network  # type: ignore[attr-defined]  # a class of its own per proxy
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield network
        finally:
            network.over.set()
            proxy.shutdown()
            thread.join()


def first(spoil: Spoil | Answer, count: int = 1) -> Plan:
    """Spoil so many requests."""
    return lambda number, _method: spoil if number < count else None


def always(spoil: Spoil | Answer) -> Plan:
    return lambda _number, _method: spoil


def writes(answer: Answer) -> Plan:
    """Answer every PUT so; reads are let through."""
    return lambda _number, method: answer if method == "PUT" else None


def every_call(store: BlobStore) -> list[Callable[[], object]]:
    return [
        lambda: store.get("b/000"),
        lambda: store.create("b/000", b"x"),
        lambda: store.put("b/000", b"x"),
        lambda: list(store.names("b")),
        lambda: list(store.every("")),
        lambda: store.created("b/000"),
        store.protection,
    ]
