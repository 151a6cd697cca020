"""Alerts from commit to received, over SMTP and TLS on this machine; and a storm of 10,000.

Correctness first: no figure is printed unless every finding arrived on every channel, or is told
of in a message, and has its delivery entry there. Run: `python -m bench.alerts`.

The latency begins when `ingest` has returned, which is after the commit, and ends when the server
has the whole message. It holds the checkpoint that is signed in between, the connection, and the
handshake; an SMTP relay or Teams itself would add their own.
"""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from monitor.alerts import planning
from monitor.clock import WallClock, stamp
from monitor.pipeline.leaves import Leaf
from monitor.view.history import Question
from monitor.wiring import Monitor, open_monitor
from tests import entra
from tests.alerts.servers import (
    Mailbox,
    Workflow,
    mail_server,
    self_signed,
    workflow_server,
)
from tests.corridor import ingest

LATENCIES = 45
"""Findings sent one after another, each an incident of its own; below the highest rate."""
STORM = 10_000
BATCHES = 100
"""Commits the storm comes in, over a minute."""
MINUTE = 60.0
CHANNELS = 2


@dataclass(frozen=True, slots=True)
class Setting:
    """A deployment with a mailbox and a workflow."""

    monitor: Monitor
    mailbox: Mailbox
    workflow: Workflow


@contextmanager
def setting(most: int) -> Iterator[Setting]:
    """Open a fresh deployment that sends to both servers, at most so many messages each."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificate = self_signed(folder / "server.pem")
        os.environ["REQUESTS_CA_BUNDLE"] = str(certificate)
        mailbox = stack.enter_context(mail_server())
        workflow = stack.enter_context(workflow_server(certificate))
        config = folder / "monitor.toml"
        config.write_text(
            f"[alerts]\nmost_messages = {most}\n"
            f'[[alerts.channels]]\nname = "mail"\nurl = "{mailbox.url}"\n'
            f'[[alerts.channels]]\nname = "teams"\nurl = "{workflow.url}"\n'
        )
        monitor = stack.enter_context(open_monitor(folder / "data", config))
        yield Setting(monitor, mailbox, workflow)


class _Times(list[object]):
    """A list that notes when something was put into it."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, item: object) -> None:
        """Append, and note the moment."""
        self.at.append(time.perf_counter())
        super().append(item)


def latencies() -> dict[str, list[float]]:
    """Return the seconds from commit to received, for each channel."""
    found: dict[str, list[float]] = {"mail": [], "teams": []}
    with setting(most=50) as here:
        clocks = {"mail": _Times(), "teams": _Times()}
        here.mailbox.got = clocks["mail"]  # type: ignore[assignment]  # a list that keeps time
        here.workflow.got = clocks["teams"]  # type: ignore[assignment]  # a list that keeps time
        for number in range(LATENCIES):
            identity = f"{number:08d}-0000-4000-8000-0000000000aa"
            before = entra.policy(id=identity)
            after = entra.policy(entra.excluding(), id=identity)
            ingest(here.monitor, entra.ca_change(before, after, entra.at(number)))
            committed = time.perf_counter()
            here.monitor.deliver(5)
            for name, clock in clocks.items():
                assert len(clock.at) == number + 1, name
                found[name].append(clock.at[-1] - committed)
        entries = here.monitor.history(Question(kinds=("delivery",), most=10_000))
        assert len(entries) == LATENCIES * CHANNELS
        assert all(entry.leaf["outcome"] == "delivered" for entry in entries)
    return found


@dataclass(frozen=True, slots=True)
class Storm:
    """Seconds until all was committed and until all was settled, messages, the slowest commit."""

    committed: float
    settled: float
    mails: int
    cards: int
    slowest: float


def storm(seconds: float) -> Storm:
    """Commit STORM findings over so many seconds while alerts are sent beside it."""
    with setting(most=20) as here:
        slowest = 0.0
        done = threading.Event()
        began = time.perf_counter()

        def deliver() -> None:
            while not done.is_set():
                here.monitor.deliver(5)
                time.sleep(0.5)

        sending = threading.Thread(target=deliver)
        sending.start()
        try:
            for batch in range(BATCHES):
                leaves = [_finding(batch * (STORM // BATCHES) + n) for n in range(STORM // BATCHES)]
                start = time.perf_counter()
                _commit(here.monitor, leaves)
                slowest = max(slowest, time.perf_counter() - start)
                due = began + seconds * (batch + 1) / BATCHES
                time.sleep(max(0.0, due - time.perf_counter()))
            committed = time.perf_counter() - began
            planning.SUMMARY_EVERY = timedelta(0)  # the last summary need not be waited for
            while here.monitor.health()["undelivered"]:
                time.sleep(0.2)
            spent = time.perf_counter() - began
        finally:
            done.set()
            sending.join()
        entries = here.monitor.history(Question(kinds=("delivery",), most=10 * STORM))
        settled = {
            (str(entry.leaf["channel"]), str(entry.leaf["src"]))
            for entry in entries
            if entry.leaf["outcome"] == "delivered"
        }
        assert len(settled) == STORM * CHANNELS, len(settled)
        assert len(entries) == STORM * CHANNELS
        here.monitor.publish()
        assert here.monitor.verify().valid
        return Storm(committed, spent, len(here.mailbox.got), len(here.workflow.got), slowest)


def _commit(monitor: Monitor, leaves: list[Leaf]) -> None:
    """Commit findings as the pipeline commits what it decided itself."""
    monitor._desk.committed(monitor._pipeline.record("bench", lambda: leaves))  # noqa: SLF001 - there is no door for findings


def _finding(number: int) -> Leaf:
    now = stamp(WallClock().now())
    return {
        "t": "finding",
        "v": 1,
        "tenant": "8f3c0f5a-0000-4000-8000-00000000abcd",
        "at": now,
        "src": {"of": None},
        "rule": f"ca-{number % 7}",
        "revision": 1,
        "severity": ("low", "medium", "high", "critical")[number % 4],
        "title": "A change lets sign-ins in with less proof than before",
        "witness": "Members of Radiology reach any resource with a password alone.",
        "certainty": "certain",
        "object": {"kind": "conditionalAccessPolicy", "id": f"policy-{number}", "name": "Ward MFA"},
        "initiator": {"label": f"user-{number}", "id": None, "ip": None, "app": None},
        "details": {},
        "incident": 10_000_000 + number,
    }


def main() -> None:
    """Measure both."""
    for name, seconds in latencies().items():
        ranked = statistics.quantiles(seconds, n=100, method="inclusive")
        print(
            f"commit to received, {name}: p50 {1000 * ranked[49]:.0f} ms,"
            f" p99 {1000 * ranked[98]:.0f} ms, most {1000 * max(seconds):.0f} ms"
            f" ({len(seconds)} findings)"
        )
    result = storm(MINUTE)
    print(
        f"{STORM:,} findings on {CHANNELS} channels, committed within {result.committed:.0f} s,"
        f" all settled after {result.settled:.0f} s: {result.mails} mails and {result.cards} cards,"
        f" slowest commit {1000 * result.slowest:.0f} ms"
    )


if __name__ == "__main__":
    main()
