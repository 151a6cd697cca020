"""HTTP as a way in: POST /events takes one message body, GET /healthz tells how the monitor is.

There is no authentication, so it listens on this machine only, and a page open in a browser here
must not reach it either: a request that carries an `Origin` is refused (browsers send it with every
POST, Fetch standard section 3.2), and so is a `Host` that does not name this machine (DNS
rebinding). A body is never echoed, not even in an error.
"""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Protocol, Self

import structlog
import uvicorn
from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from monitor.errors import InvalidInput, LedgerConflict, MonitorError, StorageUnavailable
from monitor.events.batch import Message, NamedSource, SourceBatch
from monitor.pipeline.outcome import Outcome
from monitor.sources.bodies import (
    CLOSE,
    Refusal,
    counts,
    refusal_of,
    refuse_coding,
    refuse_empty,
    refuse_long,
    refuse_pages,
)

BODY_SECONDS = 30.0
"""How long a sender may take over one body."""
CONNECTIONS = 64

_SOURCE = NamedSource("http", "events")
_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_log = structlog.get_logger(__name__)


class AddressUnavailable(MonitorError):
    """The address to listen on is taken or not ours (exit code 3)."""

    advice = "Choose another [serve] port in monitor.toml, or stop what listens there."


class Intake(Protocol):
    """What this door needs of the monitor; both are called from worker threads."""

    def ingest(self, batch: SourceBatch) -> Outcome:
        """Commit one batch and return what became of it."""

    def health(self) -> Mapping[str, JsonValue]:
        """Return the state of the monitor; `status` other than `ok` needs a person."""


class EventServer:
    """The HTTP door, listening in a thread of its own from construction to `stop`.

    Args:
        intake: what the records are handed to.
        host: a loopback address or `localhost`.
        port: 0 takes any free port; `url` says which.

    Raises:
        InvalidInput: the host is not this machine's loopback.
        AddressUnavailable: nobody can listen there.
    """

    def __init__(self, intake: Intake, host: str, port: int) -> None:
        self._socket = _listen(host, port)
        self.url = f"http://{_bracketed(host)}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            build_app(intake),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=10,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Take no more requests, let those under way finish, and wait for that."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def build_app(intake: Intake) -> Starlette:
    """Return the ASGI application: two routes, every answer JSON."""

    async def post_events(request: Request) -> Response:
        _refuse_strangers(request)
        body = await _body(request)
        batch = SourceBatch(_SOURCE, (Message(body),))
        try:
            outcome = await run_in_threadpool(intake.ingest, batch)
        except (StorageUnavailable, LedgerConflict) as error:
            _log.warning("http.storage_unavailable", reason=str(error))
            raise refusal_of(error) from error
        except MonitorError as error:
            _log.error("http.ingest_failed", reason=str(error))
            raise refusal_of(error) from error
        return JSONResponse(counts(outcome), 202)

    async def get_health(request: Request) -> Response:
        _refuse_strangers(request)
        try:
            health = await run_in_threadpool(intake.health)
        except MonitorError as error:
            return JSONResponse({"status": "unavailable", "problem": str(error)}, 503)
        return JSONResponse(dict(health), 200 if health.get("status") == "ok" else 503)

    app = Starlette(
        routes=[
            Route("/events", post_events, methods=["POST"]),
            Route("/healthz", get_health, methods=["GET"]),
        ],
        exception_handlers={
            HTTPException: _not_here,
            Refusal: _refusal,
            Exception: _bug,
        },
    )
    app.router.redirect_slashes = False  # nothing else answers, not even with a redirect
    return app


def _listen(host: str, port: int) -> socket.socket:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise InvalidInput(
            f"[serve] host {host!r} is not a loopback address: there is no authentication here;"
            " put a proxy that has one in front"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressUnavailable(f"cannot listen on {host}:{port} ({error.strerror})") from error


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _refuse_strangers(request: Request) -> None:
    refuse_pages(request.headers.get("origin"))
    if _host_name(request.headers.get("host", "")) not in _NAMES:
        raise Refusal(421, "the Host header must name this machine, e.g. 127.0.0.1")


def _host_name(header: str) -> str:
    """Return the name in a Host header without the port (RFC 9110 section 7.2)."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower()


async def _body(request: Request) -> bytes:
    """Read the body, never more of it than is allowed, whatever Content-Length says."""
    refuse_coding(request.headers.get("content-encoding"))
    declared = request.headers.get("content-length", "")
    if declared.isdigit():
        refuse_long(int(declared))
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                refuse_long(len(body))
    except TimeoutError as error:
        raise Refusal(408, "the body did not arrive in time", CLOSE) from error
    except ClientDisconnect as error:
        raise Refusal(400, "the body is incomplete") from error  # nobody is there to read it
    refuse_empty(body)
    return bytes(body)


async def _not_here(_: Request, error: Exception) -> Response:
    """Answer what the router refuses: another path, another method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for this class only
    return JSONResponse({"error": error.detail}, error.status, error.headers)


async def _bug(_: Request, error: Exception) -> Response:
    _log.error("http.internal_error", kind=type(error).__name__)
    return JSONResponse({"error": "internal error; see the log"}, 500)
