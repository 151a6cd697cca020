"""The sum of many outcomes, and the exit code that follows from it."""

from collections import Counter
from dataclasses import dataclass, field

from pydantic import JsonValue

from monitor.errors import InvalidInput, MonitorError
from monitor.pipeline.outcome import Filed, Outcome
from monitor.rules.model import Severity

CLEAN = 0
FOUND = 1
"""A finding above info, a quarantined record or an invalid ledger."""
USAGE = 2
FAILED = 3
"""The command could not run, or not to its end."""


def exit_code(error: MonitorError) -> int:
    """Return the exit code an error of ours ends the program with."""
    return USAGE if isinstance(error, InvalidInput) else FAILED


@dataclass(slots=True)
class Tally:
    """Counts over a whole command; `faults` are the files that could not be read to their end."""

    seen: int = 0
    relevant: int = 0
    irrelevant: int = 0
    quarantined: int = 0
    repeated: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    gravest: Filed | None = None
    faults: list[MonitorError] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one outcome and its findings."""
        self.seen += outcome.seen
        self.relevant += outcome.relevant
        self.irrelevant += outcome.irrelevant
        self.quarantined += outcome.quarantined
        self.repeated += outcome.repeated
        for filed in outcome.entries:
            if filed.leaf.get("t") == "finding":
                self.findings[str(filed.leaf["severity"])] += 1
                if self.gravest is None or _rank(filed) > _rank(self.gravest):
                    self.gravest = filed

    def summary(self) -> dict[str, JsonValue]:
        """Return the last line of `--json`: every severity is there, also those with no finding."""
        return {
            "kind": "summary",
            "seen": self.seen,
            "relevant": self.relevant,
            "irrelevant": self.irrelevant,
            "quarantined": self.quarantined,
            "repeated": self.repeated,
            "findings": {severity.value: self.findings[severity.value] for severity in Severity},
        }

    @property
    def code(self) -> int:
        """The exit code: a file that could not be read outweighs what was found in the others."""
        if self.faults:
            return max(exit_code(fault) for fault in self.faults)
        above_info = sum(self.findings.values()) - self.findings[Severity.INFO.value]
        return FOUND if above_info or self.quarantined else CLEAN


def _rank(filed: Filed) -> int:
    return Severity(str(filed.leaf["severity"])).rank
