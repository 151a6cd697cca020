"""The events door: `POST /api/events`, for senders that cannot use Event Hubs."""

import os

import azure.functions as func

from monitor.events.batch import Message, NamedSource, SourceBatch
from monitor.functions import access
from monitor.functions.access import Role
from monitor.functions.answers import Answer, answered
from monitor.functions.app import HTTP_OPENING_SECONDS, shared
from monitor.functions.ingest import commit
from monitor.sources.bodies import (
    counts,
    refuse_coding,
    refuse_empty,
    refuse_long,
    refuse_pages,
)

ALLOWED = frozenset({Role.ADMIN})
"""Who sends records can invent some: that is for those who run the service."""
SOURCE = NamedSource("http", "api/events")

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # its __init__ has no types


@blueprint.function_name("events")
@blueprint.route(route="api/events", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def events(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Record one message body; answer 202 with counts when it is committed."""

    def decide() -> Answer:
        access.require(req.headers.get(access.HEADER), ALLOWED, os.environ)
        # A page could act with the session cookie of an administrator who looks at it.
        refuse_pages(req.headers.get("Origin"))
        refuse_coding(req.headers.get("Content-Encoding"))
        body = req.get_body()
        refuse_long(len(body))
        refuse_empty(body)
        monitor = shared.get(HTTP_OPENING_SECONDS)
        return counts(commit(monitor, SourceBatch(SOURCE, (Message(body),)))), 202

    return answered("events", context, decide)
