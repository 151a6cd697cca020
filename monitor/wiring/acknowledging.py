"""The entry that says a person has a finding in hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from monitor.clock import stamp
from monitor.pipeline.leaves import Leaf
from monitor.pipeline.outcome import Filed
from monitor.view.cells import Cell


@dataclass(frozen=True, slots=True)
class Word:
    """Who acknowledges, why, and under which ticket, if any."""

    by: str
    reason: str
    ticket: str | None = None


def covered(filed: Filed, undelivered: Iterable[Cell]) -> list[int]:
    """Return the other findings of the same incident that are not settled yet.

    A message names one finding of an incident and tells of them all; whoever answers it has read of
    all of them. What comes later is told anew.
    """
    incident = filed.leaf.get("incident")
    if incident is None:
        return []
    found = []
    for cell in undelivered:
        leaf = cast("dict[str, JsonValue]", cast("dict[str, JsonValue]", cell.value)["leaf"])
        same = cell.tenant == filed.leaf.get("tenant") and leaf.get("incident") == incident
        if same and int(cell.key) != filed.index:
            found.append(int(cell.key))
    return found


def ack_leaf(filed: Filed, word: Word, covers: list[int], at: datetime) -> Leaf:
    """Return the leaf; `covers` are further findings it holds for."""
    leaf = filed.leaf
    return {
        "t": "ack",
        "v": 1,
        "tenant": leaf.get("tenant", ""),
        "at": stamp(at),
        "src": {"of": filed.index},
        "covers": [*covers],
        "initiator": {"label": word.by, "id": None, "ip": None, "app": None},
        "reason": word.reason,
        "ticket": word.ticket,
        "rule": leaf.get("rule"),
        "object": leaf.get("object"),
    }
