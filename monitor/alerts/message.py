"""A message in the forms channels need: a subject, plain text, Markdown, HTML and a Teams card."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from monitor.alerts.alert import Alert, Imprint, read_alert
from monitor.alerts.card import message_card, message_of, plain_card
from monitor.alerts.mail import mail_page
from monitor.alerts.untrusted import clean, for_markdown
from monitor.rules.model import Severity

LONGEST_SUBJECT = 180
"""Characters; Apprise cuts a title at 250, mail clients show far less."""

_LABEL_WIDTH = 11


class Form(StrEnum):
    """What a message is: the first of an incident, an update, a summary, or an escalation."""

    ALERT = "alert"
    UPDATE = "update"
    SUMMARY = "summary"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to send, written out.

    `subject` is one line. `card` is what a Teams workflow is posted: a `message` with one Adaptive
    Card attached. `thread` is the message id (RFC 5322, section 3.6.4, with its angle brackets)
    that mails of one thread refer to.
    """

    subject: str
    text: str
    markdown: str
    html: str
    card: Mapping[str, JsonValue]
    severity: Severity
    thread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Letter):
    """A letter about findings; `alert` is the one it is named after."""

    alert: Alert


def compose(index: int, leaf: Mapping[str, JsonValue], imprint: Imprint | None = None) -> Message:
    """Write the finding leaf at that entry id as a message."""
    return write(read_alert(index, leaf, imprint))


def write(alert: Alert, thread: str | None = None) -> Message:
    """Write an alert in every form."""
    return Message(
        alert=alert,
        subject=subject(alert),
        text="\n".join(_text(alert)) + "\n",
        markdown="\n".join(_markdown(alert)) + "\n",
        html=mail_page(alert),
        card=message_card(alert),
        severity=alert.severity,
        thread=thread,
    )


def trial_letter(channel: str) -> Letter:
    """Write a message that shows a channel works, and is about nothing."""
    text = f"Channel {channel} works: alerts of the MFA monitor arrive here. Nothing has happened."
    return Letter(
        subject=f"[TEST] MFA monitor, channel {channel}",
        text=f"{text}\n",
        markdown=f"{text}\n",
        html=f"<p>{text}</p>",
        card=message_of(plain_card("Test message", "", [("It arrived", [("", text)])])),
        severity=Severity.INFO,
    )


def subject(alert: Alert) -> str:
    """Return severity, title, object and entry id as one line; the id survives any cut."""
    name = alert.about.name
    tag = f"{alert.tag}: " if alert.tag else ""
    told = f"[{alert.word}] {tag}{alert.title}{': ' if name else ''}{name}"
    company = 0 if alert.lookup else len(alert.others) + alert.more_others
    entry = f"{f' and {company} more' if company else ''} (#{alert.entry})"
    return clean(told, LONGEST_SUBJECT - len(entry)) + entry


def _text(alert: Alert) -> Iterator[str]:
    yield f"{alert.word}  {alert.title}"
    yield ""
    if alert.preface:
        yield alert.preface
        yield ""
    yield alert.witness
    if alert.changed:
        yield ""
        yield "What changed"
        yield from (f"  {row.path}: {row.words}" for row in alert.changed)
    if alert.more_changed:
        yield f"  and {alert.more_changed} more"
    yield ""
    yield from (f"{label:<{_LABEL_WIDTH}}{text}" for label, text in alert.facts)
    if alert.steps:
        yield ""
        yield "What to do now"
        yield from (f"  {number}. {step}" for number, step in enumerate(alert.steps, 1))
    if alert.others:
        yield ""
        yield alert.others_heading
        yield from (f"  {other.line}" for other in alert.others)
    if alert.more_others:
        yield f"  and {alert.more_others} more"
    yield ""
    yield from (f"{label}: {address}" for label, address in alert.links)
    yield from (f"{label}: {command}" for label, command in alert.pointers)


def _markdown(alert: Alert) -> Iterator[str]:
    yield f"**{alert.word}** {for_markdown(alert.title)}"
    yield ""
    if alert.preface:
        yield f"*{for_markdown(alert.preface)}*"
        yield ""
    yield for_markdown(alert.witness)
    if alert.changed:
        yield ""
        yield "**What changed**"
        yield ""
        for row in alert.changed:
            yield f"- {for_markdown(row.path)}: {for_markdown(row.words)}"
    if alert.more_changed:
        yield f"- and {alert.more_changed} more"
    yield ""
    yield from (f"- **{label}:** {for_markdown(text)}" for label, text in alert.facts)
    if alert.steps:
        yield ""
        yield "**What to do now**"
        yield ""
        yield from (f"{number}. {for_markdown(s)}" for number, s in enumerate(alert.steps, 1))
    if alert.others:
        yield ""
        yield f"**{alert.others_heading}**"
        yield ""
        yield from (f"- {for_markdown(other.line)}" for other in alert.others)
    if alert.more_others:
        yield f"- and {alert.more_others} more"
    yield ""
    for label, address in alert.links:
        yield f"[{label}]({address})"
        yield ""
    yield from (f"- {label}: `{command}`" for label, command in alert.pointers)
