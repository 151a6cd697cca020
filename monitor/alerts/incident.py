"""Which findings one message tells of, and that message.

A finding carries its incident (docs/ledger-format.md). One that does not belongs with those of the
same correlation, else of the same actor and object, within an hour of each other.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from monitor.alerts.alert import MOST_ROWS, SENTENCE, Alert, Imprint, Other, read_alert
from monitor.alerts.ports import FiledFinding
from monitor.alerts.route import severity_of
from monitor.alerts.untrusted import clean
from monitor.clock import moment, stamp
from monitor.rules.model import Severity

TOGETHER = timedelta(minutes=60)
"""How far apart findings of one incident may stand."""

Leaf = Mapping[str, JsonValue]


def thread_of(filed: FiledFinding) -> str:
    """Return what the incident of a finding is known by; unique within its tenant."""
    leaf = filed.leaf
    if leaf.get("incident") is not None:
        return f"incident/{leaf['incident']}"
    if leaf.get("correlation"):
        return f"correlation/{leaf['correlation']}"
    actor, about = leaf.get("initiator"), leaf.get("object")
    who = (actor.get("id") or actor.get("label")) if isinstance(actor, dict) else None
    what = about.get("id") if isinstance(about, dict) else None
    return f"actor/{who}/{what}" if who and what else f"entry/{filed.index}"


def time_of(filed: FiledFinding) -> datetime:
    """Return the finding's own time; when it was filed where that cannot be read."""
    try:
        return moment(str(filed.leaf.get("at")))
    except ValueError:
        return filed.filed


def belongs(filed: FiledFinding, latest: datetime) -> bool:
    """Say whether a finding is still of an incident whose latest finding is that old."""
    return abs(time_of(filed) - latest) <= TOGETHER


def leading(findings: Iterable[FiledFinding]) -> list[FiledFinding]:
    """Return them with the gravest first, then the earliest: the first is the lead."""
    return sorted(findings, key=lambda one: (-severity_of(one.leaf).rank, one.index))


def joined(findings: Sequence[FiledFinding], imprint: Imprint) -> Alert:
    """Return one alert about findings of one incident: the lead's, with the others below it."""
    lead, *rest = findings
    alert = read_alert(lead.index, lead.leaf, imprint)
    shown = tuple(_other(one) for one in rest[:MOST_ROWS])
    return alert.model_copy(update={"others": shown, "more_others": max(0, len(rest) - MOST_ROWS)})


def updated(alert: Alert, number: int) -> Alert:
    """Return the alert as the nth update of its incident."""
    count = 1 + len(alert.others) + alert.more_others
    words = "one finding" if count == 1 else f"{count} findings"
    preface = f"Update {number} of an incident you were told of: {words} more."
    return alert.model_copy(update={"tag": f"Update {number}", "preface": preface})


def escalated(alert: Alert, minutes: int) -> Alert:
    """Return the alert as nobody's concern so far."""
    preface = f"Nobody has acknowledged this within {minutes} minutes."
    return alert.model_copy(update={"tag": "Not acknowledged", "preface": preface})


def summed(findings: Sequence[FiledFinding], most: int, minutes: int, imprint: Imprint) -> Alert:
    """Return one alert with the counts of many findings, the gravest of them below."""
    ranked = leading(findings)
    lead, shown = ranked[0], ranked[:MOST_ROWS]
    severities = Counter(severity_of(one.leaf) for one in ranked)
    rules = Counter(str(one.leaf.get("rule", "")) for one in ranked)
    graded = ", ".join(f"{severities[s]} {s.value}" for s in reversed(Severity) if severities[s])
    ruled = ", ".join(f"{count} {rule}" for rule, count in rules.most_common(MOST_ROWS))
    first = min(time_of(one) for one in ranked)
    return Alert(
        entry=lead.index,
        imprint=imprint,
        severity=severity_of(lead.leaf),
        title=f"{len(ranked)} more findings",
        preface=(
            f"{most} messages went to this channel within {minutes} minutes;"
            " the rest is told in one. Each finding stands in the ledger by itself."
        ),
        witness=clean(f"{graded}. By rule: {ruled}.", SENTENCE * 2),
        others=tuple(_other(one) for one in shown),
        more_others=len(ranked) - len(shown),
        lookup=f"mfa-monitor history --kind finding --since {stamp(first)[:19]}Z --limit 1000",
    )


def _other(filed: FiledFinding) -> Other:
    alert = read_alert(filed.index, filed.leaf)
    name = alert.about.name
    words = clean(f"{alert.title}{': ' if name else ''}{name}", SENTENCE // 2)
    return Other(filed.index, alert.severity, words)
