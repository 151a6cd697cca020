"""Kill -9 between sending and recording: nothing is lost, one message per channel comes twice."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from monitor.view.history import Question
from monitor.wiring import open_monitor
from tests import entra
from tests.alerts.servers import HOST, closed_port
from tests.corridor import ingest

FINDINGS = 6
KILLS = 2

# Findings of a process that is gone are left alone for two minutes; the test does not wait for it.
DELIVER = """
import sys
from datetime import timedelta
from pathlib import Path
from monitor.wiring import delivery, open_monitor
delivery.FOREIGN_AGE = timedelta(0)
with open_monitor(Path(sys.argv[1]), Path(sys.argv[2])) as monitor:
    monitor.deliver(30)
"""


@dataclass
class Trap:
    """A mailbox that takes a message and then has something done to whoever sent it."""

    port: int
    spring: Callable[[int], None] = lambda count: None
    subjects: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.subjects.append(str(message_from_bytes(envelope.content)["Subject"]))
        self.spring(len(self.subjects))
        await asyncio.sleep(0)
        return "250 OK"


def test_a_process_killed_after_sending_repeats_one_message_per_channel(tmp_path: Path) -> None:
    traps = [Trap(closed_port()), Trap(closed_port())]
    data, config = tmp_path / "data", tmp_path / "monitor.toml"
    config.write_text(
        "".join(
            f'[[alerts.channels]]\nname = "mail-{number}"\n'
            f'url = "mailto://{HOST}:{trap.port}/a@b.example?from=c@d.example"\n'
            for number, trap in enumerate(traps)
        )
    )
    found = file_findings(data, config)
    servers = [Controller(trap, hostname=HOST, port=trap.port) for trap in traps]
    for server in servers:
        server.start()
    try:
        for after in range(1, KILLS + 1):
            killed_while_delivering(traps, data, config, after=after)
        child = subprocess.run([sys.executable, "-c", DELIVER, str(data), str(config)], check=False)
        assert child.returncode == 0
    finally:
        for server in servers:
            server.stop()
    assert found >= FINDINGS
    assert sum(len(trap.subjects) for trap in traps) > found * len(traps)  # a kill did hit
    for trap in traps:
        counts = Counter(trap.subjects)
        assert len(counts) == found  # nothing is lost
        assert (
            sum(counts.values()) - found <= KILLS
        )  # a kill repeats one message of a channel at most
    with open_monitor(data, config) as monitor:
        assert monitor.health()["undelivered"] == 0
        entries = monitor.history(Question(kinds=("delivery",), most=1000))
        settled = Counter(
            (str(one.leaf["channel"]), str(one.leaf["src"]))
            for one in entries
            if one.leaf["outcome"] == "delivered"
        )
        assert set(settled.values()) == {1}
        assert len(settled) == found * len(traps)
        assert monitor.verify().valid


def file_findings(data: Path, config: Path) -> int:
    """Commit findings of as many incidents; return how many."""
    with open_monitor(data, config) as monitor:
        for number in range(FINDINGS):
            patch = entra.excluding(f"0000000{number}-0000-4000-8000-00000000000{number}")
            identity = f"0000000{number}-0000-4000-8000-0000000000aa"
            before, after = entra.policy(id=identity), entra.policy(patch, id=identity)
            ingest(monitor, entra.ca_change(before, after, entra.at(number)))
        return len(monitor.history(Question(kinds=("finding",), severity="high")))


def killed_while_delivering(traps: list[Trap], data: Path, config: Path, *, after: int) -> None:
    """Start a process that delivers, and kill it while its mail is taken, before it knows."""
    with subprocess.Popen([sys.executable, "-c", DELIVER, str(data), str(config)]) as child:
        began = [len(trap.subjects) for trap in traps]

        def kill(_count: int) -> None:
            if sum(len(trap.subjects) for trap in traps) - sum(began) >= after:
                os.kill(child.pid, signal.SIGKILL)

        for trap in traps:
            trap.spring = kill
        assert child.wait(30) == -signal.SIGKILL
    for trap in traps:
        trap.spring = lambda count: None
