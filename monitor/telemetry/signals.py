"""How the rooms tell what they do: spans around operations, values of metrics.

Off, this is the OpenTelemetry API alone, whose calls do nothing. On, the providers are our own
(`install`), not the process's: what a library records through the global API never leaves through
our exporters, past the redaction.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry import metrics, trace
from opentelemetry._logs import Logger, LoggerProvider, get_logger_provider
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import SpanKind, Status, StatusCode, TracerProvider

from monitor.telemetry.catalogue import ERROR_TYPE, FAULTS, METRICS, STEP, Kind, Metric, SpanName
from monitor.telemetry.faults import frames, words
from monitor.telemetry.faults import kind as error_kind
from monitor.telemetry.redaction import masked

SCOPE = "monitor"
FRESH_SECONDS = 90.0
"""How long a gauge's value is told; it is set by each sweep, and exporters ask each minute."""

Value = str | int | float
Attributes = Mapping[str, Value]
Record = Callable[[float, Attributes | None], None]


@dataclass(frozen=True, slots=True)
class Providers:
    """Where the signals go."""

    tracers: TracerProvider = field(default_factory=trace.get_tracer_provider)
    meters: MeterProvider = field(default_factory=metrics.get_meter_provider)
    loggers: LoggerProvider = field(default_factory=get_logger_provider)


class _Signals:
    """The instruments made of the providers in force."""

    def __init__(self, providers: Providers) -> None:
        self.tracer = providers.tracers.get_tracer(SCOPE)
        self.logger = providers.loggers.get_logger(SCOPE)
        meter = providers.meters.get_meter(SCOPE)
        self.records = {metric.name: _instrument(meter, metric) for metric in METRICS}


class _Gauge:
    """A gauge that stops telling a value which nobody has renewed.

    Several instances take turns with the timers; what one of them saw last must not be told for as
    long as it lives.
    """

    def __init__(self, meter: metrics.Meter, metric: Metric) -> None:
        self._values: dict[frozenset[tuple[str, Value]], tuple[float, float]] = {}
        meter.create_observable_gauge(metric.name, [self._told], metric.unit, metric.says)

    def set(self, value: float, attributes: Attributes | None = None) -> None:
        """Set the value of a series."""
        self._values[frozenset((attributes or {}).items())] = value, time.monotonic()

    def _told(self, _options: metrics.CallbackOptions) -> Iterator[metrics.Observation]:
        oldest = time.monotonic() - FRESH_SECONDS
        for series, (value, at) in [*self._values.items()]:
            if at >= oldest:
                yield metrics.Observation(value, dict(series))


def _instrument(meter: metrics.Meter, metric: Metric) -> Record:
    told = metric.name, metric.unit, metric.says
    if metric.kind is Kind.COUNTER:
        return meter.create_counter(*told).add
    if metric.kind is Kind.GAUGE:
        return _Gauge(meter, metric).set
    return meter.create_histogram(*told, explicit_bucket_boundaries_advisory=metric.bounds).record


_signals = _Signals(Providers())


def install(providers: Providers | None) -> None:
    """Send the signals to these providers from now on; None means to the process's global ones."""
    global _signals  # noqa: PLW0603 - one process has one telemetry, and tests put it back
    _signals = _Signals(providers or Providers())


def record(metric: Metric, value: float, attributes: Attributes | None = None) -> None:
    """Record a value of a metric: added to a counter, set on a gauge, put into a histogram."""
    _signals.records[metric.name](value, attributes)


class Span:
    """The span under way; attributes found on the way are put on it."""

    def __init__(self, inner: trace.Span) -> None:
        self._inner = inner

    def tell(self, attributes: Attributes) -> None:
        """Put attributes on the span, their texts masked."""
        if self._inner.is_recording():
            self._inner.set_attributes({name: _masked(value) for name, value in attributes.items()})

    def failed(self, error: BaseException) -> None:
        """Record an error as `faults` allows it."""
        if self._inner.is_recording():
            event = {
                "exception.type": error_kind(error),
                "exception.message": words(error),
                "exception.stacktrace": frames(error.__traceback__),
            }
            self._inner.add_event("exception", event)
            self._inner.set_attribute(ERROR_TYPE, error_kind(error))
            self._inner.set_status(Status(StatusCode.ERROR, words(error) or None))


@contextmanager
def span(name: SpanName, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """Put a span around what is done inside; an error is recorded and goes on."""
    with _signals.tracer.start_as_current_span(
        name.value, kind=kind, record_exception=False, set_status_on_exception=False
    ) as inner:
        told = Span(inner)
        try:
            yield told
        except Exception as error:
            told.failed(error)
            raise


@contextmanager
def operation(
    name: SpanName, duration: Metric | None = None, kind: SpanKind = SpanKind.INTERNAL
) -> Iterator[Span]:
    """Put a span around an operation of its own, record how long it took, and count its fault."""
    started = time.perf_counter()
    try:
        with span(name, kind) as told:
            yield told
    except Exception as error:
        record(FAULTS, 1, {STEP: name.name.lower(), ERROR_TYPE: error_kind(error)})
        raise
    if duration is not None:
        record(duration, time.perf_counter() - started)


@contextmanager
def timed(metric: Metric) -> Iterator[None]:
    """Record how long it takes, in seconds, where it succeeds."""
    started = time.perf_counter()
    yield
    record(metric, time.perf_counter() - started)


def logger() -> Logger:
    """Return where log events go beside the usual place."""
    return _signals.logger


def _masked(value: Value) -> Value:
    return masked(value) if isinstance(value, str) else value
