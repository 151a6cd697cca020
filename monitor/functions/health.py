"""The health door: `GET /healthz`, for probes, load balancers and uptime checks.

Anonymous on purpose: a probe carries no key, and this app holds no keys at all. So the answer is
what a stranger may know: status, counts, times; never a name, a tenant or an error's text.
"""

import time
from collections.abc import Callable, Mapping

import azure.functions as func
from pydantic import JsonValue

from monitor.errors import MonitorError
from monitor.functions.answers import Answer, answered
from monitor.functions.app import OpenMonitor, shared

OPENING_SECONDS = 5.0
"""How long a probe waits while the monitor is being opened, seconds; longer is not ready."""
REFRESH_SECONDS = 2.0
"""How long a probe waits for the ledger's head while a batch is under way, seconds."""
REFRESH_EVERY = 5.0
"""How often the store is asked, seconds: a stranger who asks more often costs nothing."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


class Freshness:
    """Looks at the ledger for probes, not more often than every so many seconds.

    Commits may come from another instance than the one that answers HTTP.
    """

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._next = 0.0

    def keep(self, monitor: OpenMonitor) -> None:
        """Refresh the monitor where it is time.

        Raises:
            StorageUnavailable: the ledger cannot be read; the next probe asks again.
        """
        if self._ticks() >= self._next:
            monitor.refresh(REFRESH_SECONDS)
            self._next = self._ticks() + REFRESH_EVERY


freshness = Freshness()


def current_health() -> Mapping[str, JsonValue]:
    """Return the monitor's own report, or one that names the class of error that prevents it."""
    try:
        monitor = shared.get(OPENING_SECONDS)
        freshness.keep(monitor)
        return monitor.health()
    except MonitorError as error:
        return {"status": "unavailable", "error": type(error).__name__}


@blueprint.function_name("health")
@blueprint.route(route="healthz", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:  # noqa: ARG001 - by this name
    """Answer 200 when the report's status is `ok`, else 503, with the report as JSON."""

    def decide() -> Answer:
        report = current_health()
        return report, 200 if report.get("status") == "ok" else 503

    return answered("health", context, decide)
