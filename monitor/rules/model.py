"""Rules, findings and severity: the words judgement is written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import JsonValue


class Severity(StrEnum):
    """How urgent a finding is; the order is that of the members."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Mapped:
    """Controls a rule gives evidence for, in the words of docs/compliance.md: it *supports* them."""

    hipaa: tuple[str, ...] = ()
    nist: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    scuba: tuple[str, ...] = ()
    attack: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement of one rule. `witness` is the sentence an analyst reads first.

    `object_kind`, `object_id`, `object_name` say what it is about. `details` is JSON for machines.
    """

    rule: str
    revision: int
    severity: Severity
    title: str
    witness: str
    object_kind: str
    object_id: str
    object_name: str
    details: Mapping[str, JsonValue] = field(default_factory=dict)
