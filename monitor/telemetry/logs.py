"""Logs: structured, dotted event names, JSON on standard error or to a host's logger.

No policy body and no user name above debug. Each event carries the trace and the span it belongs
to, and goes to the exporter of logs too where there is one.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping

import structlog
from opentelemetry import trace
from opentelemetry._logs import SeverityNumber

from monitor.telemetry.faults import frames, kind, words
from monitor.telemetry.redaction import redact
from monitor.telemetry.signals import logger

Event = MutableMapping[str, object]

SEVERITIES = {
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
}
_ELSEWHERE = frozenset({"event", "level", "timestamp", "trace_id", "span_id"})
"""What a log record has places of its own for."""


def trace_ids(_logger: object, _method: str, event: Event) -> Event:
    """Name the trace and the span that the event belongs to, in W3C's hex."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def told_exception(_logger: object, _method: str, event: Event) -> Event:
    """Tell of an exception what `faults` allows, in place of its text and its lines of code."""
    asked = event.pop("exc_info", None)
    error = sys.exc_info()[1] if asked is True else asked
    if isinstance(asked, tuple):
        error = asked[1]
    if isinstance(error, BaseException):
        event["exception"] = {
            "type": kind(error),
            "message": words(error),
            "frames": frames(error.__traceback__).splitlines(),
        }
    return event


def exported(_logger: object, _method: str, event: Event) -> Event:
    """Hand the masked event to the exporter of logs; without one this does nothing.

    Debug events stay on the machine they were asked for on: names and policies may stand in them.
    """
    level = str(event.get("level", "info"))
    if level not in SEVERITIES:
        return event
    logger().emit(
        severity_number=SEVERITIES[level],
        severity_text=level.upper(),
        body=str(event.get("event", "")),
        attributes={name: _plain(v) for name, v in event.items() if name not in _ELSEWHERE},
    )
    return event


def _plain(value: object) -> str | int | float | bool:
    if isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return "; ".join(f"{name}={inner}" for name, inner in value.items())
    return str(value)


def processors(
    renderer: structlog.typing.Processor, *, stamped: bool
) -> list[structlog.typing.Processor]:
    """Return what every log event goes through; `stamped` ones carry their time themselves."""
    stamps: list[structlog.typing.Processor] = (
        [structlog.processors.TimeStamper(fmt="iso", utc=True)] if stamped else []
    )
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        *stamps,
        trace_ids,
        told_exception,
        redact,
        exported,
        renderer,
    ]


def configure_logging(*, level: str = "warning", as_json: bool = True) -> None:
    """Send log events of that level and above to standard error.

    As JSON lines or for a terminal.
    """
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if not as_json:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=processors(renderer, stamped=True),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
