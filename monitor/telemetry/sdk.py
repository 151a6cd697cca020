"""The OpenTelemetry SDK, put together; imported only when something is exported."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

SERVICE = "mfa-monitor"


@dataclass(frozen=True, slots=True)
class Sdk:
    """The three providers; each sends what it has when it is shut down."""

    tracers: TracerProvider
    meters: MeterProvider
    loggers: LoggerProvider

    def shut_down(self) -> None:
        """Send what is left, and stop."""
        self.tracers.shutdown()
        self.meters.shutdown()
        self.loggers.shutdown()


def resource(variables: Mapping[str, str]) -> Resource:
    """Describe this process: `OTEL_SERVICE_NAME`, else the function app's name, else ours.

    Names of machines and users are left to `OTEL_RESOURCE_ATTRIBUTES`, which goes before all this.
    """
    told = {"service.version": version("entra-mfa-monitor")}
    if not variables.get("OTEL_SERVICE_NAME"):
        # The host names its spans' service so: both stand under one name.
        told["service.name"] = variables.get("WEBSITE_SITE_NAME") or SERVICE
    return Resource.create(told)


def build(exporters: Mapping[str, tuple[Any, ...]], variables: Mapping[str, str]) -> Sdk:
    """Put the providers together over these exporters of `traces`, `metrics` and `logs`."""
    described = resource(variables)
    # Nothing at exit: whoever began to export ends it, and in time.
    tracers = TracerProvider(resource=described, shutdown_on_exit=False)
    for exporter in exporters.get("traces", ()):
        tracers.add_span_processor(BatchSpanProcessor(exporter))
    readers = [PeriodicExportingMetricReader(one) for one in exporters.get("metrics", ())]
    meters = MeterProvider(readers, resource=described, shutdown_on_exit=False)
    loggers = LoggerProvider(resource=described, shutdown_on_exit=False)
    for exporter in exporters.get("logs", ()):
        loggers.add_log_record_processor(BatchLogRecordProcessor(exporter))
    return Sdk(tracers, meters, loggers)
