"""The desk between the alerts and the ledger.

What is undelivered, what was told before, and the pen that records deliveries.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from pydantic import JsonValue

from monitor.alerts.failing import Standing, failing_leaf
from monitor.alerts.ports import Delivery, FiledFinding, Result, Thread, Tried
from monitor.alerts.route import Route
from monitor.clock import Clock, moment, stamp
from monitor.pipeline.leaves import Leaf
from monitor.pipeline.outcome import Filed, Outcome
from monitor.pipeline.pipeline import Pipeline
from monitor.view.cells import Cell, Table
from monitor.view.deliveries import thread_key
from monitor.view.fold import whole
from monitor.view.view import View

FOREIGN_AGE = timedelta(minutes=2)
"""A finding somebody else committed is left to them for this long (docs/alerts.md)."""


class Desk:
    """Implements both ports of the follower over the view and the pipeline.

    A finding is offered at once to the process that committed it, and to every other one only when
    it is older than `FOREIGN_AGE`: several instances do not send it twice in normal operation.
    """

    def __init__(self, view: View, pipeline: Pipeline, clock: Clock) -> None:
        self._view = view
        self._pipeline = pipeline
        self._clock = clock
        self._own: set[int] = set()
        self._lock = threading.Lock()
        self._entries: list[Filed] = []

    def committed(self, outcome: Outcome) -> None:
        """Note the findings this process has just committed; called from any thread."""
        new = {filed.index for filed in outcome.entries if filed.leaf["t"] == "finding"}
        with self._lock:
            self._own |= new

    def pending(self) -> Sequence[FiledFinding]:
        """Return the undelivered findings that are this process's to send, by entry index."""
        with self._lock:
            own = frozenset(self._own)
        found = [self._filed(cell) for cell in self._view.rows(Table.UNDELIVERED)]
        oldest = self._clock.now() - FOREIGN_AGE
        mine = [one for one in found if one.index in own or one.filed <= oldest]
        # Only what was ours before the view was read can be known to be done: another thread may
        # have committed meanwhile, and what is forgotten here waits for two minutes.
        done = own - {one.index for one in found}
        with self._lock:
            self._own -= done
        return sorted(mine, key=lambda one: one.index)

    def thread(self, channel: str, tenant: str, thread: str) -> Thread | None:
        """Return what the channel was told of that incident, or None."""
        cell = self._view.cell(Table.THREAD, tenant, thread_key(channel, thread))
        if cell is None:
            return None
        value = cast("dict[str, JsonValue]", cell.value)
        sent, latest = moment(str(value["sent"])), moment(str(value["latest"]))
        return Thread(int(cast("int", value["number"])), sent, latest)

    def sent(self, channel: str) -> Sequence[datetime]:
        """Return when the latest messages went to the channel (UTC), oldest first."""
        cell = self._view.cell(Table.CHANNEL, "", channel)
        value = cast("dict[str, JsonValue]", cell.value) if cell else {}
        return [moment(str(at)) for at in cast("list[JsonValue]", value.get("sent") or [])]

    def record(self, deliveries: Sequence[Delivery]) -> None:
        """Append a delivery entry for each attempt."""
        self.enter("delivery", [_leaf(delivery) for delivery in deliveries])

    def enter(self, kind: str, entries: Sequence[Leaf]) -> None:
        """Append leaves of a kind; `taken` returns them."""
        outcome = self._pipeline.record(kind, lambda: entries)
        self._entries += outcome.entries

    def report_failing(self, routes: Mapping[str, Route], patience: timedelta) -> bool:
        """Append a finding for each channel that is failing; say whether there was one.

        `routes` are the channels with what each takes, `patience` is how long one may fail before
        it is reported.
        """

        def decide() -> Sequence[Leaf]:
            now = self._clock.now()
            standings = [self._standing(name, route) for name, route in routes.items()]
            found = (failing_leaf(one, now, patience) for one in standings if one)
            return [leaf for leaf in found if leaf]

        if not decide():
            return False
        outcome = self._pipeline.record("delivery", decide)
        self.committed(outcome)
        self._entries += outcome.entries
        return bool(outcome.entries)

    def taken(self) -> Outcome:
        """Return the entries made since the last call."""
        entries, self._entries = tuple(self._entries), []
        return Outcome(entries=entries)

    def _standing(self, name: str, route: Route) -> Standing | None:
        cell = self._view.cell(Table.CHANNEL, "", name)
        if cell is None:
            return None
        value = cast("dict[str, JsonValue]", cell.value)
        if value["since"] is None and not value["given_up"]:
            return None
        since = moment(str(value["since"])) if value["since"] else None
        return Standing(
            name,
            since,
            str(value["error"] or ""),
            int(cast("int", value["given_up"])),
            sum(_waits(cell, name, route) for cell in self._view.rows(Table.UNDELIVERED)),
            value["open"] is not None,
        )

    def _filed(self, cell: Cell) -> FiledFinding:
        value = cast("dict[str, JsonValue]", cell.value)
        tried = {
            name: Tried(
                Result(str(one["outcome"])), int(str(one["attempt"])), moment(str(one["at"]))
            )
            for name, one in cast("dict[str, dict[str, JsonValue]]", value["channels"]).items()
        }
        leaf = dict(cast("dict[str, JsonValue]", value["leaf"]))
        leaf["details"] = whole(leaf.get("details"), self._view.documents)
        filed, acknowledged = moment(str(value["filed"])), value.get("acknowledged") is True
        return FiledFinding(int(cell.key), leaf, filed, tried, acknowledged)


def _waits(cell: Cell, name: str, route: Route) -> bool:
    value = cast("dict[str, JsonValue]", cell.value)
    tried = cast("dict[str, JsonValue]", value["channels"]).get(name)
    open_there = not isinstance(tried, dict) or tried.get("outcome") == "failed"
    return open_there and route.takes(cast("dict[str, JsonValue]", value["leaf"]))


def _leaf(delivery: Delivery) -> Leaf:
    leaf: Leaf = {
        "t": "delivery",
        "v": 1,
        "tenant": delivery.tenant,
        "at": stamp(delivery.at),
        "src": {"of": delivery.finding},
        "channel": delivery.channel,
        "outcome": delivery.outcome.value,
        "attempt": delivery.attempt,
        "error": delivery.error,
        "done": delivery.done,
    }
    if delivery.message:
        leaf["message"] = {
            "lead": delivery.message.lead,
            "count": delivery.message.count,
            "form": delivery.message.form.value,
            "number": delivery.message.number,
            "thread": delivery.message.thread,
        }
    return leaf
