"""Whether the stream itself is whole: silence, lateness, drifting shapes.

There is no second write: what has to be remembered are entries of the ledger, committed with the
batch or the sweep that noticed it, and folded into cells like everything else.

- While records of a tenant arrive from Event Hubs, a *pulse* entry says so, at most every five
  minutes, in the batch that brought them. It carries the pause before it, and the pause from which
  on silence is unusual: four times the longest of the last seven days, at least an hour, at most a
  day. Files and HTTP bring what somebody hands over; nothing is expected of them.
- Positions that were skipped are the matter of `gaps`.
- Records that cannot be read or understood are entries already, and are counted by day.

A replay lives on event time: there silence, lateness and gaps say nothing and are not judged.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from pydantic import JsonValue

from monitor.clock import moment, stamp
from monitor.events.batch import Message
from monitor.events.model import AuditEvent
from monitor.events.synthetic import synthetic_run
from monitor.ledger.cursor import Cursor
from monitor.pipeline.leaves import Leaf
from monitor.rules.case import Case, DriftCase, ExemptionCase, LateCase, SilenceCase
from monitor.rules.context import Context
from monitor.rules.exemption_expired import exemption_expired
from monitor.view.cells import Cells, Table
from monitor.view.marks import once_key, with_pause

PULSE = timedelta(minutes=5)
"""How often a pulse is entered at most."""
LEAST, MOST = timedelta(hours=1), timedelta(hours=24)
"""The shortest and the longest pause that is taken for usual."""
TIMES = 4
"""A silence is unusual when it is that many times the longest pause seen."""
SETTLING = timedelta(minutes=15)
"""How long a process that has just started reads its backlog before it judges silence."""
LATE = timedelta(hours=6)
"""How long after its own time a record may reach Event Hubs without a word."""
DRIFT_STEPS = (25, 5)
"""Numbers of unreadable records on one day at which it is said, and said again."""

DEPLOYMENT = ""
"""The tenant of entries about the deployment itself (docs/ledger-format.md, section 6)."""

_TENANT = re.compile(rb"/tenants/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})/")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be judged once: `once` tells it from others of the same rule."""

    tenant: str
    case: Case
    once: str
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of the stream at one moment.

    `cursors` are those at the ledger's head. `since` is when this process began to live on wall
    time; None in a replay.
    """

    cells: Cells
    cursors: Mapping[str, Cursor]
    now: datetime
    since: datetime | None


def pulses(sight: Sight, messages: Iterable[Message]) -> Iterator[Leaf]:
    """Yield the pulses due for the tenants whose records these messages are.

    Only Event Hub messages count. Noise is not decoded for this: the resource id of a record names
    its tenant, and the bytes are looked through only every five minutes.
    """
    streamed = [message for message in messages if message.sequence is not None]
    if sight.since is None or not streamed or not _pulse_due(sight):
        return
    found = {name for message in streamed for name in _TENANT.findall(message.body)}
    for tenant in sorted({name.decode().lower() for name in found}):
        leaf = None if synthetic_run(tenant) else _pulse(sight, tenant, sight.since)
        if leaf:
            yield leaf


def notices(sight: Sight, context: Context) -> Iterator[Notice]:
    """Yield everything about the stream and the approvals that time alone decides."""
    if sight.since is not None and sight.now - sight.since >= SETTLING:
        yield from _silences(sight)
    yield from _drifts(sight)
    yield from _expired(sight, context)


def late(event: AuditEvent, message: Message, now: datetime) -> Iterator[Notice]:
    """Notice a record that reached the hub late; once a day for each tenant and severity."""
    arrived = min(message.enqueued or event.time, now)
    if arrived - event.time > LATE:
        days = (arrived - event.time) // timedelta(days=1)
        once = f"{arrived.date().isoformat()}/{'days' if days else 'hours'}"
        yield Notice(event.tenant, LateCase(event, arrived), once)


def _silences(sight: Sight) -> Iterator[Notice]:
    """Notice tenants whose records have stopped coming."""
    for cell in sight.cells.rows(Table.STREAM, due=sight.now):
        if cell.key != "pulse":
            continue
        held = cast("Leaf", cell.value)
        last, first = moment(str(held["last"])), moment(str(held["since"]))
        expected = timedelta(seconds=cast("float", held["expect"]))
        case = SilenceCase(cell.tenant, last, expected, last - first, sight.now)
        yield Notice(cell.tenant, case, stamp(last))


def _drifts(sight: Sight) -> Iterator[Notice]:
    """Notice days on which many records could not be read or understood."""
    for cell in sight.cells.rows(Table.STREAM, due=sight.now):
        if not cell.key.startswith("drift/"):
            continue
        held, day = cast("Leaf", cell.value), cell.key.removeprefix("drift/")
        unreadable, changes = cast("int", held["quarantine"]), cast("int", held["change"])
        step = next(step for step in DRIFT_STEPS if unreadable + changes >= step)
        case = DriftCase(cell.tenant, day, unreadable, changes)
        yield Notice(cell.tenant, case, f"{day}/{step}", cast("int", held["i"]))


def _expired(sight: Sight, context: Context) -> Iterator[Notice]:
    """Notice exemptions whose end has come."""
    for exemption in context.exemptions:
        once = f"{exemption.object.lower()}/{exemption.ticket}/{stamp(exemption.expires)}"
        key = once_key(exemption_expired.id, once)
        if exemption.expires <= sight.now and not sight.cells.get(Table.NOTED, DEPLOYMENT, key):
            name = _name_of(sight.cells, exemption.object)
            yield Notice(DEPLOYMENT, ExemptionCase(exemption, name), once)


def _leaf(kind: str, tenant: str, now: datetime) -> Leaf:
    return {"t": kind, "v": 1, "tenant": tenant, "at": stamp(now)}


def _rows(sight: Sight, prefix: str, *, due: bool = False) -> list[tuple[str, Leaf]]:
    rows = sight.cells.rows(Table.STREAM, due=sight.now if due else None)
    return [(cell.key, cast("Leaf", cell.value)) for cell in rows if cell.key.startswith(prefix)]


def _pulse_due(sight: Sight) -> bool:
    """Say whether some tenant's pulse is due.

    A tenant that has been silent for a day no longer makes us look through every batch.
    """
    rows = _rows(sight, "pulse")
    ages = [sight.now - moment(str(held["last"])) for _, held in rows]
    return not ages or min(ages) > MOST or any(PULSE <= age <= MOST for age in ages)


def _pulse(sight: Sight, tenant: str, since: datetime) -> Leaf | None:
    """Return the pulse of a tenant; None where the last one is recent.

    A pause that reaches back behind `since` may be our own and teaches nothing.
    """
    cell, now = sight.cells.get(Table.STREAM, tenant, "pulse"), sight.now
    held = cast("Leaf", cell.value) if cell else None
    last = moment(str(held["last"])) if held else None
    if last and now - last < PULSE:
        return None
    paused = (now - last).total_seconds() if last and last >= since else None
    pauses = cast("Mapping[str, JsonValue]", held["pauses"]) if held else {}
    if paused is not None:
        pauses = with_pause(pauses, now, paused)
    longest = max((cast("float", seconds) for seconds in pauses.values()), default=0.0)
    expect = min(max(LEAST.total_seconds(), TIMES * longest), MOST.total_seconds())
    leaf = _leaf("pulse", tenant, now)
    return leaf | {"src": {"of": None}, "pause": paused, "expect": expect}


def _name_of(cells: Cells, identity: str) -> str:
    ending = f"/{identity.lower()}"
    for cell in cells.rows(Table.DOCUMENT):
        body = cast("Leaf", cell.value).get("body")
        if cell.key.lower().endswith(ending) and isinstance(body, dict):
            return str(body.get("displayName") or identity)
    return identity
