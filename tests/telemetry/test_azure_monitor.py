"""Azure Monitor's own exporter against an ingestion endpoint on loopback."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from monitor.telemetry import catalogue as names
from monitor.telemetry import configure_logging, exporting
from monitor.telemetry.catalogue import METRICS, Kind, SpanName
from monitor.telemetry.export import CONNECTION
from tests.telemetry.receiver import Receiver, receiving
from tests.telemetry.shift import work

KEY = "00000000-0000-4000-8000-000000000001"
TRACK = "/v2.1/track"
ACCEPTED = json.dumps({"itemsReceived": 1, "itemsAccepted": 1, "errors": []}).encode()


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    before = structlog.get_config()
    with receiving(ACCEPTED) as receiver, pytest.MonkeyPatch.context() as patch:
        connection = f"InstrumentationKey={KEY};IngestionEndpoint={receiver.url}/"
        patch.setenv(CONNECTION, connection)
        # Set by the exporter's opening; put back with the test.
        for name in ("STATSBEAT_DISABLED_ALL", "CONTROLPLANE_DISABLED", "SDKSTATS_DISABLED"):
            patch.setenv(f"APPLICATIONINSIGHTS_{name}", "true")
        with exporting({CONNECTION: connection}):
            configure_logging(level="info")
            work(tmp_path_factory.mktemp("shift") / "data")
        yield receiver
    structlog.configure(**before)


def items(receiver: Receiver, kind: str) -> list[dict[str, Any]]:
    return [
        one["data"]["baseData"] for one in receiver.lines(TRACK) if one["data"]["baseType"] == kind
    ]


def test_everything_goes_to_the_one_endpoint(received: Receiver) -> None:
    assert set(received.bodies) == {TRACK}
    assert {one["iKey"] for one in received.lines(TRACK)} == {KEY}


def test_every_metric_arrives_as_the_alert_rules_ask_for_it(received: Receiver) -> None:
    found = {one["metrics"][0]["name"]: one["metrics"][0] for one in items(received, "MetricData")}

    assert {metric.name for metric in METRICS} <= set(found)
    for metric in METRICS:
        if metric.kind is Kind.HISTOGRAM:
            assert found[metric.name]["min"] <= found[metric.name]["max"]
    assert found[names.LAG.name]["max"] >= 180


def test_every_span_arrives(received: Receiver) -> None:
    told = items(received, "RemoteDependencyData") + items(received, "RequestData")

    assert {one["name"] for one in told} >= {name.value for name in SpanName}


def test_log_events_arrive(received: Receiver) -> None:
    assert "run.waiting" in {one["message"] for one in items(received, "MessageData")}


def test_the_exporter_keeps_nothing_on_disk(received: Receiver) -> None:
    assert received.bodies
    left = [one for one in Path("/tmp").glob("*opentelemetry-python-*") if KEY in one.name]  # noqa: S108 - where it would be
    assert left == []


def test_an_exporter_that_is_opened_reports_nothing_to_its_maker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names_of = ("STATSBEAT_DISABLED_ALL", "CONTROLPLANE_DISABLED", "SDKSTATS_DISABLED")
    variables = [f"APPLICATIONINSIGHTS_{name}" for name in names_of]
    for variable in variables:
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
    connection = f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:9/"
    monkeypatch.setenv(CONNECTION, connection)
    with exporting({CONNECTION: connection, "OTEL_METRICS_EXPORTER": "none"}):
        assert [os.environ[variable] for variable in variables] == ["true"] * 3
