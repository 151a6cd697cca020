"""The desk between the alerts and the ledger.

What is undelivered, and the pen that records deliveries.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from pydantic import JsonValue

from monitor.alerts.ports import Delivery, FiledFinding, Result, Tried
from monitor.clock import Clock, moment, stamp
from monitor.pipeline.leaves import Leaf
from monitor.pipeline.outcome import Filed, Outcome
from monitor.pipeline.pipeline import Pipeline
from monitor.view.cells import Cell, Table
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
        self._entries: list[Filed] = []

    def committed(self, outcome: Outcome) -> None:
        """Note the findings this process has just committed."""
        self._own |= {filed.index for filed in outcome.entries if filed.leaf["t"] == "finding"}

    def pending(self) -> Sequence[FiledFinding]:
        """Return the undelivered findings that are this process's to send, by entry index."""
        found = [_filed(cell) for cell in self._view.rows(Table.UNDELIVERED)]
        oldest = self._clock.now() - FOREIGN_AGE
        mine = [one for one in found if one.index in self._own or one.filed <= oldest]
        self._own &= {one.index for one in found}
        return sorted(mine, key=lambda one: one.index)

    def record(self, deliveries: Sequence[Delivery]) -> None:
        """Append a delivery entry for each attempt."""
        entries = [_leaf(delivery) for delivery in deliveries]
        outcome = self._pipeline.record("delivery", lambda: entries)
        self._entries += outcome.entries

    def taken(self) -> Outcome:
        """Return the delivery entries made since the last call."""
        entries, self._entries = tuple(self._entries), []
        return Outcome(entries=entries)


def _filed(cell: Cell) -> FiledFinding:
    value = cast("dict[str, JsonValue]", cell.value)
    tried = {
        name: Tried(Result(str(one["outcome"])), int(str(one["attempt"])), moment(str(one["at"])))
        for name, one in cast("dict[str, dict[str, JsonValue]]", value["channels"]).items()
    }
    leaf = cast("dict[str, JsonValue]", value["leaf"])
    return FiledFinding(int(cell.key), leaf, moment(str(value["filed"])), tried)


def _leaf(delivery: Delivery) -> Leaf:
    return {
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
