"""One alert in the forms channels need: a subject, plain text, Markdown, HTML and a Teams card."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from monitor.alerts.alert import Alert, read_alert
from monitor.alerts.card import message_card
from monitor.alerts.mail import mail_page
from monitor.alerts.untrusted import clean, for_markdown

LONGEST_SUBJECT = 180
"""Characters; Apprise cuts a title at 250, mail clients show far less."""

_LABEL_WIDTH = 11


@dataclass(frozen=True, slots=True)
class Message:
    """An alert, written out.

    `subject` is one line. `card` is what a Teams workflow is posted: a `message` with one Adaptive
    Card attached.
    """

    alert: Alert
    subject: str
    text: str
    markdown: str
    html: str
    card: Mapping[str, JsonValue]


def compose(index: int, leaf: Mapping[str, JsonValue]) -> Message:
    """Write the finding leaf at that entry id as a message."""
    alert = read_alert(index, leaf)
    return Message(
        alert=alert,
        subject=subject(alert),
        text="\n".join(_text(alert)) + "\n",
        markdown="\n".join(_markdown(alert)) + "\n",
        html=mail_page(alert),
        card=message_card(alert),
    )


def subject(alert: Alert) -> str:
    """Return severity, title, object and entry id as one line; the id survives any cut."""
    name = alert.about.name
    told = f"[{alert.word}] {alert.title}{': ' if name else ''}{name}"
    entry = f" (#{alert.entry})"
    return clean(told, LONGEST_SUBJECT - len(entry)) + entry


def _text(alert: Alert) -> Iterator[str]:
    yield f"{alert.word}  {alert.title}"
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
    yield ""
    if alert.about.link:
        yield f"Open it in the Entra admin center: {alert.about.link}"
    yield f"Show the entry: {alert.command}"


def _markdown(alert: Alert) -> Iterator[str]:
    yield f"**{alert.word}** {for_markdown(alert.title)}"
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
    yield ""
    if alert.about.link:
        yield f"[Open it in the Entra admin center]({alert.about.link})"
        yield ""
    yield f"Show the entry: `{alert.command}`"
