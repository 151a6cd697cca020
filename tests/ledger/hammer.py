"""A process that delivers without end, to be killed: `python hammer.py PLACE SEED`.

PLACE is a directory, or a name for containers where HAMMER_CONNECTION says which storage. Like a
host, it begins a little before where the last one stood, and cuts the events into other
batches. It imports nothing of the tests, so that it starts fast.
"""

import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from monitor.ledger.cursor import claim
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Counts, Draft, Log
from monitor.ledger.note import SigningKey
from monitor.ledger.publisher import Publisher, head_hint
from monitor.ledger.store import Store
from monitor.storage.directory import DirectoryStore

KEY = SigningKey("hammer.example/log", bytes(range(32)))
PARTITION = "hammer"
CONNECTION = "HAMMER_CONNECTION"


def stores(place: str) -> tuple[Store, Store]:
    """The ledger's store and the view's."""
    connection = os.environ.get(CONNECTION)
    if connection is None:
        return DirectoryStore(Path(place) / "ledger"), DirectoryStore(Path(place) / "view")
    from monitor.storage.blob import open_container  # noqa: PLC0415 - Azure's client is slow to load

    ledger, view = (
        open_container(None, f"{place}-{name}", connection=connection)
        for name in ("ledger", "view")
    )
    return ledger, view


def main(place: str, seed: int) -> None:
    """Append and publish until killed."""
    draw = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    ledger, view = stores(place)
    log = Log(ledger, hint=head_hint(view))
    publisher = Publisher(ledger, view, log, (KEY,), Follower(log).ring)
    cursor = log.head().cursors.get(PARTITION)
    position = max(0, cursor.high - 5) if cursor else 0
    print("started", flush=True)  # noqa: T201 - tells the test that blows may fall
    while True:
        size = draw.randint(1, 6)
        head = log.head()
        taken = claim(head.cursors.get(PARTITION), range(position, position + size))
        position += size
        if not taken.fresh:
            continue
        log.append(
            Draft(
                leaves=tuple(
                    b'{"t":"change","v":1,"position":%d,"partition":"hammer"}' % number
                    for number in sorted(taken.fresh)
                ),
                source={"kind": "eventhub", "key": PARTITION},
                counts=Counts(size, len(taken.fresh), 0, 0, size - len(taken.fresh)),
                cursors={PARTITION: taken.cursor},
                time=datetime(2026, 11, 2, tzinfo=UTC),
                genesis={"origin": KEY.name, "vkeys": [KEY.vkey], "ruleset": "hammer"}
                if head.seq < 0
                else None,
            ),
            head,
        )
        publisher.publish()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
