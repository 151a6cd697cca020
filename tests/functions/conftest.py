"""Each test starts with a worker process that has not begun to log or to export."""

from collections.abc import Iterator

import azure.functions as func
import pytest
import structlog
from azure.functions.timer import TimerRequest

from monitor.functions import health
from monitor.functions.invocation import telling


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = structlog.get_config()
    monkeypatch.setattr(health, "freshness", health.Freshness())
    yield
    telling.end()
    structlog.configure(**before)


@pytest.fixture
def timer() -> func.TimerRequest:
    return TimerRequest(past_due=False)
