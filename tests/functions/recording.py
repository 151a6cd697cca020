"""A monitor that writes down what the doors ask of it, for tests of the doors alone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from pydantic import JsonValue

from monitor.events.batch import SourceBatch
from monitor.functions.app import OpenMonitor, shared
from monitor.ledger.cursor import Cursor
from monitor.pipeline import Filed, Outcome
from monitor.settings import Settings
from monitor.wiring.gaps import Gap

FINDING = Filed(index=2, leaf={"t": "finding", "rule": "ca-weakened", "severity": "high"})
CHANGE = Filed(index=1, leaf={"t": "change"})


@dataclass(slots=True)
class RecordingMonitor:
    """Answers with `entries`; call after call takes one of `faults` and raises it, None answers."""

    entries: tuple[Filed, ...] = ()
    faults: list[Exception | None] = field(default_factory=list)
    report: Mapping[str, JsonValue] = field(default_factory=lambda: {"status": "ok"})
    calls: list[str] = field(default_factory=list)
    batches: list[SourceBatch] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)
    read: Mapping[str, Cursor] = field(default_factory=dict)
    holes: Sequence[Gap] = ()

    def _called(self, call: str) -> None:
        self.calls.append(call)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault

    def ingest(self, batch: SourceBatch) -> Outcome:
        self._called("ingest")
        self.batches.append(batch)
        return Outcome(seen=len(batch.messages), entries=self.entries)

    def sweep(self) -> Outcome:
        self._called("sweep")
        return Outcome(entries=self.entries)

    def deliver(self, limit_seconds: float, *, digests: bool = True) -> Outcome:
        self._called(f"deliver {limit_seconds:g}{' with digests' if digests else ''}")
        return Outcome()

    def send_digests(self, limit_seconds: float) -> Outcome:
        self._called(f"send_digests {limit_seconds:g}")
        return Outcome()

    def publish(self) -> None:
        self._called("publish")

    def refresh(self, patience_seconds: float) -> None:
        self._called(f"refresh {patience_seconds:g}")

    def cursors(self) -> Mapping[str, Cursor]:
        self._called("cursors")
        return self.read

    def gaps(self) -> Sequence[Gap]:
        self._called("gaps")
        return self.holes

    def lose_gap(self, key: str, first: int, last: int) -> Outcome:
        self._called(f"lose_gap {key} {first} {last}")
        return Outcome()

    def health(self) -> Mapping[str, JsonValue]:
        self._called("health")
        return self.report


@contextmanager
def lent(monitor: OpenMonitor) -> Iterator[None]:
    """Have the doors share `monitor` instead of opening one."""
    shared.close()
    opener, shared._opener = shared._opener, lambda _: nullcontext(monitor)
    try:
        yield
    finally:
        shared.close()
        shared._opener = opener
