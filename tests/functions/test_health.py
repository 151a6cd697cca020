import json
from collections.abc import Mapping

import azure.functions as func
import pytest
from pydantic import JsonValue

from monitor.errors import LedgerCorrupt, MonitorError, StorageUnavailable
from monitor.functions import health as door
from monitor.functions.app import shared
from tests.functions.recording import RecordingMonitor, lent

REQUEST = func.HttpRequest(method="GET", url="http://127.0.0.1/healthz", body=b"")


def answer(monitor: RecordingMonitor) -> func.HttpResponse:
    with lent(monitor):
        response = door.health(REQUEST)
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
        response = door.health(REQUEST)

    assert response.status_code == 503
    assert monitor.calls == []


def test_an_error_of_our_own_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        answer(RecordingMonitor(faults=[ZeroDivisionError()]))
