"""Answers of the HTTP doors: always JSON, never cached, never an echo of what was sent."""

import json
from collections.abc import Callable, Mapping

import azure.functions as func
from pydantic import JsonValue

from monitor.errors import MonitorError
from monitor.functions.invocation import traced
from monitor.sources.bodies import Refusal, refusal_of

Answer = tuple[Mapping[str, JsonValue], int]
"""The JSON object to answer, and the status."""

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def reply(answer: Answer, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """Return the answer as the host takes it."""
    body, status = answer
    return func.HttpResponse(
        json.dumps(dict(body)),
        status_code=status,
        mimetype="application/json",
        headers={**HEADERS, **(headers or {})},
    )


def answered(door: str, context: func.Context, decide: Callable[[], Answer]) -> func.HttpResponse:
    """Answer what `decide` returns, or the refusal or error that it raises."""
    with traced(context):
        return _answered(door, decide)


def _answered(door: str, decide: Callable[[], Answer]) -> func.HttpResponse:
    # Imported at the first request: indexing does not pay for it.
    import structlog  # noqa: PLC0415 - see above

    from monitor.telemetry.faults import kind  # noqa: PLC0415 - see above

    log = structlog.get_logger(__name__)
    try:
        return reply(decide())
    except Refusal as error:
        refused = error
        log.info("api.refused", door=door, status=refused.status)
    except MonitorError as error:
        refused = refusal_of(error)
        log.warning("api.failed", door=door, status=refused.status, reason=str(error))
    except Exception as error:  # noqa: BLE001 - the door: an empty 500 of the host helps nobody
        refused = Refusal(500, "internal error; see the log")
        log.error("api.internal_error", door=door, kind=kind(error))  # noqa: TRY400 - its text is data
    return reply(({"error": refused.detail}, refused.status), refused.headers)
