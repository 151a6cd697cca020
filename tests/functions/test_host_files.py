"""What the host is told: function metadata, host.json, app settings, and that docs say why."""

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.functions import app, deliver, digest, gap_repair, ingest, sweep
from monitor.functions.access import IN_FRONT
from monitor.pipeline.pipeline import PATIENCE_SECONDS
from monitor.sources.eventhub.hub import APP_SETTINGS
from monitor.telemetry.export import CONNECTION

ROOT = Path(__file__).parents[2]
HOST = json.loads((ROOT / "host.json").read_text())
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text())
DOCS = (ROOT / "docs" / "functions.md").read_text()

Bindings = list[dict[str, Any]]


def timer(schedule: str) -> Bindings:
    return [
        {
            "direction": "IN",
            "type": "timerTrigger",
            "name": "timer",
            "schedule": schedule,
            "runOnStartup": False,
            "useMonitor": False,
        }
    ]


def route(path: str, method: str) -> Bindings:
    return [
        {
            "direction": "IN",
            "type": "httpTrigger",
            "name": "req",
            "methods": [method],
            "authLevel": "ANONYMOUS",
            "route": path,
        },
        {"direction": "OUT", "type": "http", "name": "$return"},
    ]


GOLDEN: dict[str, Bindings] = {
    "ingest": [
        {
            "direction": "IN",
            "dataType": "BINARY",
            "type": "eventHubTrigger",
            "name": "events",
            "connection": "EventHubConnection",
            "eventHubName": "%EVENTHUB_NAME%",
            "cardinality": "MANY",
            "consumerGroup": "%EVENTHUB_CONSUMER_GROUP%",
        }
    ],
    "sweep": timer("0 * * * * *"),
    "deliver": timer("20 * * * * *"),
    "publish": timer("40 * * * * *"),
    "gap_repair": timer("30 2-59/5 * * * *"),
    "digest": timer("50 4-59/5 * * * *"),
    "health": route("healthz", "GET"),
    "status": route("api/status", "GET"),
    "events": route("api/events", "POST"),
}
RETRIES = dict.fromkeys(GOLDEN) | {
    "ingest": {
        "setting_name": "retry_policy",
        "strategy": "exponential_backoff",
        "max_retry_count": "-1",
        "minimum_interval": "00:00:02",
        "maximum_interval": "00:01:00",
    },
}


PLATFORM = {IN_FRONT, "MFA_MONITOR_SIGNING_KEY"}
"""What else docs/functions.md has to explain: set by the platform, or read by the wiring."""


def seconds(span: str) -> int:
    hours, minutes, rest = span.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, f"{path}.{key}" if path else key)
    else:
        yield path, value


def test_the_function_metadata_is_the_golden_one() -> None:
    # A fresh app: azure-functions 2 lists the functions of an app once only.
    loaded = runpy.run_path(str(ROOT / "function_app.py"))["app"]
    functions = {one.get_function_name(): one for one in loaded.get_functions()}

    assert {
        name: json.loads(one.get_function_json())["bindings"] for name, one in functions.items()
    } == GOLDEN
    assert {
        name: one.get_settings_dict("retry_policy") for name, one in functions.items()
    } == RETRIES
    assert all(
        json.loads(one.get_function_json())["scriptFile"] == "function_app.py"
        for one in functions.values()
    )


LONGEST = {
    "ingest": ingest.DELIVERY_SECONDS,
    "sweep": sweep.DELIVERY_SECONDS,
    "deliver": deliver.DELIVERY_SECONDS,
    "digest": digest.DIGEST_SECONDS,
    "gap_repair": gap_repair.REPAIR_SECONDS + gap_repair.DELIVERY_SECONDS,
}
"""What each may do beside waiting for the monitor to be opened, and for its turn at the ledger."""


@pytest.mark.parametrize("name", list(LONGEST))
def test_no_invocation_comes_near_the_timeout_that_would_move_the_checkpoint(name: str) -> None:
    longest = app.OPENING_SECONDS + PATIENCE_SECONDS + LONGEST[name]

    assert seconds(HOST["functionTimeout"]) >= 1.5 * longest


def test_a_request_is_answered_before_the_front_end_gives_up_on_it() -> None:
    # Azure's load balancer ends an HTTP request after 230 s.
    assert app.HTTP_OPENING_SECONDS + PATIENCE_SECONDS + ingest.DELIVERY_SECONDS < 230


def test_no_two_timers_fire_at_the_same_second_and_each_is_over_before_its_next() -> None:
    schedules = {name: b[0]["schedule"].split() for name, b in GOLDEN.items() if "schedule" in b[0]}
    starts = {name: int(fields[0]) for name, fields in schedules.items()}
    assert len(set(starts.values())) == len(starts) == 5

    every = {name: 60 if fields[1] == "*" else 300 for name, fields in schedules.items()}
    assert all(LONGEST.get(name, 0) < every[name] for name in schedules)


def test_the_prefetch_holds_at_least_one_whole_batch() -> None:
    hubs = HOST["extensions"]["eventHubs"]

    assert hubs["minEventBatchSize"] == 1
    assert hubs["batchCheckpointFrequency"] == 1
    assert hubs["initialOffsetOptions"] == {"type": "fromStart"}
    assert hubs["prefetchCount"] >= hubs["maxEventBatchSize"] > 1


def test_evidence_is_never_sampled() -> None:
    assert HOST["telemetryMode"] == "OpenTelemetry"
    assert "sampling" not in json.dumps(HOST)


@pytest.mark.parametrize(("key", "value"), list(leaves(HOST)))
def test_docs_give_a_reason_for_every_value_of_host_json(key: str, value: object) -> None:
    row = re.search(rf"^\| `{re.escape(key)}` \| `(.*?)` \| (.{{20,}}) \|$", DOCS, re.MULTILINE)

    assert row is not None, f"docs/functions.md has no row for {key}"
    assert row[1] == str(value)


@pytest.mark.parametrize("key", list(SAMPLE["Values"]))
def test_docs_give_a_meaning_to_every_app_setting(key: str) -> None:
    assert re.search(rf"^\| `{re.escape(key)}` \| .{{20,}} \|$", DOCS, re.MULTILINE)


def test_the_sample_settings_hold_every_setting_that_is_read() -> None:
    doors = "".join(path.read_text() for path in (ROOT / "monitor" / "functions").glob("*.py"))
    read = set(re.findall(r'environment\.get\("(\w+)"', doors))
    read |= set(re.findall(r"%(\w+)%", json.dumps(GOLDEN)))
    places = (ROOT / "monitor" / "wiring" / "places.py").read_text()
    read |= set(re.findall(r'environment\.get\("(\w+)"', places))
    read |= {name for name in APP_SETTINGS.values() if name.startswith("EVENTHUB_")}
    read |= {CONNECTION, *PLATFORM} - {IN_FRONT}
    connection = GOLDEN["ingest"][0]["connection"]

    assert read
    assert read <= set(SAMPLE["Values"])
    assert any(key.startswith(f"{connection}__") for key in SAMPLE["Values"])


def test_the_sample_settings_hold_no_secret() -> None:
    text = json.dumps(SAMPLE)

    assert not re.search(r"(?i)sharedaccesskey|accountkey|password|secret|sig=", text)
    assert SAMPLE["IsEncrypted"] is False
    assert SAMPLE["Values"]["AzureWebJobsStorage"] == "UseDevelopmentStorage=true"
    assert "local.settings.json" in (ROOT / ".gitignore").read_text().split()


@pytest.mark.parametrize(
    "name", ["tests", ".venv*", ".git", ".ci", "bench", "local.settings.json", "mfa-monitor-data"]
)
def test_what_the_service_does_not_need_is_not_deployed(name: str) -> None:
    assert name in (ROOT / ".funcignore").read_text().split()


@pytest.mark.parametrize(
    "name", ["function_app.py", "host.json", "requirements.txt", "monitor", "monitor.toml"]
)
def test_what_the_service_needs_is_deployed(name: str) -> None:
    assert name not in (ROOT / ".funcignore").read_text().split()
