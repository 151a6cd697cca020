"""The whole corridor - bytes to fsynced ledger - against a bare `orjson.loads` of the same bodies.

Correctness first: no figure is printed unless every record has its fate and the ledger verifies.
Run: `python -m bench.corridor`.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from bench.events import ROUNDS, Corpus, corpus
from monitor.events.batch import Message, NamedSource, SourceBatch
from monitor.wiring import open_monitor

PER_BATCH = 64
"""Message bodies per commit: about 1,400 records."""


def batches(mix: Corpus) -> Iterator[SourceBatch]:
    """Cut the corpus into batches as `replay` does."""
    source = NamedSource("file", mix.name)
    for start in range(0, len(mix.bodies), PER_BATCH):
        yield SourceBatch(source, tuple(map(Message, mix.bodies[start : start + PER_BATCH])))


def through(mix: Corpus) -> float:
    """Put the corpus through a fresh deployment; return the seconds it took."""
    with tempfile.TemporaryDirectory() as data:
        with open_monitor(Path(data), None, replay=True, notify=False) as monitor:
            started = time.perf_counter()
            outcomes = [monitor.ingest(batch) for batch in batches(mix)]
            spent = time.perf_counter() - started
            monitor.publish()
            report = monitor.verify()
        assert report.valid, report.problems
        assert sum(outcome.seen for outcome in outcomes) == mix.records
        fates = sum(o.relevant + o.repeated + o.quarantined for o in outcomes)
        assert fates == mix.relevant
    return spent


def bare(mix: Corpus) -> float:
    """Parse the corpus with orjson; return the seconds it took."""
    started = time.perf_counter()
    for body in mix.bodies:
        orjson.loads(body)
    return time.perf_counter() - started


def main() -> None:
    """Measure each mix in interleaved rounds."""
    for mix in (corpus("noise", 0.0), corpus("quiet, 0.1 % relevant", 0.001), corpus("3 %", 0.03)):
        ratios = [bare(mix) / through(mix) for _ in range(ROUNDS)]
        print(
            f"corridor with fsync / orjson.loads, {mix.name}: "
            f"{statistics.median(ratios):.2f} [{min(ratios):.2f}..{max(ratios):.2f}]"
        )


if __name__ == "__main__":
    main()
