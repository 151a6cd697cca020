"""From records to Event Hub message bodies: bundling, repeats, and a body cut off.

Entra hands over what the last five minutes brought, at most `MOST_RECORDS` in one body. Event Hub
delivers at least once: some records, and one whole body, come again with the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from samples.acts import Act
from samples.records import FIRST_MOMENT, AuditRecord
from samples.story import CUT_OFF_AFTER

WINDOW = timedelta(minutes=5)
MOST_RECORDS = 60

AGAIN = (
    ("creation/leonie.abaratu@lakeside.example", timedelta(minutes=10)),
    ("hole/opened/policy", timedelta(minutes=60)),
    ("hole/opened/twin", timedelta(minutes=10)),
    ("pilot/excluded/policy", timedelta(minutes=5)),
    ("redundant/policy", timedelta(minutes=5)),
    ("registration/petra.holmquist@lakeside.example/0", timedelta(minutes=15)),
    ("intruder/joins", timedelta(minutes=5)),
    ("device/17", timedelta(minutes=5)),
    ("substrate/40", timedelta(minutes=5)),
    ("sync/20/3", timedelta(minutes=30)),
)
"""Records that come once more, so much later; the hole's own record even after it was closed."""
BODY_AGAIN = "hole/closed/policy"
"""The whole body that holds this record comes twice in a row."""


@dataclass(frozen=True, slots=True)
class Handed:
    """One record on its way: when it reaches the hub, and its bytes."""

    arrives: datetime
    label: str
    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """The message bodies in order.

    `records` counts those in bodies that are whole, repeats included; `repeated` are the ids of
    what comes again, in that order; `cut_off_line` is the line (from 1) of the body cut off.
    """

    bodies: tuple[bytes, ...]
    records: int
    repeated: tuple[str, ...]
    cut_off_line: int


def stream(ordinary: Iterable[AuditRecord], acts: Iterable[Act]) -> Stream:
    """Bundle the day's records."""
    told = [(act, record) for act in acts for record in act.records]
    whole = [record for act, record in told if act.id != "body-cut-off"]
    first = {record.label: _hand(record) for record in (*ordinary, *whole)}
    again = [
        Handed(first[label].arrives + later, label, first[label].id, first[label].body)
        for label, later in AGAIN
    ]
    bundles = _bundles([*first.values(), *again])
    place = next(i for i, b in enumerate(bundles) if any(r.label == BODY_AGAIN for r in b))
    bundles.insert(place + 1, bundles[place])
    bodies = [_body(bundle) for bundle in bundles]
    cut = next(_hand(record) for act, record in told if act.id == "body-cut-off")
    line = next(i for i, bundle in enumerate(bundles) if bundle[0].arrives > cut.arrives)
    bodies.insert(line, _body([cut])[:CUT_OFF_AFTER])
    records = sum(map(len, bundles))
    return Stream(tuple(bodies), records, tuple(_repeated(bundles)), line + 1)


def _hand(record: AuditRecord) -> Handed:
    return Handed(record.arrives, record.label, record.id, record.body())


def _bundles(handed: list[Handed]) -> list[list[Handed]]:
    found: list[list[Handed]] = []
    window = -1
    for record in sorted(handed, key=lambda r: (r.arrives, r.label)):
        number = (record.arrives - FIRST_MOMENT) // WINDOW
        if number != window or len(found[-1]) == MOST_RECORDS:
            found.append([])
        window = number
        found[-1].append(record)
    return found


def _body(bundle: list[Handed]) -> bytes:
    return b'{"records":[' + b",".join(record.body for record in bundle) + b"]}"


def _repeated(bundles: list[list[Handed]]) -> Iterable[str]:
    seen: set[str] = set()
    for record in (record for bundle in bundles for record in bundle):
        if record.id in seen:
            yield record.id
        seen.add(record.id)
