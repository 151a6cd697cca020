"""What goes around every invocation: telemetry, and what may be told of a bug.

The worker writes the traceback of what a function raises into the host's logs, text and all. The
text of an error that is not ours may hold the record that was being judged.
"""

import atexit
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from threading import Lock

import azure.functions as func

from monitor.errors import InvalidInput, MonitorError

LOGS = frozenset({"logs"})


class InvocationFailed(MonitorError):
    """An error of our own making; the text says its class and its place, never its words."""

    advice = "Report it with the class and the place that are named here."


class Telling:
    """Begins to log and to export once per worker process, at its first invocation."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stack = ExitStack()
        self._begun = False

    def begin(self) -> None:
        """Log to the host, and export where the app settings ask for it.

        Wrong telemetry settings are logged: no record is kept waiting for them.
        """
        with self._lock:
            if self._begun:
                return
            self._begun = True
            # Imported at the first invocation: indexing does not pay for it.
            import structlog  # noqa: PLC0415 - see above

            from monitor.functions.logs import log_to_host  # noqa: PLC0415 - see above
            from monitor.telemetry import exporting  # noqa: PLC0415 - see above

            log_to_host()
            try:
                self._stack.enter_context(exporting(os.environ, without=elsewhere(os.environ)))
            except InvalidInput as error:
                log = structlog.get_logger(__name__)
                log.error("telemetry.off", reason=str(error))  # noqa: TRY400 - no bug, a setting

    def end(self) -> None:
        """Send what is left; the next invocation begins anew."""
        with self._lock:
            self._stack.close()
            self._begun = False


def elsewhere(environment: Mapping[str, str]) -> frozenset[str]:
    """Return the signals that the host exports for us: logs, unless the worker says it does.

    With `PYTHON_ENABLE_OPENTELEMETRY` the worker announces `WorkerOpenTelemetryEnabled`, and the
    host leaves the logs it gets from the worker out of its own export. (Azure/azure-functions-host,
    `OpenTelemetryConfigurationExtensions.cs`.)
    """
    told = environment.get("PYTHON_ENABLE_OPENTELEMETRY", "").strip().lower()
    return frozenset() if told in {"true", "1"} else LOGS


telling = Telling()
"""The telemetry of this worker process."""

atexit.register(telling.end)


@contextmanager
def traced(context: func.Context) -> Iterator[None]:
    """Begin to tell, and make the host's span the parent of what is done inside.

    The worker library 1.3.0 attaches the host's trace context on the event loop's thread, which is
    not the one that a function without `async` runs on. So it is done here, where it is.
    """
    telling.begin()
    # Imported at the first invocation: indexing does not pay for it.
    from opentelemetry.context import attach, detach  # noqa: PLC0415 - see above
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - see above
        TraceContextTextMapPropagator,
    )

    told = context.trace_context
    carrier = {"traceparent": told.trace_parent or "", "tracestate": told.trace_state or ""}
    token = attach(TraceContextTextMapPropagator().extract(carrier))
    try:
        yield
    finally:
        detach(token)


@contextmanager
def invocation(name: str, context: func.Context) -> Iterator[None]:
    """Put this around what a function does.

    Raises:
        MonitorError: what was raised inside, another error turned into `InvocationFailed`.
    """
    try:
        with traced(context):
            yield
    except MonitorError:
        raise
    except Exception as error:  # noqa: BLE001 - its text must not reach the host's logs
        from monitor.telemetry.faults import frames, kind  # noqa: PLC0415 - see `Telling.begin`

        place = frames(error.__traceback__).splitlines()[-1]
        # `from None`: the host would print the text of the cause.
        raise InvocationFailed(f"{name}: {kind(error)} in {place}") from None
