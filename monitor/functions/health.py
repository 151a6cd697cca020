"""The health door: `GET /healthz`, for probes, load balancers and uptime checks.

Anonymous on purpose: a probe carries no key, and this app holds no keys at all. So the answer is
what a stranger may know: status, counts, times; never a name, a tenant or an error's text.
"""

import json
from collections.abc import Mapping

import azure.functions as func
from pydantic import JsonValue

from monitor.errors import MonitorError
from monitor.functions.app import shared

OPENING_SECONDS = 5.0
"""How long a probe waits while the monitor is being opened, seconds; longer is not ready."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


def current_health() -> Mapping[str, JsonValue]:
    """Return the monitor's own report, or one that names the class of error that prevents it."""
    try:
        return shared.get(OPENING_SECONDS).health()
    except MonitorError as error:
        return {"status": "unavailable", "error": type(error).__name__}


@blueprint.function_name("health")
@blueprint.route(route="healthz", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - passed by this name
    """Answer 200 when the report's status is `ok`, else 503, with the report as JSON."""
    report = current_health()
    return func.HttpResponse(
        json.dumps(dict(report)),
        status_code=200 if report.get("status") == "ok" else 503,
        mimetype="application/json",
        headers={"Cache-Control": "no-store"},
    )
