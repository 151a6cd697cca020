"""What the service tells of itself: logs, metrics and traces, never of the people it watches over.

`redact` is the last line of defence: what looks like an address, a URL with a secret in it or a
phone number is masked in every value of every event, whoever logged it.
"""

from monitor.telemetry.export import exporting
from monitor.telemetry.logs import configure_logging
from monitor.telemetry.redaction import redact, redact_text
from monitor.telemetry.signals import operation, record, span, timed

__all__ = [
    "configure_logging",
    "exporting",
    "operation",
    "record",
    "redact",
    "redact_text",
    "span",
    "timed",
]
