"""A small log with everything in it: two partitions, raw objects, a large document, some notes."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

import msgspec

from monitor.ledger import bundle, raw
from monitor.ledger.document import keep_document
from monitor.ledger.fsck import Inspection, Stores, Trusted, fsck
from monitor.ledger.log import Counts, Log
from monitor.ledger.publisher import publish
from monitor.ledger.verify import Report, verify
from monitor.storage.memory import MemoryStore
from tests.ledger.writing import KEY, NOW, deliver, draft


@dataclass
class Evidence:
    """The three places, in memory, open to any edit."""

    ledger: MemoryStore = field(default_factory=MemoryStore)
    view: MemoryStore = field(default_factory=MemoryStore)
    raw: MemoryStore = field(default_factory=MemoryStore)

    def copy(self) -> Self:
        """The same objects in stores of their own."""
        other = type(self)()
        for mine, theirs in zip(
            (self.ledger, self.view, self.raw), (other.ledger, other.view, other.raw), strict=True
        ):
            theirs.objects.update(mine.objects)
        return other

    def verify(self) -> Report:
        return verify(self.ledger, self.view, KEY.vkey, self.raw)

    def fsck(self) -> Inspection:
        return fsck(Stores(self.ledger, self.view, self.raw), Trusted(KEY.vkey))

    def batch(self, name: str) -> tuple[dict[str, object], list[bytes]]:
        """Header and leaves of a batch, to be edited."""
        header_leaf, *leaves = bundle.decode(self.ledger.objects[name])
        return json.loads(header_leaf), leaves

    def put_batch(self, name: str, header: dict[str, object], leaves: list[bytes]) -> None:
        """Put a batch in place, well formed."""
        header_leaf = json.dumps(header, separators=(",", ":")).encode()
        self.ledger.objects[name] = bundle.encode([header_leaf, *leaves])


def gather() -> Evidence:
    """Six batches of 26 entries; notes after batches 0, 1, 3 and 5; a document in 2, raw in 4."""
    places = Evidence()
    log = Log(places.ledger)

    def show() -> None:
        publish(places.ledger, places.view, KEY, log)

    deliver(log, range(3), "p0")
    show()
    deliver(log, range(5), "p1", NOW + timedelta(minutes=1))
    show()
    document = keep_document(places.ledger, {"displayName": "x" * 50_000})
    change = {"t": "change", "v": 1, "opens": [{"old": document}], "doc": document}
    log.append(draft([msgspec.json.encode(change)], log.head()), log.head())
    deliver(log, [3, 4, 8], "p0", NOW + timedelta(minutes=2))
    show()
    leaves = []
    for number in range(4):
        ref = raw.keep(places.raw, b"record %d" % number)
        src = {"key": f"tenant/{number}", "raw": ref.digest, "len": ref.length}
        kind = "quarantine" if number == 3 else "change"
        leaves.append(msgspec.json.encode({"t": kind, "v": 1, "src": src}))
    leaves.append(b'{"t":"finding","v":1,"src":{"of":20}}')
    counts = Counts(seen=6, relevant=3, irrelevant=1, quarantined=1, repeated=1)
    log.append(draft(leaves, log.head(), counts=counts), log.head())
    deliver(log, range(5, 8), "p0", NOW + timedelta(minutes=3))
    show()
    return places
