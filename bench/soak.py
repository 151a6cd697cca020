"""The soak: stand-in hub, the Functions worker library, Azurite, and somebody who kills.

`python -m bench.soak --seconds 1800 --rate 500`, on Python 3.13 with Azurite installed (`.ci/run`
does both, and runs it shortened). Two instances share one partition. In the first half an instance
is killed (SIGKILL) again and again, and connections are dropped; in the second half nobody disturbs
them, and their memory is watched. At the end everything sent must be in the ledger exactly once,
and the ledger must verify. Only addresses of this machine are used.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from azure.eventhub import EventData, EventHubProducerClient

from bench.soak_records import stream
from monitor.errors import StorageUnavailable
from monitor.ledger.log import Log
from monitor.ledger.note import create_key, key_text
from monitor.ledger.verify import verify
from tests import azurite

HUB, GROUP = "insights-logs-auditlogs", "mfa-monitor"
KEPT = 20_000
"""Events the stand-in keeps behind what is committed; more would only fill its memory."""
TICK_SECONDS = 1.0
TELL_SECONDS = 30.0
"""How often a line on standard error says how it goes."""
STORE_MB = 4096
"""What the emulator may hold in memory."""
DRAIN_SECONDS = 300.0
"""How long the instances may take, after the last event, to commit what is left."""
GROWTH = 1.25
"""How much the resident size of an instance may grow in the quiet half: SQLite fills its cache."""


@dataclass(slots=True)
class Report:
    """What a soak found; it passed where `problems` is empty.

    `behind` is the most events that were sent and not committed at a glance; `memory` the resident
    size of each instance in MiB, at the beginning and at the end of the quiet half.
    """

    sent: int = 0
    relevant: int = 0
    batches: int = 0
    entries: int = 0
    kills: int = 0
    drops: int = 0
    behind: int = 0
    drained_seconds: float = 0.0
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class Instances:
    """Two instances of the service; one that was killed is started again at once."""

    def __init__(self, environment: Mapping[str, str], home: Path) -> None:
        self._environment = environment
        self._home = home
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("a", "b"):
            self._start(name)

    def _start(self, name: str) -> None:
        # A new directory each time: an instance that comes back has lost its local disk.
        data = tempfile.mkdtemp(prefix=f"{name}-", dir=self._home)
        with (self._home / f"{name}.log").open("ab") as said:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "bench.soak_host"],
                env={**self._environment, "MFA_MONITOR_DATA": data},
                stdout=said,
                stderr=said,
            )

    def kill(self, name: str) -> None:
        """Kill one without a word, and start it again."""
        self.end(name)
        self._start(name)

    def end(self, name: str) -> None:
        """Kill one."""
        self._running[name].kill()
        self._running[name].wait()

    def fallen(self) -> list[str]:
        """Start again those that ended by themselves, and name them."""
        found = [name for name, process in self._running.items() if process.poll() is not None]
        for name in found:
            self._start(name)
        return found

    def resident(self) -> dict[str, float]:
        """Return the resident size of each in MiB."""
        found = {}
        for name, process in self._running.items():
            status = Path(f"/proc/{process.pid}/status").read_text()
            line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
            found[name] = int(line.split()[1]) / 1024
        return found

    def close(self) -> None:
        """Kill both."""
        for name in self._running:
            self.end(name)


class Producer(threading.Thread):
    """Sends so many events a second until it is told to stop."""

    def __init__(self, connection: str, rate: int) -> None:
        super().__init__(name="producer", daemon=True)
        self._connection = connection
        self._rate = rate
        self.sent = self.relevant = 0
        self.done = threading.Event()
        self.failed: list[str] = []

    def run(self) -> None:
        """Send in steps of a tenth of a second, never more than is due."""
        client = EventHubProducerClient.from_connection_string(
            self._connection, retry_total=30, retry_backoff_factor=0.1
        )
        records, began = stream(), time.monotonic()
        with client:
            while not self.done.is_set():
                due = int((time.monotonic() - began) * self._rate) - self.sent
                part = [next(records) for _ in range(min(due, 200))]
                if part:
                    client.send_batch([EventData(body) for body, _ in part])
                    self.sent += len(part)
                    self.relevant += sum(matters for _, matters in part)
                self.done.wait(0.1)


class HubProcess:
    """The stand-in in a process of its own, and the orders it takes."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.eventhub", "--group", GROUP],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.connection = str(self._answer()["connection"])

    def order(self, do: str, *args: Any) -> Any:
        """Order something of the stand-in and return its answer."""
        assert self._process.stdin is not None
        print(json.dumps({"do": do, "args": args}), file=self._process.stdin, flush=True)
        return self._answer().get("result")

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


class Soak:
    """One run, from the first event to the report."""

    def __init__(self, server: azurite.Azurite, hub: HubProcess, home: Path, rate: int) -> None:
        self.report = Report()
        self._seen = -1
        self._server = server
        self._hub = hub
        self._log = Log(server.store("ledger"))
        for name in ("raw", "view", "checkpoints"):
            server.store(name)
        self._key = create_key(home / "key", "soak.example/ledger")
        self._producer = Producer(hub.connection, rate)
        self._instances = Instances(self._environment(home), home)

    def _environment(self, home: Path) -> dict[str, str]:
        config = home / "monitor.toml"
        config.write_text('[ledger]\norigin = "soak.example/ledger"\n[storage]\n')
        with config.open("a") as file:
            file.write('connection_env = "SOAK_STORAGE"\n')
            file.write('[eventhub]\nconnection_env = "SOAK_HUB"\n')
        return {
            **os.environ,
            "SOAK_STORAGE": self._server.connection_string,
            "SOAK_CHECKPOINTS": "checkpoints",
            "SOAK_HUB": self._hub.connection,
            "EVENTHUB_NAME": HUB,
            "EVENTHUB_CONSUMER_GROUP": GROUP,
            "EVENTHUB_EPOCH": "0",
            "MFA_MONITOR_CONFIG": str(config),
            "MFA_MONITOR_SIGNING_KEY": key_text(self._key),
        }

    def run(self, seconds: float, kills: int) -> Report:
        """Send for so long, kill so often in the first half, then drain and check."""
        chance = random.Random(seconds)
        half = seconds / 2
        strikes = sorted(chance.uniform(0.1, 0.95) * half for _ in range(kills))
        began = time.monotonic()
        self._producer.start()
        first: dict[str, float] = {}
        tell = 0.0
        while (spent := time.monotonic() - began) < seconds:
            time.sleep(TICK_SECONDS)
            self._look()
            if spent > tell:
                tell += TELL_SECONDS
                self._tell(spent)
            if strikes and spent > strikes[0]:
                strikes.pop(0)
                self._strike(chance)
            if spent > half + 0.1 * seconds and not first:
                first = self._instances.resident()
        last = self._instances.resident()
        self.report.memory = {name: (first.get(name, size), size) for name, size in last.items()}
        self._drain()
        self._check()
        return self.report

    def close(self) -> None:
        """End the instances and the producer, however far they came."""
        self._producer.done.set()
        self._instances.close()

    def _tell(self, spent: float) -> None:
        sent, high = self._producer.sent, self._seen
        sizes = " ".join(f"{size:.0f}" for size in self._instances.resident().values())
        print(
            f"{spent:.0f} s: {sent} sent, {sent - 1 - high} behind, {self.report.kills} kills,"
            f" {sizes} MiB",
            file=sys.stderr,
            flush=True,
        )

    def _strike(self, chance: random.Random) -> None:
        self._instances.kill(chance.choice("ab"))
        self.report.kills += 1
        if chance.random() < 1 / 3:
            self._hub.order("drop_connections")
            self.report.drops += 1

    def _high(self) -> int:
        """Return the last position committed; what was last seen while the store does not answer.

        An emulator under load may be silent for longer than a client waits.
        """
        with suppress(StorageUnavailable):
            cursors = self._log.head().cursors.values()
            self._seen = max((cursor.high for cursor in cursors), default=-1)
        return self._seen

    def _look(self) -> None:
        """Note how far behind they are, and whether one ended by itself; let the hub forget."""
        high = self._high()
        self.report.behind = max(self.report.behind, self._producer.sent - 1 - high)
        if high > KEPT:
            self._hub.order("forget_before", high - KEPT)
        for name in self._instances.fallen():
            self.report.problems.append(f"instance {name} ended by itself; see its log")

    def _drain(self) -> None:
        self._producer.done.set()
        self._producer.join(60)
        began = time.monotonic()
        while self._high() < self._producer.sent - 1:
            if time.monotonic() - began > DRAIN_SECONDS:
                self.report.problems.append(
                    f"only {self._high() + 1} of {self._producer.sent} committed at the end"
                )
                break
            time.sleep(TICK_SECONDS)
        self.report.drained_seconds = round(time.monotonic() - began, 1)
        time.sleep(15)  # one publish more, so that all of it is signed
        self._instances.close()

    def _check(self) -> None:
        report, said = self.report, self.report.problems
        report.sent, report.relevant = self._producer.sent, self._producer.relevant
        seen = relevant = repeated = quarantined = 0
        sources: list[str] = []
        for batch in self._log.batches():
            counts = batch.stated.counts
            seen, relevant = seen + counts.seen, relevant + counts.relevant
            repeated, quarantined = repeated + counts.repeated, quarantined + counts.quarantined
            leaves = [json.loads(leaf) for leaf in batch.leaves]
            sources += [leaf["src"]["key"] for leaf in leaves if "raw" in leaf.get("src", {})]
            report.batches, report.entries = batch.seq + 1, batch.end
        gaps = sum(cursor.missing for cursor in self._log.head().cursors.values())
        found = {
            "seen": (seen, report.sent),
            "relevant": (relevant, report.relevant),
            "entries of records": (len(sources), report.relevant),
            "distinct records": (len(set(sources)), report.relevant),
            "repeated": (repeated, 0),
            "quarantined": (quarantined, 0),
            "open gaps": (gaps, 0),
        }
        said += [f"{name}: {got}, not {want}" for name, (got, want) in found.items() if got != want]
        stores = [self._server.store(name) for name in ("ledger", "view", "raw")]
        said += verify(stores[0], stores[1], self._key.vkey, stores[2]).problems

    def grown(self) -> list[str]:
        """Return the instances that grew in the quiet half, in words."""
        return [
            f"instance {name} grew from {first:.0f} to {last:.0f} MiB in the quiet half"
            for name, (first, last) in self.report.memory.items()
            if last > GROWTH * first
        ]


@contextmanager
def parts(home: Path, rate: int) -> Iterator[Soak]:
    """Start the servers and the instances, and end them afterwards."""
    with ExitStack() as stack:
        server = stack.enter_context(azurite.running(memory_mb=STORE_MB))
        hub = HubProcess()
        stack.callback(hub.close)
        soak = Soak(server, hub, home, rate)
        stack.callback(soak.close)
        yield soak


def main() -> None:
    """Run it and print the report; exit 1 where it found a problem."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--rate", type=int, default=500, help="events a second")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument(
        "--quick", action="store_true", help="too short to judge memory: do not look at it"
    )
    parser.add_argument("--keep", type=Path, help="keep the instances' logs in this directory")
    given = parser.parse_args()
    with ExitStack() as stack:
        home = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        home.mkdir(parents=True, exist_ok=True)
        soak = stack.enter_context(parts(home.absolute(), given.rate))
        report = soak.run(given.seconds, given.kills)
        if not given.quick:
            report.problems += soak.grown()
    print(json.dumps(asdict(report), indent=2))
    sys.exit(1 if report.problems else 0)


if __name__ == "__main__":
    main()
