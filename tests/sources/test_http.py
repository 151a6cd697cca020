"""The HTTP door over a real socket: what it takes, what it refuses, and that it never echoes."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from pydantic import JsonValue

from monitor.errors import InvalidInput, LedgerCorrupt, StorageUnavailable
from monitor.events.batch import NamedSource, SourceBatch
from monitor.pipeline.outcome import Filed, Outcome
from monitor.sources import http as door
from monitor.sources.bodies import BODY_BYTES
from monitor.sources.http import AddressUnavailable, EventServer


@dataclass
class Ledger:
    """The inner side of the door: counts what it is given, or fails as it is told to."""

    got: list[SourceBatch] = field(default_factory=list)
    error: Exception | None = None
    status: str = "ok"
    outcome: Outcome = field(default_factory=Outcome)
    entered: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event | None = None

    def ingest(self, batch: SourceBatch) -> Outcome:
        self.entered.set()
        if self.gate:
            self.gate.wait(5)
        if self.error:
            raise self.error
        self.got.append(batch)
        return self.outcome

    def health(self) -> Mapping[str, JsonValue]:
        if self.error:
            raise self.error
        return {"status": self.status, "size": 7}


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: dict[str, JsonValue]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def server(ledger: Ledger) -> Iterator[EventServer]:
    with EventServer(ledger, "127.0.0.1", 0) as running:
        yield running


def port(server: EventServer) -> int:
    return int(server.url.rpartition(":")[2])


def ask(
    server: EventServer,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", port(server), timeout=10)) as connection:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            json.loads(response.read()),
        )


def test_a_body_is_one_message_and_the_answer_counts(server: EventServer, ledger: Ledger) -> None:
    leaf: dict[str, JsonValue] = {"t": "finding", "severity": "high"}
    ledger.outcome = Outcome(3, 1, 1, 1, 0, (Filed(1, {"t": "change"}), Filed(2, leaf)))
    answer = ask(server, "POST", "/events", b'{"records":[]}\n')
    assert answer.status == 202
    assert answer.body == {
        "seen": 3,
        "relevant": 1,
        "irrelevant": 1,
        "quarantined": 1,
        "repeated": 0,
        "findings": {"high": 1},
    }
    (batch,) = ledger.got
    assert batch.source == NamedSource("http", "events")
    assert [message.body for message in batch.messages] == [b'{"records":[]}\n']


def test_health_is_200_or_503(server: EventServer, ledger: Ledger) -> None:
    answer = ask(server, "GET", "/healthz")
    assert (answer.status, answer.body) == (200, {"status": "ok", "size": 7})
    ledger.status = "behind"
    assert ask(server, "GET", "/healthz").status == 503
    ledger.error = StorageUnavailable("no disk")
    answer = ask(server, "GET", "/healthz")
    assert (answer.status, answer.body["status"]) == (503, "unavailable")


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (StorageUnavailable("secret path"), 503, "5"),
        (LedgerCorrupt("secret root"), 500, None),
        pytest.param(RuntimeError("secret bug"), 500, None, id="bug"),
    ],
)
def test_a_fault_inside_is_json_without_its_words(
    server: EventServer, ledger: Ledger, error: Exception, status: int, retry: str | None
) -> None:
    ledger.error = error
    answer = ask(server, "POST", "/events", b"my secret body")
    assert answer.status == status
    assert answer.headers.get("retry-after") == retry
    assert "secret" not in json.dumps(answer.body)
    ledger.error = None
    assert ask(server, "POST", "/events", b"{}").status == 202


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/events", 405),
        ("PUT", "/events", 405),
        ("DELETE", "/healthz", 405),
        ("GET", "/", 404),
        ("GET", "/docs", 404),
        ("POST", "/events/", 404),
    ],
)
def test_nothing_else_answers(server: EventServer, method: str, path: str, status: int) -> None:
    assert ask(server, method, path).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "monitor.example:8711"}, 421),
        ({"Host": "127.0.0.1.example"}, 421),
        ({"Host": ""}, 421),
        ({"Host": "LocalHost:1"}, 202),
        ({"Host": "[::1]:8711"}, 202),
        ({"Origin": "http://127.0.0.1:8711"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Encoding": "gzip"}, 415),
    ],
)
def test_strangers_are_refused(
    server: EventServer, ledger: Ledger, headers: Mapping[str, str], status: int
) -> None:
    answer = ask(server, "POST", "/events", b"{}", headers)
    assert answer.status == status
    assert len(ledger.got) == (status == 202)
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_an_empty_body_is_refused(server: EventServer, ledger: Ledger) -> None:
    assert ask(server, "POST", "/events", b" \n").status == 400
    assert ledger.got == []


def test_the_limit_holds_for_declared_and_for_streamed_length(
    server: EventServer, ledger: Ledger
) -> None:
    exact = b"x" * BODY_BYTES
    assert ask(server, "POST", "/events", exact).status == 202
    declared = {"Content-Length": str(BODY_BYTES + 1)}
    assert ask(server, "POST", "/events", None, declared).status == 413
    assert len(ledger.got) == 1
    assert stream_chunks(server, BODY_BYTES // 65_536 + 1) == 413
    assert len(ledger.got) == 1


def stream_chunks(server: EventServer, chunks: int) -> int:
    """Send that many chunks of 64 KiB with no length declared; return the status."""
    with socket.create_connection(("127.0.0.1", port(server)), timeout=10) as wire:
        wire.sendall(
            b"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(chunks):
            wire.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        return int(wire.recv(4096).split()[1])


def test_a_sender_that_stops_halfway_commits_nothing(server: EventServer, ledger: Ledger) -> None:
    with socket.create_connection(("127.0.0.1", port(server)), timeout=10) as wire:
        wire.sendall(b"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{}")
    assert ask(server, "GET", "/healthz").status == 200
    assert ledger.got == []


def test_a_slow_sender_is_let_go(
    server: EventServer, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", port(server)), timeout=10) as wire:
        wire.sendall(b"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{}")
        assert wire.recv(4096).split()[1] == b"408"
    assert ledger.got == []


def test_stopping_lets_a_commit_under_way_finish() -> None:
    ledger = Ledger(gate=threading.Event())
    server = EventServer(ledger, "127.0.0.1", 0)
    answers: list[int] = []
    sender = threading.Thread(
        target=lambda: answers.append(ask(server, "POST", "/events", b"{}").status)
    )
    sender.start()
    assert ledger.entered.wait(5)
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    assert ledger.gate is not None
    ledger.gate.set()
    stopper.join(10)
    sender.join(10)
    assert answers == [202]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port(server)), timeout=1)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "monitor.example"])  # noqa: S104 - refused
def test_only_this_machine_is_listened_on(ledger: Ledger, host: str) -> None:
    with pytest.raises(InvalidInput, match="not a loopback address"):
        EventServer(ledger, host, 0)


def test_an_address_in_use_is_said(server: EventServer, ledger: Ledger) -> None:
    with pytest.raises(AddressUnavailable, match="cannot listen on 127"):
        EventServer(ledger, "127.0.0.1", port(server))
