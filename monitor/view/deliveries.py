"""The fold of what people were told: findings to tell of, threads, channels, digests.

- a finding stands as undelivered until an entry says that it is done;
- a message that arrived moves its incident's thread on, and counts for its channel's rate;
- a channel that fails is remembered from its first failure until it takes something again;
- an acknowledgement is put to every undelivered finding it covers;
- a digest is settled on a channel once it was delivered there.
"""

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from monitor.view.cells import Cell, Cells, Table

Leaf = Mapping[str, JsonValue]
Value = dict[str, JsonValue]

MOST_TIMES = 64
"""Times of messages remembered for each channel; more than any rate that can be set."""
FAILING = "delivery-failing"
"""The rule of findings about a channel."""
NOBODY = "none"
"""What an entry names in place of a channel where none is left."""


def fold_finding(cells: Cells, index: int, leaf: Leaf, filed: str) -> None:
    """Note a finding that somebody has to be told of, or that a channel is failing."""
    if leaf.get("notify", True) and leaf.get("severity") != "info":
        value: JsonValue = {"leaf": dict(leaf), "channels": {}, "filed": filed}
        cells.set(Cell(Table.UNDELIVERED, _tenant(leaf), _place(index), value))
    if leaf.get("rule") == FAILING:
        name = str(cast("Value", leaf["object"])["id"])
        channel = _channel(cells, name)
        cells.set(Cell(Table.CHANNEL, "", name, {**channel, "open": index, "given_up": 0}))


def fold_delivery(cells: Cells, leaf: Leaf) -> None:
    """Note how an attempt on a finding, or on a digest, ended."""
    src = cast("Value", leaf.get("src") or {})
    if "digest" in src:
        key = f"{src['digest']}/{leaf.get('channel')}"
        cells.set(Cell(Table.DIGEST, "", key, _attempt(leaf)))
        return
    place = _place(int(cast("int", src.get("of", -1))))
    cell = cells.get(Table.UNDELIVERED, _tenant(leaf), place)
    _health(cells, leaf)
    if cell is None:
        return
    value = dict(cast("Value", cell.value))
    _message(cells, leaf, str(cast("Value", value["leaf"]).get("at")))
    if leaf.get("done"):
        cells.delete(Table.UNDELIVERED, _tenant(leaf), place)
        return
    channels = dict(cast("Value", value["channels"]))
    channels[str(leaf.get("channel"))] = _attempt(leaf)
    value["channels"] = channels
    cells.set(Cell(Table.UNDELIVERED, _tenant(leaf), place, value))


def fold_ack(cells: Cells, leaf: Leaf) -> None:
    """Note that a person has the findings in hand that the entry covers."""
    src = cast("Value", leaf.get("src") or {})
    for index in (src.get("of"), *cast("list[JsonValue]", leaf.get("covers") or [])):
        place = _place(int(cast("int", index)))
        cell = cells.get(Table.UNDELIVERED, _tenant(leaf), place)
        if cell is not None:
            value = {**cast("Value", cell.value), "acknowledged": True}
            cells.set(Cell(Table.UNDELIVERED, _tenant(leaf), place, value))


def thread_key(channel: str, thread: str) -> str:
    """The cell key of an incident on a channel."""
    return f"{channel}/{thread}"


def _tenant(leaf: Leaf) -> str:
    return str(leaf.get("tenant", ""))


def _place(index: int) -> str:
    return f"{index:016d}"


def _attempt(leaf: Leaf) -> Value:
    return {"outcome": leaf.get("outcome"), "attempt": leaf.get("attempt"), "at": leaf.get("at")}


def _message(cells: Cells, leaf: Leaf, latest: str) -> None:
    """Move the thread of a delivered message on; `latest` is the time of the finding told."""
    message = leaf.get("message")
    if not isinstance(message, dict) or leaf.get("outcome") != "delivered":
        return
    key = thread_key(str(leaf.get("channel")), str(message["thread"]))
    held = cells.get(Table.THREAD, _tenant(leaf), key)
    known = str(cast("Value", held.value)["latest"]) if held else ""
    value: Value = {
        "number": message["number"],
        "sent": leaf.get("at"),
        "latest": max(latest, known),
    }
    cells.set(Cell(Table.THREAD, _tenant(leaf), key, value))


def _channel(cells: Cells, name: str) -> Value:
    held = cells.get(Table.CHANNEL, "", name)
    known = cast("Value", held.value) if held else {}
    return {"sent": [], "since": None, "error": None, "given_up": 0, "open": None} | known


def _health(cells: Cells, leaf: Leaf) -> None:
    """Keep how a channel is doing: since when it fails, and when its latest messages went."""
    src, message = cast("Value", leaf.get("src") or {}), leaf.get("message")
    name = str(leaf.get("channel"))
    value = _channel(cells, name)
    match leaf.get("outcome"):
        case "delivered":
            value |= {"since": None, "error": None, "open": None}
            if not isinstance(message, dict) or message.get("lead") == src.get("of"):
                times = cast("list[JsonValue]", value["sent"])
                value["sent"] = [*times, leaf.get("at")][-MOST_TIMES:]
        case "failed":
            value |= {"since": value["since"] or leaf.get("at"), "error": leaf.get("error")}
        case "refused" if name != NOBODY:
            value["given_up"] = int(cast("int", value["given_up"])) + 1
        case _:
            return
    cells.set(Cell(Table.CHANNEL, "", name, value))
