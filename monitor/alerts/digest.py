"""The digest: what happened, what is overdue, how the stream is, and the checkpoint."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from monitor.alerts.alert import NAME, SENTENCE, Other
from monitor.alerts.card import LARGEST_CARD, encode_card, message_of, plain_card
from monitor.alerts.mail import page_of, section
from monitor.alerts.message import Letter
from monitor.alerts.schedule import Period
from monitor.alerts.untrusted import clean, for_markdown
from monitor.clock import stamp
from monitor.rules.model import Severity

_SHORT = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a section; `label` and `text` may hold words of strangers."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything one digest says, as it was at `until`.

    `counts` are findings by severity, `gravest` the first of them, `more` how many are not shown.
    `changes` counts recorded changes by activity. `countdowns` are days (negative once past) to a
    declared date. `checkpoint` is the latest signed note's text, empty where there is none.
    """

    period: Period
    since: datetime
    until: datetime
    counts: Mapping[str, int]
    gravest: tuple[Other, ...]
    more: int
    changes: Mapping[str, int]
    overdue: tuple[Row, ...]
    expiring: tuple[Row, ...]
    stream: tuple[Row, ...]
    countdowns: tuple[tuple[str, str, int], ...]
    checkpoint: str
    failing: tuple[str, ...] = field(default=())

    @property
    def severity(self) -> Severity:
        """The gravest of what it tells of."""
        return max((o.severity for o in self.gravest), key=lambda s: s.rank, default=Severity.INFO)

    @property
    def subject(self) -> str:
        """One line: the period, the day, and how many findings."""
        total = sum(self.counts.values())
        graded = ", ".join(f"{count} {name}" for name, count in self.counts.items() if count)
        told = f"{_counted(total, 'finding')} ({graded})" if total else "no findings"
        late = f", {_counted(len(self.overdue), 'account')} overdue" if self.overdue else ""
        return f"MFA monitor, {self.period.value} {self.until:%Y-%m-%d}: {told}{late}"


def sections(digest: Digest) -> Iterator[tuple[str, list[Row]]]:
    """Yield heading and rows of everything but the checkpoint; every section is always there."""
    graded = [Row(name, str(count)) for name, count in digest.counts.items() if count]
    yield "Findings", graded or [Row("", "none")]
    shown = [
        Row(f"#{one.entry}", f"{one.severity.value.upper()} {one.words}") for one in digest.gravest
    ]
    if digest.more:
        shown.append(Row("", f"and {digest.more} more"))
    if shown:
        yield "The gravest", shown
    changed = [Row(clean(name, NAME), str(count)) for name, count in digest.changes.items()]
    yield "Recorded changes", changed or [Row("", "none")]
    yield "Accounts without a method, overdue", list(digest.overdue) or [Row("", "none")]
    yield "Exemptions about to expire", list(digest.expiring) or [Row("", "none")]
    failing = [Row("failing channel", name) for name in digest.failing]
    yield "The stream and this service", [*digest.stream, *failing]
    if digest.countdowns:
        yield "Dates", [Row(name, _days(date, days)) for name, date, days in digest.countdowns]


def as_json(digest: Digest) -> dict[str, JsonValue]:
    """Return the digest as `--json` prints it."""
    return {
        "kind": "digest",
        "period": digest.period.value,
        "since": stamp(digest.since),
        "until": stamp(digest.until),
        "findings": dict(digest.counts),
        "gravest": [o.entry for o in digest.gravest],
        "changes": dict(digest.changes),
        "overdue": [{"account": row.label, "said": row.text} for row in digest.overdue],
        "expiring": [{"object": row.label, "said": row.text} for row in digest.expiring],
        "stream": {row.label: row.text for row in digest.stream},
        "failing_channels": list(digest.failing),
        "countdowns": [
            {"name": name, "date": date, "days": days} for name, date, days in digest.countdowns
        ],
        "checkpoint": digest.checkpoint or None,
    }


def digest_letter(digest: Digest) -> Letter:
    """Write the digest in every form."""
    return Letter(
        subject=clean(digest.subject, SENTENCE // 2),
        text=digest_text(digest),
        markdown=_markdown(digest),
        html=_page(digest),
        card=_card(digest),
        severity=Severity.INFO,
    )


def digest_text(digest: Digest) -> str:
    """Write the digest as plain text."""
    lines = [digest.subject, f"{_span(digest)}"]
    for heading, rows in sections(digest):
        lines += ["", heading]
        lines += [f"  {row.label + '  ' if row.label else ''}{row.text}" for row in rows]
    if digest.checkpoint:
        lines += [
            "",
            CHECKPOINT_HEADING,
            *(f"  {one}" for one in _note(digest)),
            "",
            CHECKPOINT_USE,
        ]
    return "\n".join(lines) + "\n"


CHECKPOINT_HEADING = "Checkpoint of the ledger"
CHECKPOINT_USE = "Keep this mail: a ledger that is rewritten later has another root at this size."


def _span(digest: Digest) -> str:
    return f"{digest.since:%Y-%m-%d %H:%M %Z} to {digest.until:%Y-%m-%d %H:%M %Z}"


def _note(digest: Digest) -> list[str]:
    return [line for line in digest.checkpoint.splitlines() if line]


def _markdown(digest: Digest) -> str:
    lines = [f"**{for_markdown(digest.subject)}**", "", for_markdown(_span(digest))]
    for heading, rows in sections(digest):
        lines += ["", f"**{heading}**", ""]
        lines += [f"- {for_markdown(f'{row.label} {row.text}'.strip())}" for row in rows]
    if digest.checkpoint:
        lines += ["", f"**{CHECKPOINT_HEADING}**", "", "```", *_note(digest), "```"]
    return "\n".join(lines) + "\n"


def _page(digest: Digest) -> str:
    parts = [
        section(heading, [(row.label, row.text) for row in rows])
        for heading, rows in sections(digest)
    ]
    title = f"{digest.period.value.capitalize()} digest"
    note = "\n".join(_note(digest))
    return page_of(
        title, clean(digest.subject, SENTENCE), _span(digest), parts, note, CHECKPOINT_USE
    )


def _card(digest: Digest) -> Mapping[str, JsonValue]:
    """Return the card; one over LARGEST_CARD loses the ends of its texts, then all but counts."""
    card = _card_of(digest, NAME * 4)
    if len(encode_card(card)) > LARGEST_CARD:
        card = _card_of(digest, _SHORT)
    return card if len(encode_card(card)) <= LARGEST_CARD else _card_of(digest, 0)


def _card_of(digest: Digest, limit: int) -> Mapping[str, JsonValue]:
    parts = [
        (heading, [(row.label[:limit], row.text[:limit]) for row in rows])
        for heading, rows in sections(digest)
    ]
    if not limit:
        parts = [("Too long for a card", [("", "mfa-monitor digest")])]
    # Origin, size and root: a signature is one word wider than a phone, and the mail has it.
    note = (CHECKPOINT_HEADING, _note(digest)[:3])
    return message_of(plain_card(clean(digest.subject, SENTENCE), _span(digest), parts, note))


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _days(date: str, days: int) -> str:
    if days < 0:
        return f"{date}, {_counted(-days, 'day')} ago"
    return f"{date}, in {_counted(days, 'day')}" if days else f"{date}, today"
