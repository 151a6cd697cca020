"""Gathers a digest from the views, the settings and the checkpoint."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from pydantic import JsonValue

from monitor.alerts.alert import NAME, Other, read_alert
from monitor.alerts.digest import Digest, Row
from monitor.alerts.schedule import Edition
from monitor.alerts.untrusted import clean
from monitor.clock import moment
from monitor.ledger.epoch import from_milliseconds
from monitor.ledger.log import Log
from monitor.pipeline.outcome import Filed
from monitor.rules.model import Severity
from monitor.settings import Settings
from monitor.view.cells import Cell, Table
from monitor.view.view import View

MOST = 10
"""Rows of a section; how many more there are is said."""
SOON = timedelta(days=14)
"""How long before its end an exemption is listed."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a digest is gathered from: `entry` reads an entry, `checkpoint` the latest note."""

    view: View
    log: Log
    settings: Settings
    entry: Callable[[int], Filed | None]
    checkpoint: Callable[[], str]


def gather(sources: Sources, edition: Edition) -> Digest:
    """Return the digest of what was committed from `edition.since` to before `edition.until`."""
    view = sources.view
    first, end = (index_at(sources.log, when) for when in (edition.since, edition.until))
    severities = view.counted("finding", "severity", first, end)
    counts = {s.value: severities.get(s.value, 0) for s in reversed(Severity)}
    loud = sum(count for name, count in counts.items() if name != Severity.INFO.value)
    shown = tuple(_others(sources, view.gravest(first, end, MOST)))
    changes = view.counted("change", "activity", first, end)
    kept = dict(list(changes.items())[:MOST])
    if len(changes) > MOST:
        kept["other activities"] = sum(changes.values()) - sum(kept.values())
    return Digest(
        period=edition.period,
        since=edition.since,
        until=edition.until,
        counts=counts,
        gravest=shown,
        more=loud - len(shown),
        changes=kept,
        overdue=_bounded(_overdue(view)),
        expiring=_bounded(_expiring(sources.settings, edition.until)),
        stream=_stream(sources, first, end),
        countdowns=tuple(_countdowns(sources.settings, edition.until.date())),
        checkpoint=sources.checkpoint(),
        failing=tuple(c.key for c in view.rows(Table.CHANNEL) if _value(c)["since"] is not None),
    )


def index_at(log: Log, when: datetime) -> int:
    """Return the index of the first entry that was committed at that moment or later.

    Batches are committed in the order of their times, give or take the clocks of several writers.
    """
    low, high = 0, log.head().seq + 1
    while low < high:
        middle = (low + high) // 2
        batch = log.read(middle)
        if batch is not None and from_milliseconds(batch.stated.time) < when:
            low = middle + 1
        else:
            high = middle
    batch = log.read(low)
    return batch.first_index if batch else log.head().size


def _others(sources: Sources, indices: list[int]) -> Iterator[Other]:
    for index in indices:
        filed = sources.entry(index)
        if filed is not None:
            alert = read_alert(index, filed.leaf)
            name = alert.about.name
            words = f"{alert.title}{': ' if name else ''}{name}"
            yield Other(index, alert.severity, clean(words, NAME))


def _overdue(view: View) -> Iterator[Row]:
    for cell in view.rows(Table.CLOCK):
        clock = _value(cell)
        if clock.get("stage") == "overdue":
            name = clean(str(clock.get("upn") or clock.get("user")), NAME)
            yield Row(name, f"since {str(clock.get('deadline'))[:10]}")


def _expiring(settings: Settings, now: datetime) -> Iterator[Row]:
    for one in sorted(settings.exemptions, key=lambda exemption: exemption.expires):
        if now <= one.expires <= now + SOON:
            text = f"ends {one.expires:%Y-%m-%d}; {one.ticket}, {one.owner}: {one.reason}"
            yield Row(clean(one.object, NAME), clean(text, 2 * NAME))


def _stream(sources: Sources, first: int, end: int) -> tuple[Row, ...]:
    view, head = sources.view, sources.view.standing
    last = f"{head.time:%Y-%m-%d %H:%M:%S} UTC" if head.seq >= 0 else "never"
    quarantined = sum(view.counted("quarantine", "kind", first, end).values())
    gaps = sum(cursor.missing for cursor in head.cursors.values())
    pulses = [
        Row(clean(f"last record of {cell.tenant}", NAME), f"{moment(str(at)):%Y-%m-%d %H:%M} UTC")
        for cell in view.rows(Table.STREAM)
        if cell.key == "pulse" and (at := _value(cell).get("last"))
    ]
    return (
        Row("last commit", last),
        Row("entries", str(head.size)),
        Row("missing positions", str(gaps)),
        Row("quarantined records", str(quarantined)),
        Row("findings not settled", str(len(view.rows(Table.UNDELIVERED)))),
        *pulses[:MOST],
    )


def _countdowns(settings: Settings, today: date) -> Iterator[tuple[str, str, int]]:
    declared = (
        ("legacy custom control gone by", settings.migration.complete_by),
        ("mandatory MFA from", settings.migration.mandatory_mfa),
    )
    for name, day in declared:
        if day is not None:
            yield name, day.isoformat(), (day - today).days


def _bounded(rows: Iterator[Row]) -> tuple[Row, ...]:
    listed = list(rows)
    more = [Row("", f"and {len(listed) - MOST} more")] if len(listed) > MOST else []
    return (*listed[:MOST], *more)


def _value(cell: Cell) -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", cell.value)
