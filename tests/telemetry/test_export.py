import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import InvalidInput
from monitor.telemetry.export import AZURE_MONITOR, OTLP, SIGNALS, chosen, exporting
from monitor.telemetry.sdk import resource

ROOT = Path(__file__).parents[2]
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
INSIGHTS = {"APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=x"}
NONE = dict.fromkeys(SIGNALS, ())


GRPC = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
HTTP = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
ALL_OTLP = dict.fromkeys(SIGNALS, (OTLP,))
ALL_AZURE = dict.fromkeys(SIGNALS, (AZURE_MONITOR,))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, NONE),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "", "OTEL_TRACES_EXPORTER": " "}, NONE),
        (ENDPOINT, ALL_OTLP),
        (INSIGHTS, ALL_AZURE),
        (ENDPOINT | INSIGHTS, dict.fromkeys(SIGNALS, (OTLP, AZURE_MONITOR))),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "TRUE"}, NONE),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://m"}, NONE | {"metrics": (OTLP,)}),
        (INSIGHTS | {"OTEL_LOGS_EXPORTER": "none"}, ALL_AZURE | {"logs": ()}),
        ({"OTEL_TRACES_EXPORTER": "otlp, azure_monitor"}, NONE | {"traces": (OTLP, AZURE_MONITOR)}),
        (ENDPOINT | HTTP, ALL_OTLP),
        (INSIGHTS | GRPC, ALL_AZURE),
    ],
)
def test_the_standard_variables_choose(
    environment: dict[str, str], expected: dict[str, tuple[str, ...]]
) -> None:
    assert chosen(environment) == expected


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"OTEL_METRICS_EXPORTER": "prometheus"}, "OTEL_METRICS_EXPORTER: 'prometheus'"),
        ({"OTEL_TRACES_EXPORTER": "otlp,console"}, "OTEL_TRACES_EXPORTER: 'console'"),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc'"),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, "TRACES_PROTOCOL"),
    ],
)
def test_what_is_not_built_in_is_refused_by_name(environment: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        chosen(environment)


def test_a_connection_string_that_cannot_be_used_is_refused_without_quoting_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = {"APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=not-a-guid"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput) as caught, exporting(environment):
        pass

    assert "APPLICATIONINSIGHTS_CONNECTION_STRING" in str(caught.value)
    assert "not-a-guid" not in str(caught.value)


def test_off_is_the_default_and_costs_no_import() -> None:
    code = (
        "import sys\n"
        "from monitor.telemetry import exporting\n"
        "import monitor.wiring\n"
        "with exporting({}) as on: assert not on\n"
        "assert not [m for m in sys.modules if m.startswith(('opentelemetry.sdk',"
        " 'opentelemetry.exporter', 'azure', 'google.protobuf', 'requests'))], sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("variables", "name"),
    [({}, "mfa-monitor"), ({"WEBSITE_SITE_NAME": "func-mfa"}, "func-mfa")],
)
def test_the_service_is_named_as_the_host_names_it(variables: dict[str, str], name: str) -> None:
    described = resource(variables).attributes

    assert described["service.name"] == name
    assert described["service.version"]
    assert not [key for key in described if key.startswith(("host.", "process.", "os."))]


def test_a_name_that_is_given_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "mfa-north")
    variables = {"OTEL_SERVICE_NAME": "mfa-north", "WEBSITE_SITE_NAME": "func-mfa"}

    assert resource(variables).attributes["service.name"] == "mfa-north"
