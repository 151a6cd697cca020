"""`python -m tests.eventhub`: the stand-in as a process of its own, for a soak.

Prints one JSON line with its port and its connection string, then takes orders on standard input,
one a line, each answered with a JSON line: the name of a method of `StandIn` and its arguments, as
`{"do":"drop_connections"}` or `{"do":"forget_before","args":[100]}`. It ends with its input.
"""

import argparse
import json
import signal
import sys
import threading
from typing import Any

from tests.eventhub.server import GROUP, HUB, StandIn

ORDERS = frozenset(
    {
        "anew",
        "delivered",
        "deny",
        "drop_after",
        "drop_connections",
        "forget_before",
        "next",
        "readers",
        "redeliver",
        "refuse_next",
        "reject_next",
        "stolen",
    }
)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.eventhub")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--partitions", type=int, default=1)
    parser.add_argument("--hub", default=HUB)
    parser.add_argument("--group", action="append", help="may be given more than once")
    parser.add_argument("--stay", action="store_true", help="do not end with standard input")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    groups = given.group or [GROUP]
    server = StandIn(given.partitions, hub=given.hub, groups=groups, port=given.port)
    with server:
        tell({"port": server.port, "connection": server.connection_string})
        for line in sys.stdin:
            tell(obey(server, json.loads(line)))
        if given.stay:
            threading.Event().wait()


def obey(server: StandIn, order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order and return the answer."""
    if order.get("do") not in ORDERS:
        return {"error": f"no such order; there are {', '.join(sorted(ORDERS))}"}
    method = getattr(server, str(order["do"]))
    return {"result": method(*order.get("args", []), **order.get("options", {}))}


def tell(line: dict[str, Any]) -> None:
    """Write a JSON line."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
