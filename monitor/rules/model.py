"""Rules, findings and severity: the words judgement is written in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import JsonValue

from monitor.rules.case import Case


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
class Controls:
    """The controls a rule gives evidence for.

    It *supports* them (docs/rules.md has the wording rule).

    `hipaa` are sections of 45 CFR part 164, `nist` controls of SP 800-53 r5, `cis` items of the
    Microsoft 365 Foundations Benchmark v7.0.0, `scuba` CISA's baseline ids, `attack` techniques of
    ATT&CK v18.1.
    """

    hipaa: tuple[str, ...] = ()
    nist: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    scuba: tuple[str, ...] = ()
    attack: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """The object a finding is about: Graph's resource name, its id and its display name."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule yields: how bad, the sentence an analyst reads first, what it is about.

    And facts for machines. `act` names what was done where the witness differs between the records
    of one act: two records of one correlation that tell the same act about the same object are one.
    """

    severity: Severity
    witness: str
    about: About
    certainty: str = "certain"
    details: Mapping[str, JsonValue] = field(default_factory=dict)
    act: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as data, and the function that judges.

    Every field is required: a rule is documented or is not one.

    `subject` is the class of case it is shown. `severity_logic` says in words when which severity.
    `firing`, `silent` and `lookalike` are one example each, in words, and each has its test.
    """

    id: str
    revision: int
    title: str
    meaning: str
    subject: type
    severity_logic: str
    controls: Controls
    blind_spots: tuple[str, ...]
    respond: tuple[str, ...]
    firing: str
    silent: str
    lookalike: str
    judge: Callable[[Case], Iterator[Judgement]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement with the rule and revision that made it."""

    rule: Rule
    judgement: Judgement
