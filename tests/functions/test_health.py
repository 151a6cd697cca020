import json
from collections.abc import Mapping

import azure.functions as func
import pytest
from pydantic import JsonValue

from monitor.errors import LedgerCorrupt, MonitorError, StorageUnavailable
from monitor.functions import health as door
from monitor.functions.app import shared
from tests.functions.calling import CONTEXT
from tests.functions.recording import RecordingMonitor, lent

REQUEST = func.HttpRequest(method="GET", url="http://127.0.0.1/healthz", body=b"")


def answer(monitor: RecordingMonitor) -> func.HttpResponse:
    with lent(monitor):
        response = door.health(REQUEST, CONTEXT)
    assert isinstance(response, func.HttpResponse)
    return response


@pytest.mark.parametrize(
    ("report", "status"),
    [
        ({"status": "ok", "size": 12}, 200),
        ({"status": "failing"}, 503),
        # A report that does not say `ok` is not ok.
        ({}, 503),
        ({"status": None}, 503),
    ],
)
def test_only_ok_is_200(report: Mapping[str, JsonValue], status: int) -> None:
    response = answer(RecordingMonitor(report=report))

    assert response.status_code == status
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert json.loads(response.get_body()) == report


@pytest.mark.parametrize(
    "error", [StorageUnavailable("/mnt/ledger: gone"), LedgerCorrupt("batch 7 of contoso")]
)
def test_an_error_is_503_and_tells_a_stranger_its_class_only(error: MonitorError) -> None:
    response = answer(RecordingMonitor(faults=[error]))

    assert response.status_code == 503
    assert json.loads(response.get_body()) == {
        "status": "unavailable",
        "error": type(error).__name__,
    }


def test_a_monitor_that_is_still_being_opened_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "OPENING_SECONDS", 0.01)
    monitor = RecordingMonitor()
    with lent(monitor), shared._lock:
        response = door.health(REQUEST, CONTEXT)

    assert response.status_code == 503
    assert monitor.calls == []


def test_an_error_of_our_own_is_not_hidden() -> None:
    response = answer(RecordingMonitor(faults=[ZeroDivisionError("kim@hospital.example")]))

    assert response.status_code == 500
    assert json.loads(response.get_body()) == {"error": "internal error; see the log"}


def test_the_store_is_asked_before_it_is_called_healthy_but_not_at_every_probe() -> None:
    monitor = RecordingMonitor()
    with lent(monitor):
        for _ in range(3):
            door.health(REQUEST, CONTEXT)

    assert monitor.calls == ["refresh 2", "health", "health", "health"]


def test_a_store_that_could_not_be_asked_is_asked_again_by_the_next_probe() -> None:
    monitor = RecordingMonitor(faults=[StorageUnavailable("container away")])
    with lent(monitor):
        statuses = [door.health(REQUEST, CONTEXT).status_code for _ in range(2)]

    assert statuses == [503, 200]


def test_the_store_is_asked_again_after_a_while() -> None:
    monitor = RecordingMonitor()
    seconds = iter([0.0, 1.0, 3.0, 6.5, 7.0])
    freshness = door.Freshness(lambda: next(seconds))
    for _ in range(3):
        freshness.keep(monitor)

    assert monitor.calls == ["refresh 2", "refresh 2"]
