"""A partition of numbered events, and writers that enter them: one `change` leaf per position."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from pydantic import JsonValue

from monitor.ledger import bundle, layout
from monitor.ledger.cursor import claim
from monitor.ledger.log import Batch, Counts, Draft, Head, Log
from monitor.ledger.note import SigningKey
from monitor.ledger.store import Store

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEY = SigningKey("log.example/mfa-monitor", bytes(range(32)))
PARTITION = "namespace/hub/group/0/0"
GENESIS: Mapping[str, JsonValue] = {
    "origin": KEY.name,
    "vkeys": [KEY.vkey],
    "ruleset": "rules-1",
}


def leaf(position: int, partition: str = PARTITION) -> bytes:
    """The entry of one event."""
    return json.dumps(
        {"t": "change", "v": 1, "position": position, "partition": partition},
        separators=(",", ":"),
    ).encode()


def draft(
    leaves: Sequence[bytes],
    head: Head,
    *,
    counts: Counts | None = None,
    time: datetime = NOW,
) -> Draft:
    """A draft without cursors."""
    return Draft(
        leaves=tuple(leaves),
        source={"kind": "file", "name": "day.jsonl"},
        counts=counts or Counts(),
        cursors={},
        time=time,
        genesis=GENESIS if head.seq < 0 else None,
    )


def deliver(
    log: Log, positions: Iterable[int], partition: str = PARTITION, time: datetime = NOW
) -> Batch | None:
    """Enter what is fresh among the delivered positions; None where nothing is."""
    head, delivered = log.head(), list(positions)
    taken = claim(head.cursors.get(partition), delivered)
    if not taken.fresh:
        return None
    fresh = len(taken.fresh)
    return log.append(
        Draft(
            leaves=tuple(leaf(position, partition) for position in sorted(taken.fresh)),
            source={"kind": "eventhub", "key": partition},
            counts=Counts(seen=len(delivered), relevant=fresh, repeated=len(delivered) - fresh),
            cursors={partition: taken.cursor},
            time=time,
            genesis=GENESIS if head.seq < 0 else None,
        ),
        head,
    )


def entered(store: Store) -> list[tuple[str, int]]:
    """Every (partition, position) that stands in the log, in its order, read without our reader."""
    found: list[tuple[str, int]] = []
    seq = 0
    while (body := store.get(layout.batch(seq))) is not None:
        entries = map(json.loads, bundle.decode(body))
        found += [(e["partition"], e["position"]) for e in entries if "position" in e]
        seq += 1
    return found
