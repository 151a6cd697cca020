"""The status door: `GET /api/status`, what a person who watches over the service wants to know."""

import os
from typing import TYPE_CHECKING

import azure.functions as func
from pydantic import JsonValue

from monitor.clock import stamp
from monitor.functions import access
from monitor.functions.access import Role
from monitor.functions.answers import Answer, answered
from monitor.functions.app import HTTP_OPENING_SECONDS, OpenMonitor, shared
from monitor.functions.health import freshness
from monitor.ledger.epoch import from_milliseconds

if TYPE_CHECKING:
    from monitor.ledger.cursor import Cursor

ALLOWED = frozenset({Role.AUDITOR, Role.SECURITY, Role.ADMIN})

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


def current(monitor: OpenMonitor) -> dict[str, JsonValue]:
    """Return the health report and, for each partition, how far it was read."""
    cursors = monitor.cursors()
    return {
        **monitor.health(),
        "partitions": [_partition(key, cursor) for key, cursor in sorted(cursors.items())],
    }


def _partition(key: str, cursor: "Cursor") -> dict[str, JsonValue]:
    enqueued = cursor.enqueued
    return {
        "source": key,
        "first": cursor.start,
        "last": cursor.high,
        "missing": cursor.missing,
        "last_enqueued": stamp(from_milliseconds(enqueued)) if enqueued is not None else None,
    }


@blueprint.function_name("status")
@blueprint.route(route="api/status", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def status(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer 200 with the report, whatever its status; who may not ask is refused."""

    def decide() -> Answer:
        access.require(req.headers.get(access.HEADER), ALLOWED, os.environ)
        monitor = shared.get(HTTP_OPENING_SECONDS)
        freshness.keep(monitor)
        return current(monitor), 200

    return answered("status", context, decide)
