"""function_app.py in the service's own worker library (azure-functions-runtime, Python 3.13)."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.errors import LedgerConflict, StorageUnavailable
from monitor.events.batch import EventHubPartition
from tests.eventhub.server import StandIn
from tests.functions.principals import header
from tests.functions.recording import CHANGE, FINDING, RecordingMonitor, lent
from tests.functions.wire import NAMESPACE, Wire, partition_context

if os.environ.get("MFA_MONITOR_NEEDS_RUNTIME") != "1":
    pytest.importorskip(
        "azure_functions_runtime", reason="azure-functions-runtime needs Python 3.13"
    )
TIMERS = {
    "sweep": ["sweep"],
    "deliver": ["deliver 30"],
    "publish": ["publish"],
    "gap_repair": ["gaps", "cursors"],
    "digest": ["send_digests 30"],
}

if TYPE_CHECKING:
    from tests.functions.host import Host


@pytest.fixture(scope="module")
def host() -> "Iterator[Host]":
    from tests.functions.host import running  # noqa: PLC0415 - importable on 3.13 only

    with running() as started:
        yield started


@pytest.fixture
def monitor() -> Iterator[RecordingMonitor]:
    recording = RecordingMonitor()
    with lent(recording):
        yield recording


def test_the_host_finds_exactly_these_doors(host: "Host") -> None:
    assert set(host.functions) == {*TIMERS, "ingest", "health", "status", "events"}


def test_the_host_is_told_to_retry_ingest_without_end(host: "Host") -> None:
    retry = host.functions["ingest"].retry_options

    assert retry.max_retry_count == -1
    assert retry.retry_strategy == "exponential_backoff"
    assert timedelta(0) < retry.minimum_interval < retry.maximum_interval
    assert retry.maximum_interval <= timedelta(minutes=5)
    others = set(host.functions) - {"ingest"}
    assert all(host.functions[name].retry_options is None for name in others)


def test_a_batch_arrives_byte_for_byte_with_its_place(
    host: "Host", monitor: RecordingMonitor
) -> None:
    wire = Wire([b'{"records":[]}', b"\xff not json", b""], first=41)

    (answer,) = host.receive(wire)

    assert answer.ok, answer.error
    (batch,) = monitor.batches
    assert batch.source == EventHubPartition(
        NAMESPACE, "insights-logs-auditlogs", "mfa-monitor", "0", "0"
    )
    assert [message.body for message in batch.messages] == list(wire.bodies)
    assert [message.sequence for message in batch.messages] == [41, 42, 43]
    assert [message.enqueued for message in batch.messages] == [
        wire.enqueued(index) for index in range(3)
    ]


def test_alerts_go_out_with_the_batch_that_found_something(
    host: "Host", monitor: RecordingMonitor
) -> None:
    host.receive(Wire([b"noise"]))
    monitor.entries = (CHANGE, FINDING)
    host.receive(Wire([b"finding"], first=1))

    assert monitor.calls == ["ingest", "ingest", "deliver 5"]


@pytest.mark.parametrize("fault", [StorageUnavailable("container away"), LedgerConflict("lost")])
def test_a_storage_fault_fails_the_invocation_until_it_is_over(
    host: "Host", monitor: RecordingMonitor, fault: Exception
) -> None:
    monitor.faults = [fault, fault, fault]

    answers = host.receive(Wire([b"{}"]))

    assert [answer.ok for answer in answers] == [False, False, False, True]
    assert type(fault).__name__ in (answers[0].error or "")
    assert len(monitor.batches) == 1


def test_a_fault_that_does_not_end_never_lets_the_batch_go(
    host: "Host", monitor: RecordingMonitor
) -> None:
    monitor.faults = [StorageUnavailable("container away")] * 50

    answers = host.receive(Wire([b"{}"]), patience=50)

    assert not any(answer.ok for answer in answers)


def test_a_batch_without_its_partition_waits_and_says_why(
    host: "Host", monitor: RecordingMonitor
) -> None:
    (answer,) = host.receive(Wire([b"{}"], context=partition_context(PartitionId=None)), patience=1)

    assert not answer.ok
    assert "PartitionContext.PartitionId" in (answer.error or "")
    assert monitor.calls == []


@pytest.mark.parametrize("name", list(TIMERS))
def test_each_timer_does_its_step(
    name: str, host: "Host", monitor: RecordingMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StandIn() as hub:
        monkeypatch.setenv("EventHubConnection", hub.connection_string)
        monkeypatch.setenv("EVENTHUB_NAME", hub.hub)
        answer = host.tick(name)

    assert answer.ok, answer.error
    assert monitor.calls == TIMERS[name]


def test_an_error_of_our_own_keeps_the_batch_and_its_text(
    host: "Host", monitor: RecordingMonitor, caplog: pytest.LogCaptureFixture
) -> None:
    monitor.faults = [KeyError("kim@hospital.example")]

    answers = host.receive(Wire([b"{}"]))

    assert [answer.ok for answer in answers] == [False, True]
    assert "InvocationFailed('ingest: KeyError in " in (answers[0].error or "")
    assert "kim" not in (answers[0].error or "")
    assert "kim" not in caplog.text


def test_roles_open_the_api(
    host: "Host", monitor: RecordingMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = b'{"records":[]}'
    assert host.request("status", "GET", "/api/status", header("Admin"))[0] == 503

    monkeypatch.setenv("WEBSITE_AUTH_ENABLED", "True")
    assert host.request("status", "GET", "/api/status")[0] == 401
    assert host.request("events", "POST", "/api/events", header("Auditor"), sent)[0] == 403
    assert monitor.calls == []
    assert host.request("status", "GET", "/api/status", header("Auditor"))[0] == 200
    # The host writes header names in lower case.
    lower = {name.lower(): value for name, value in header("Admin").items()}
    assert host.request("events", "POST", "/api/events", lower, sent)[0] == 202
    assert monitor.batches[0].messages[0].body == sent


def test_health_is_200_or_503(host: "Host", monitor: RecordingMonitor) -> None:
    monitor.report = {"status": "ok", "size": 7}
    assert host.get_health() == (200, {"status": "ok", "size": 7})

    monitor.report = {"status": "lagging"}
    assert host.get_health() == (503, {"status": "lagging"})

    monitor.faults = [StorageUnavailable("/secret/path is away")]
    assert host.get_health() == (503, {"status": "unavailable", "error": "StorageUnavailable"})
