"""What a ledger holds, in words that do not depend on how its records were cut into batches."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from monitor.pipeline import Filed
from monitor.wiring import open_monitor

NOT_JUDGEMENT = frozenset({"batch", "config", "delivery", "gap", "pulse"})


class Entry(NamedTuple):
    """One entry; a finding's key is that of the record it judges."""

    kind: str
    tenant: str | None
    key: str | None
    rule: str | None
    severity: str | None


def filed(data: Path, config: Path | None = None) -> list[Filed]:
    """Every entry of the log, in order, batch headers left out; the log must verify."""
    with open_monitor(data, config) as monitor:
        report = monitor.verify()
        assert report.valid, report.problems
        size = cast("int", monitor.health()["entries"])
        found = [monitor.entry(index) for index in range(size)]
    return [entry for entry in found if entry is not None]


def entries(data: Path, config: Path | None = None) -> Counter[Entry]:
    """What was recorded and judged, each with how often."""
    log: dict[int, Mapping[str, Any]] = {entry.index: entry.leaf for entry in filed(data, config)}

    def entry(leaf: Mapping[str, Any]) -> Entry:
        source = leaf.get("src") or {}
        judged = source.get("of")
        record = source if judged is None else log[judged].get("src") or {}
        return Entry(
            kind=leaf["t"],
            tenant=leaf.get("tenant"),
            key=record.get("key"),
            rule=leaf.get("rule"),
            severity=leaf.get("severity"),
        )

    return Counter(entry(leaf) for leaf in log.values() if leaf["t"] not in NOT_JUDGEMENT)
