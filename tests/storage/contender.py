"""A process among several on one log: `python contender.py CONTAINER NAME COUNT`.

It enters COUNT events of its own partition, some of them offered twice. CONNECTION says where.
"""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import JsonValue

from monitor.errors import LedgerConflict
from monitor.ledger.cursor import claim
from monitor.ledger.log import Counts, Draft, Log
from monitor.storage.blob import open_container

GENESIS: Mapping[str, JsonValue] = {
    "origin": "contended.example/log",
    "vkeys": ["none"],
    "ruleset": "contender",
}


def enter(log: Log, name: str, position: int) -> int:
    """Enter one event unless it is there; return how often another writer came first."""
    lost = 0
    while True:
        head = log.head()
        taken = claim(head.cursors.get(name), [position])
        if not taken.fresh:
            return lost
        leaf = b'{"t":"change","v":1,"position":%d,"partition":"%s"}' % (position, name.encode())
        draft = Draft(
            leaves=(leaf,),
            source={"kind": "eventhub", "key": name},
            counts=Counts(seen=1, relevant=1),
            cursors={name: taken.cursor},
            time=datetime(2026, 11, 2, tzinfo=UTC),
            genesis=GENESIS if head.seq < 0 else None,
        )
        try:
            log.append(draft, head)
        except LedgerConflict:
            lost += 1
        else:
            return lost


def main(container: str, name: str, count: int) -> None:
    """Wait for a line on standard input, enter the events, and print how many races were lost."""
    log = Log(open_container(None, container, connection=os.environ["CONNECTION"]))
    log.head()
    print("ready", flush=True)  # noqa: T201 - tells the test that all can start at once
    sys.stdin.readline()
    lost = sum(enter(log, name, position) for n in range(count) for position in {max(0, n - 1), n})
    print(lost)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
