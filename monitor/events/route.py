"""The first look at a message: which of its records are worth decoding at all.

One pass of msgspec over the whole body reads four fields of each record and keeps three slices of
its bytes; nothing else is built. That is what makes ordinary traffic cheap.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from monitor.events.quarantine import QuarantineCode, Refused
from monitor.events.relevance import Triage, triage, user_update_matters
from monitor.events.shapes import AUDIT_CATEGORY, Record

_NULL = Raw(b"null")
_USUAL_CATEGORY = "AuditLogs"


class RoutedProperties(Struct, rename="camel", gc=False):
    """What is read of `properties`."""

    activity_display_name: str = ""
    target_resources: Raw = _NULL
    additional_details: Raw = _NULL
    initiated_by: Raw = _NULL


class Route(Struct, rename="camel", gc=False):
    """What is read of a record; names are empty where it has none under Event Hub's keys."""

    operation_name: str = ""
    category: str = ""
    time: str = ""
    properties: RoutedProperties | None = None


class Message(Route, rename="camel"):
    """A body that is an object: an envelope where `records` is there, else a bare record."""

    records: list[Route] | UnsetType = UNSET


MESSAGE = msgspec.json.Decoder(Message)
ROUTES = msgspec.json.Decoder(list[Route])


class Candidate(NamedTuple):
    """A record that is not plainly noise, by its place in the envelope.

    `known` marks an Event Hub record that is to be built; the others could not be told apart.
    """

    place: int
    known: bool


def survey(routes: Sequence[Route]) -> list[Candidate]:
    """Return the records that are not irrelevant, in order; this loop runs for every record."""
    found: list[Candidate] = []
    for place, route in enumerate(routes):
        properties = route.properties
        operation = route.operation_name
        activity = "" if properties is None else properties.activity_display_name
        category = route.category
        if category != _USUAL_CATEGORY and category.casefold() != AUDIT_CATEGORY:
            if category and operation:
                continue  # another log on a shared hub
            if category or not activity:
                # Graph and Log Analytics carry the directory's category here, and no such names.
                found.append(Candidate(place, known=False))
                continue
        elif not (activity or operation):
            found.append(Candidate(place, known=False))
            continue
        verdict = triage(operation, activity)
        if verdict is Triage.BUILD or (
            verdict is Triage.LOOK_INSIDE and (properties is None or _matters(properties))
        ):
            found.append(Candidate(place, known=True))
    return found


def _matters(properties: RoutedProperties) -> bool:
    return user_update_matters(
        properties.target_resources, properties.additional_details, properties.initiated_by
    )


def record_matters(record: Record) -> bool:
    """Return the same judgement as `survey` on one decoded record in Event Hub shape.

    Raises:
        Refused: the record names no activity.
    """
    properties = record.get("properties")
    parts = properties if isinstance(properties, dict) else {}
    operation, activity = record.get("operationName"), parts.get("activityDisplayName")
    names = [name if isinstance(name, str) else "" for name in (operation, activity)]
    if not any(names):
        raise Refused(QuarantineCode.UNKNOWN_SHAPE, "an audit record that names no activity")
    verdict = triage(*names)
    if verdict is Triage.LOOK_INSIDE:
        members = ("targetResources", "additionalDetails", "initiatedBy")
        return user_update_matters(*(Raw(json.dumps(parts.get(name)).encode()) for name in members))
    return verdict is Triage.BUILD
