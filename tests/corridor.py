"""The whole corridor over a directory, for tests: records in, ledger entries out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.events.batch import Message, NamedSource, SourceBatch
from monitor.pipeline import Outcome
from monitor.pipeline.leaves import Leaf
from monitor.wiring import Monitor, open_monitor
from tests import entra

TEST = NamedSource("file", "test.jsonl")


def batch(*bodies: bytes) -> SourceBatch:
    """One batch of message bodies from a file."""
    return SourceBatch(TEST, tuple(Message(body) for body in bodies))


@contextmanager
def opened(data: Path) -> Iterator[Monitor]:
    """A monitor on the records' time, as `replay` opens it."""
    with open_monitor(data, None, replay=True) as monitor:
        yield monitor


def ingest(monitor: Monitor, *records: entra.Json) -> Outcome:
    """Ingest the records as one message."""
    return monitor.ingest(batch(entra.body(*records)))


def leaves(outcome: Outcome, kind: str) -> list[Leaf]:
    """The leaves of that kind in an outcome."""
    return [dict(filed.leaf) for filed in outcome.entries if filed.leaf["t"] == kind]


def findings(outcome: Outcome) -> dict[str, Leaf]:
    """The findings of an outcome by rule id; a rule that fires twice fails the test."""
    found = leaves(outcome, "finding")
    by_rule = {str(leaf["rule"]): leaf for leaf in found}
    assert len(by_rule) == len(found), [leaf["rule"] for leaf in found]
    return by_rule


def judged(data: Path, *records: entra.Json) -> dict[str, Leaf]:
    """The findings of one message in a fresh deployment."""
    with opened(data) as monitor:
        return findings(ingest(monitor, *records))
