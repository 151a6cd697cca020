"""A worker process of its own, to be killed: `python -m tests.functions.worker` with a JSON plan.

The plan says which messages of the day to hand to `ingest` in which batches, what time it is, and
at which creation of an object to die, before or after the store has it.
"""

import json
import os
import signal
import sys
from datetime import datetime
from typing import Any

from monitor.clock import WallClock
from monitor.storage.blob import BlobStore
from tests.functions.day import Stopped, batch
from tests.functions.host import running


def die_at(folder: str, number: int, *, stored: bool) -> None:
    """End this process, as a kill does, at the `number`th creation of an object in a folder."""
    create = BlobStore.create
    seen = 0

    def counting(store: BlobStore, name: str, content: bytes) -> bool:
        nonlocal seen
        seen += name.startswith(folder)
        last = seen == number and name.startswith(folder)
        if last and not stored:
            os.kill(os.getpid(), signal.SIGKILL)
        created = create(store, name, content)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return created

    BlobStore.create = counting  # type: ignore[assignment,method-assign]  # this process is made to die


def main(plan: dict[str, Any]) -> None:
    """Take the batches until the plan says to die; say so if it never did."""
    moment = datetime.fromisoformat(plan["now"])
    WallClock.now = Stopped(moment).now  # type: ignore[assignment,method-assign]  # the day's own time
    die_at(plan["folder"], plan["number"], stored=plan["stored"])
    with running() as host:
        for first, last in plan["batches"]:
            host.receive(batch(first, last))
    sys.exit("the plan ended before the end")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
