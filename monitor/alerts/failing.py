"""A channel that takes nothing, as a finding of its own; pure.

There is one open finding for each channel: the next one is made only after the channel took
something again. It is never sent to the channel it is about (`planning`), and goes to the fallback
channel where one is configured.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from monitor.clock import stamp
from monitor.rules.model import Severity
from monitor.view.deliveries import FAILING

REVISION = 1
_LASTING = re.compile(r"\berror=(401|403|404|410)\b")
"""How Apprise words an answer that will not change by itself: who we are, or where it was."""
TITLE = "Alerts do not arrive through a channel"
RESPOND = (
    "Run: mfa-monitor doctor --send-test",
    "Look whether the workflow, mailbox or token behind the channel still exists.",
    "Read what waits: mfa-monitor history --kind finding",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a channel is doing, as the ledger tells it.

    `since` is its first failure after it last took something, `error` the latest reason (masked),
    `given_up` the findings it was spared for good since it was last reported, `waiting` those it
    has still to take. `reported` says that a finding about it is open.
    """

    name: str
    since: datetime | None
    error: str
    given_up: int
    waiting: int
    reported: bool


def failing_leaf(
    standing: Standing, now: datetime, patience: timedelta
) -> dict[str, JsonValue] | None:
    """Return the leaf of the finding about a channel; None where there is nothing to report.

    `patience` is how long a channel may fail before it is one; a refusal that will not change by
    itself (HTTP 401, 403, 404, 410) is one at once.
    """
    lasting = _LASTING.search(standing.error) is not None
    late = standing.since is not None and (lasting or now - standing.since >= patience)
    if standing.reported or not (late or standing.given_up):
        return None
    controls: Mapping[str, tuple[str, ...]] = {
        "hipaa": ("164.308(a)(6)(ii)", "164.312(b)"),
        "nist": ("AU-5", "IR-6"),
    }
    return {
        "t": "finding",
        "v": 1,
        "tenant": "",
        "at": stamp(now),
        "src": {"of": None},
        "rule": FAILING,
        "revision": REVISION,
        "severity": Severity.HIGH.value,
        "title": TITLE,
        "witness": _witness(standing),
        "certainty": "certain",
        "object": {"kind": "alertChannel", "id": standing.name, "name": standing.name},
        "activity": None,
        "initiator": None,
        "correlation": None,
        "controls": {name: list(ids) for name, ids in controls.items()},
        "respond": list(RESPOND),
        "details": {
            "since": stamp(standing.since) if standing.since else None,
            "waiting": standing.waiting,
            "given_up": standing.given_up,
            "error": standing.error,
        },
    }


def _witness(standing: Standing) -> str:
    parts = []
    if standing.since is not None:
        parts.append(
            f"Channel {standing.name} has taken nothing since"
            f" {standing.since:%Y-%m-%d %H:%M} UTC; {standing.waiting} findings wait for it."
        )
    if standing.given_up:
        parts.append(
            f"{standing.given_up} findings were given up on channel {standing.name}: nobody was"
            " told of them there."
        )
    if standing.error:
        parts.append(f"It says: {standing.error}")
    return " ".join(parts)
