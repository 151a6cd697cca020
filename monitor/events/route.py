"""The first look at a message: which of its records are worth decoding at all.

One pass of msgspec over the whole body reads four fields of each record and keeps three slices of
its bytes; nothing else is built. That is what makes ordinary traffic cheap.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from monitor.events.look import matters_inside
from monitor.events.quarantine import QuarantineCode, Refused
from monitor.events.relevance import Verdict, verdict_on, verdict_on_activity
from monitor.events.shapes import Record
from monitor.events.user_update import Inside

# Looking a member up on its class is slow enough to be felt in the loop below.
_COUNT = Verdict.COUNT
_LOOK_INSIDE = Verdict.LOOK_INSIDE


class Route(Struct, rename="camel", gc=False):
    """What is read of a record; names are empty where it has none under Event Hub's keys."""

    operation_name: str = ""
    category: str = ""
    time: str = ""
    properties: Inside | None = None


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
        inside = route.properties
        activity = "" if inside is None else inside.activity_display_name
        verdict = verdict_on(route.category, route.operation_name, activity)
        if verdict is _COUNT:
            continue
        if (
            verdict is _LOOK_INSIDE
            and inside is not None
            and not matters_inside(route.operation_name, inside)
        ):
            continue
        found.append(Candidate(place, known=verdict is not Verdict.PUZZLE))
    return found


def matters(record: Record) -> bool:
    """Return the same judgement as `survey` on one decoded record in Event Hub shape.

    Raises:
        Refused: the record names no activity.
    """
    properties = record.get("properties")
    parts = properties if isinstance(properties, dict) else {}
    operation = _text_or_nothing(record.get("operationName"))
    activity = _text_or_nothing(parts.get("activityDisplayName"))
    if not (operation or activity):
        raise Refused(QuarantineCode.UNKNOWN_SHAPE, "an audit record that names no activity")
    verdict = verdict_on_activity(operation, activity)
    if verdict is not _LOOK_INSIDE:
        return verdict is Verdict.BUILD
    members = ("targetResources", "additionalDetails", "initiatedBy")
    return matters_inside(operation, Inside(activity, *(_raw(parts.get(n)) for n in members)))


def _text_or_nothing(value: object) -> str:
    return value if isinstance(value, str) else ""


def _raw(value: object) -> Raw:
    return Raw(json.dumps(value).encode())
