"""What the report of a pack says, for the page and for the PDF."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from monitor.clock import moment, stamp
from monitor.evidence.rows import text, value, visible
from monitor.evidence.scope import Leaf, member
from monitor.evidence.selection import Counts, Item
from monitor.rules.model import Severity

SETS: Mapping[str, str] = {
    "hipaa": "45 CFR",
    "nist": "NIST SP 800-53 r5",
    "cis": "CIS Microsoft 365 v7.0.0",
    "scuba": "CISA SCuBA",
    "attack": "MITRE ATT&CK v18.1",
}
"""The control sets that a finding names, as they are cited."""

SECTIONS: Mapping[str, str] = {
    "164.308(a)(1)(ii)(D)": "activity review",
    "164.308(a)(3)(ii)(A)": "authorise and supervise",
    "164.308(a)(3)(ii)(C)": "termination",
    "164.308(a)(4)(ii)(B)": "authorise and modify access",
    "164.308(a)(4)(ii)(C)": "authorise and modify access",
    "164.308(a)(5)": "awareness",
    "164.308(a)(5)(ii)(C)": "log-in monitoring",
    "164.308(a)(6)": "response and reporting",
    "164.308(a)(8)": "evaluation",
    "164.312(a)(2)(i)": "unique identification",
    "164.312(a)(2)(ii)": "emergency access procedure",
    "164.312(a)(2)(iii)": "automatic logoff",
    "164.312(b)": "audit controls",
    "164.312(c)(1)": "integrity",
    "164.312(c)(2)": "integrity",
    "164.312(d)": "person or entity authentication",
}
"""What the sections of 45 CFR are about, in a word."""

ALWAYS = ("164.312(b)", "164.312(c)(1)", "164.308(a)(1)(ii)(D)")
"""Sections that the record as such is evidence for, whatever it found."""

WORDING = (
    "The HIPAA Security Rule in force does not name multi-factor authentication. What is listed is"
    " evidence supporting the sections and controls named; no entry by itself meets or breaks a"
    " requirement."
)

_RECORD = "the record of the period"


@dataclass(frozen=True, slots=True)
class Control:
    """A control, and what of the pack is evidence supporting it."""

    source: str
    id: str
    word: str
    support: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as the report lists it. Every text is safe to show once it is escaped."""

    index: int
    hash: str
    at: str
    severity: str
    title: str
    witness: str
    about: str
    actor: str
    rule: str

    @property
    def word(self) -> str:
        """The severity in capitals: colour alone tells nothing to many readers."""
        return self.severity.upper()


@dataclass(frozen=True, slots=True)
class Report:
    """The report. `facts`, `checks` and the counts are labels with texts."""

    title: str
    period: str
    facts: tuple[tuple[str, str], ...]
    proves: tuple[str, ...]
    not_proved: tuple[str, ...]
    commands: tuple[str, ...]
    population: tuple[tuple[str, int], ...]
    severities: tuple[tuple[str, int], ...]
    records: tuple[tuple[str, int], ...]
    queries: tuple[str, ...]
    controls: tuple[Control, ...]
    findings: tuple[FindingRow, ...]


def finding_row(item: Item, leaf: Leaf) -> FindingRow:
    """Return the row of a finding; `leaf` is the entry as it may be shown."""

    def shown(found: JsonValue) -> str:
        return visible(text(found))

    name = member(leaf, "object", "name") or member(leaf, "object", "id")
    kind = member(leaf, "object", "kind")
    actor, ip = member(leaf, "initiator", "label"), member(leaf, "initiator", "ip")
    return FindingRow(
        index=item.index,
        hash=str(value(item, leaf, "#hash")),
        at=shown(when(text(leaf.get("at")))),
        severity=shown(leaf.get("severity")),
        title=shown(leaf.get("title")),
        witness=shown(leaf.get("witness")),
        about=shown(f"{name} ({kind})" if name and kind else name or kind),
        actor=shown(f"{actor} from {ip}" if actor and ip else actor),
        rule=shown(f"{member(leaf, 'rule')}, revision {text(leaf.get('revision'))}"),
    )


def gravest_first(rows: Iterable[FindingRow]) -> tuple[FindingRow, ...]:
    """Return the findings, the gravest first and those of one severity in their order."""
    ranks = {severity.value: -severity.rank for severity in Severity}
    return tuple(sorted(rows, key=lambda row: (ranks.get(row.severity, 0), row.index)))


def controls_of(leaves: Iterable[Leaf]) -> tuple[Control, ...]:
    """Return the controls that the findings name, and those that the record itself supports."""
    named: Counter[tuple[str, str]] = Counter()
    for leaf in leaves:
        controls = leaf.get("controls")
        for name in SETS:
            found = controls.get(name) if isinstance(controls, dict) else None
            named.update((name, text(one)) for one in (found if isinstance(found, list) else ()))
    for one in ALWAYS:
        named.setdefault(("hipaa", one), 0)
    order = list(SETS)
    ranked = sorted(named.items(), key=lambda pair: (order.index(pair[0][0]), pair[0][1]))
    return tuple(
        Control(SETS[name], visible(one), SECTIONS.get(one, ""), _support(name, one, count))
        for (name, one), count in ranked
    )


def _support(name: str, control: str, count: int) -> str:
    said = [f"{count:,} finding{'' if count == 1 else 's'}"] if count else []
    said += [_RECORD] if name == "hipaa" and control in ALWAYS else []
    return ", and ".join(reversed(said))


def population(counts: Counts) -> tuple[tuple[str, int], ...]:
    """Return how the entries of the range add up."""
    withheld = {
        "tenant": "hash only: of other tenants",
        "period": "hash only: committed between, but not of the period",
        "filter": "hash only: not asked for",
        "profile": "hash only: in the views without personal data",
    }
    rows = [("batch headers, all shown", counts.headers), ("entries shown whole", counts.shown)]
    rows += [(withheld[name], number) for name, number in counts.withheld.items()]
    return (*rows, ("all entries of the range", sum(number for _, number in rows)))


def severities(counts: Counts) -> tuple[tuple[str, int], ...]:
    """Return the findings by severity, the gravest first, none left out for being none."""
    known = [severity.value for severity in reversed(Severity)]
    return tuple((name, counts.severities.get(name, 0)) for name in known)


def period(since: datetime, until: datetime) -> str:
    """Return the period in words."""
    return f"{when(stamp(since))} up to before {when(stamp(until))}"


def when(at: str) -> str:
    """Write an entry's time for a person, to the second; text that is no time stays as it is."""
    try:
        return f"{moment(at):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return at


def lines_of(pairs: Sequence[tuple[str, str]]) -> str:
    """Return labels and texts as lines of plain text."""
    return "".join(f"  {label + ':':<14}{visible(shown)}\n" for label, shown in pairs)
