"""What the process would have exported, kept in memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from monitor.telemetry.signals import Providers, install


@dataclass(frozen=True, slots=True)
class Recorded:
    """The exporters; each answers with what it has got so far."""

    _spans: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    _logs: InMemoryLogRecordExporter = field(default_factory=InMemoryLogRecordExporter)
    _reader: InMemoryMetricReader = field(default_factory=InMemoryMetricReader)

    def spans(self, name: str | None = None) -> list[ReadableSpan]:
        return [one for one in self._spans.get_finished_spans() if name in (None, one.name)]

    def logs(self) -> list[Mapping[str, Any]]:
        records = [data.log_record for data in self._logs.get_finished_logs()]
        return [{"body": one.body, **(one.attributes or {})} for one in records]

    def points(self) -> dict[str, list[Any]]:
        """The data points of each metric; asks for all that came since the last time."""
        data = self._reader.get_metrics_data()
        if data is None:
            return {}
        return {
            metric.name: list(metric.data.data_points)
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def everything(self) -> str:
        """Every word of it, for a search."""
        spans = [one.to_json(indent=None) for one in self.spans()]
        data = self._reader.get_metrics_data()
        logs = [one.to_json() for one in self._logs.get_finished_logs()]
        return "\n".join([*spans, *logs, data.to_json(indent=None) if data else ""])


@contextmanager
def recording() -> Iterator[Recorded]:
    """Keep what is recorded inside."""
    kept = Recorded()
    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(kept._spans))
    meters = MeterProvider([kept._reader], shutdown_on_exit=False)
    loggers = LoggerProvider(shutdown_on_exit=False)
    loggers.add_log_record_processor(SimpleLogRecordProcessor(kept._logs))
    install(Providers(tracers, meters, loggers))
    try:
        yield kept
    finally:
        install(None)
        tracers.shutdown()
        meters.shutdown()
        loggers.shutdown()
