"""The whole sample day, faults included, says nothing of anybody: no name, no number, no policy."""

import gzip
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from monitor.events.activity import concern_of
from monitor.events.batch import EventHubPartition, Message, SourceBatch
from monitor.telemetry import catalogue as names
from monitor.telemetry import configure_logging
from monitor.wiring import open_monitor
from tests.telemetry.recorded import recording
from tests.telemetry.shift import Line

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "hospital-day.jsonl.gz"
PARTITION = EventHubPartition("hospital.servicebus.windows.net", "audit", "mfa-monitor", "0")
PERSONAL = frozenset(
    {
        "userPrincipalName",
        "displayName",
        "ipAddress",
        "mail",
        "phoneNumber",
        "servicePrincipalName",
        "userDisplayName",
        "identity",
        "callerIpAddress",
    }
)
ORDINARY = re.compile(r"[a-z0-9 ._-]{0,12}", re.IGNORECASE)
"""What may stand in telemetry by chance: a short word says nothing of anybody."""


@dataclass(frozen=True, slots=True)
class Day:
    """The bodies of the day, and every personal value and policy text in it."""

    bodies: tuple[bytes, ...]
    personal: frozenset[str]


def values(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a record with its key, inner JSON opened."""
    if isinstance(node, dict):
        for name, inner in node.items():
            yield from values(inner, name)
    elif isinstance(node, list):
        for inner in node:
            yield from values(inner, key)
    elif isinstance(node, str):
        if node.startswith(("{", "[", '"')):
            try:
                opened = json.loads(node)
            except ValueError:
                opened = None
            if opened is not None:
                yield key, node
                yield from values(opened, key)
                return
        yield key, node


def private(key: str, text: str) -> bool:
    if key in {"oldValue", "newValue"} and len(text) > 40:
        return True
    return key in PERSONAL and len(text) > 3 and not (ORDINARY.fullmatch(text) and " " not in text)


@pytest.fixture(scope="module")
def day() -> Day:
    with gzip.open(SAMPLE) as lines:
        bodies = tuple(line.rstrip(b"\n") for line in lines)
    found = {text for body in bodies for key, text in values(_loaded(body)) if private(key, text)}
    return Day(bodies, frozenset(found))


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


@pytest.fixture(scope="module")
def told(day: Day, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Everything that was exported or logged at info and above while the day went through."""
    before = structlog.get_config()
    logged = io.StringIO()
    data = tmp_path_factory.mktemp("day") / "data"
    with recording() as kept, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", logged)
        configure_logging(level="info")
        _break(patch)
        with open_monitor(data, None, console=Line()) as monitor:
            for first in range(0, len(day.bodies), 64):
                bodies = day.bodies[first : first + 64]
                messages = tuple(Message(body, first + n) for n, body in enumerate(bodies))
                monitor.ingest(SourceBatch(PARTITION, messages))
            monitor.sweep()
            monitor.deliver(5)
            monitor.publish()
        text = kept.everything()
    structlog.configure(**before)
    return text + logged.getvalue()


def _break(patch: pytest.MonkeyPatch) -> None:
    """Let the judging of every fifth watched record fail with a text that names everything."""
    seen = iter(range(10**9))

    def failing(activity: str) -> Any:
        if next(seen) % 5 == 4:
            raise RuntimeError(f"Kim Example <kim@hospital.example> +49 170 1234567 in {activity}")
        return concern_of(activity)

    patch.setattr("monitor.pipeline.corridor.concern_of", failing)


def test_the_day_has_people_and_policies_in_it(day: Day) -> None:
    assert len(day.personal) > 500
    assert any("@" in text for text in day.personal)
    assert any("conditions" in text for text in day.personal)
    assert any(re.fullmatch(r"\d+\.\d+\.\d+\.\d+", text) for text in day.personal)


def test_no_personal_value_and_no_policy_text_gets_out(day: Day, told: str) -> None:
    assert [text for text in day.personal if text in told] == []


def test_nothing_that_looks_like_an_address_or_a_number_gets_out(told: str) -> None:
    assert re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]+", told) == []
    assert re.findall(r"\+\d[\d ().-]{6,}\d", told) == []
    assert re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", told) == []


def test_our_own_faults_are_told_without_their_words(told: str) -> None:
    assert "pipeline.internal_error" in told
    assert "RuntimeError" in told
    assert "Kim" not in told


def test_the_day_was_told_of_at_all(told: str) -> None:
    assert all(metric.name in told for metric in (names.EVENTS, names.FINDINGS, names.DELIVERIES))
    assert all(span.value in told for span in (names.SpanName.INGEST, names.SpanName.COMMIT))
