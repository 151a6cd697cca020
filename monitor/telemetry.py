"""Logs: structured, dotted event names, to standard error.

No policy body and no user name above debug.

`redact` is the last line of defence: what looks like an address, a URL with a secret in it or a
phone number is masked in every value of every event, whoever logged it.
"""

import logging
import re
import sys
from collections.abc import MutableMapping

import structlog

ADDRESS = re.compile(r"[\w.+#-]+@[\w-]+(\.[\w-]+)+")
CREDENTIAL_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"]+", re.IGNORECASE)
PHONE = re.compile(r"\+\d[\d ().-]{6,}\d")


def redact_text(text: str) -> str:
    """Mask addresses, URLs and phone numbers in a text."""
    text = CREDENTIAL_URL.sub(lambda match: match.group().split("://", 1)[0] + "://***", text)
    return PHONE.sub("+***", ADDRESS.sub("***@***", text))


def redact(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Mask every text of a log event (a structlog processor)."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = redact_text(value)
    return event


def configure_logging(*, level: str = "warning", as_json: bool = True) -> None:
    """Send log events of that level and above to standard error.

    As JSON lines or for a terminal.
    """
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if not as_json:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
