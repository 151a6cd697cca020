"""The two doors that ask for a role: what they take, whom they refuse, and that nothing echoes."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import azure.functions as func
import pytest

from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.events.batch import Message, NamedSource
from monitor.functions.app import shared
from monitor.functions.events import events
from monitor.functions.status import status
from monitor.ledger.cursor import Cursor
from monitor.sources.bodies import BODY_BYTES
from tests.functions.calling import CONTEXT
from tests.functions.principals import header
from tests.functions.recording import CHANGE, FINDING, RecordingMonitor, lent

SECRET = b'{"userPrincipalName":"kim@hospital.example"}'


@pytest.fixture(autouse=True)
def behind_app_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")


@pytest.fixture
def monitor() -> Iterator[RecordingMonitor]:
    recording = RecordingMonitor()
    with lent(recording):
        yield recording


def answer(response: func.HttpResponse) -> tuple[int, dict[str, Any]]:
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert b"hospital.example" not in response.get_body()
    body = json.loads(response.get_body())
    assert isinstance(body, dict)
    return response.status_code, body


def get(headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    request = func.HttpRequest("GET", "https://x.example/api/status", headers=headers, body=b"")
    return answer(status(request, CONTEXT))


def post(body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    request = func.HttpRequest("POST", "https://x.example/api/events", headers=headers, body=body)
    return answer(events(request, CONTEXT))


@pytest.mark.parametrize("role", ["Auditor", "Security", "Admin"])
def test_each_of_our_roles_may_ask_for_the_status(role: str, monitor: RecordingMonitor) -> None:
    monitor.report = {"status": "degraded", "entries": 7}
    monitor.read = {"ns/hub/group/0/1": Cursor(5, 9, ((7, 7),), 1_795_000_000_000)}

    assert get(header(role)) == (
        200,
        {
            "status": "degraded",
            "entries": 7,
            "partitions": [
                {
                    "source": "ns/hub/group/0/1",
                    "first": 5,
                    "last": 9,
                    "missing": 1,
                    "last_enqueued": "2026-11-18T11:06:40.000000Z",
                }
            ],
        },
    )


def test_a_partition_without_times_has_none(monitor: RecordingMonitor) -> None:
    monitor.read = {"a": Cursor(0, 0)}

    assert get(header("Admin"))[1]["partitions"][0]["last_enqueued"] is None


@pytest.mark.parametrize(
    ("headers", "expected"), [({}, 401), (header(), 403), (header("Reader"), 403)]
)
def test_nobody_else_learns_anything(
    headers: Mapping[str, str], expected: int, monitor: RecordingMonitor
) -> None:
    told, body = get(headers)

    assert told == expected
    assert set(body) == {"error"}
    assert post(SECRET, headers)[0] == expected
    assert monitor.calls == []


def test_without_authentication_in_front_a_forged_header_opens_nothing(
    monitor: RecordingMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEBSITE_AUTH_ENABLED")

    assert get(header("Admin"))[0] == 503
    assert post(SECRET, header("Admin"))[0] == 503
    assert monitor.calls == []


@pytest.mark.parametrize("role", ["Auditor", "Security"])
def test_only_an_administrator_may_send_records(role: str, monitor: RecordingMonitor) -> None:
    assert post(SECRET, header(role))[0] == 403
    assert monitor.calls == []


def test_a_body_is_recorded_byte_for_byte_and_answered_with_counts(
    monitor: RecordingMonitor,
) -> None:
    monitor.entries = (CHANGE,)
    told, body = post(SECRET, header("Admin"))

    assert told == 202
    assert body == {
        "seen": 1,
        "relevant": 0,
        "irrelevant": 0,
        "quarantined": 0,
        "repeated": 0,
        "findings": {},
    }
    (batch,) = monitor.batches
    assert batch.source == NamedSource("http", "api/events")
    assert batch.messages == (Message(SECRET),)
    assert monitor.calls == ["ingest"]


def test_what_it_found_is_told_at_once(monitor: RecordingMonitor) -> None:
    monitor.entries = (CHANGE, FINDING)

    assert post(SECRET, header("Admin"))[1]["findings"] == {"high": 1}
    assert monitor.calls == ["ingest", "deliver 5"]


@pytest.mark.parametrize(
    ("body", "more", "expected"),
    [
        (b"", {}, 400),
        (b" \r\n", {}, 400),
        (b"x" * (BODY_BYTES + 1), {}, 413),
        (SECRET, {"Content-Encoding": "gzip"}, 415),
        (SECRET, {"Origin": "https://evil.example"}, 403),
        (SECRET, {"origin": "null"}, 403),
    ],
)
def test_the_rules_for_bodies_are_those_of_the_local_door(
    body: bytes, more: Mapping[str, str], expected: int, monitor: RecordingMonitor
) -> None:
    told, said = post(body, {**header("Admin"), **more})

    assert told == expected
    assert set(said) == {"error"}
    assert monitor.calls == []


def test_the_longest_body_is_taken(monitor: RecordingMonitor) -> None:
    assert post(b"x" * BODY_BYTES, header("Admin"))[0] == 202


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StorageUnavailable("https://account.example/ledger: away"), 503),
        (LedgerCorrupt("batch 7 of kim@hospital.example"), 500),
        (RuntimeError("kim@hospital.example"), 500),
    ],
)
def test_a_fault_is_answered_in_general_words(
    error: Exception, expected: int, monitor: RecordingMonitor, caplog: pytest.LogCaptureFixture
) -> None:
    monitor.faults = [error]
    with caplog.at_level(logging.INFO):
        told, body = post(SECRET, header("Admin"))

    assert told == expected
    assert set(body) == {"error"}
    assert "hospital.example" not in caplog.text
    assert "account.example" not in caplog.text
    assert "api." in caplog.text


def test_a_sender_is_told_when_to_come_again(monitor: RecordingMonitor) -> None:
    monitor.faults = [StorageUnavailable("away")]
    request = func.HttpRequest("POST", "/api/events", headers=header("Admin"), body=SECRET)

    assert events(request, CONTEXT).headers["Retry-After"] == "5"


def test_a_monitor_that_is_being_opened_is_not_waited_for_long(
    monitor: RecordingMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.functions.status.HTTP_OPENING_SECONDS", 0.01)
    with shared._lock:
        assert get(header("Admin"))[0] == 503
    assert monitor.calls == []
