"""The alert as an Adaptive Card for Teams, posted through a Power Automate workflow.

Text of a record stands in TextRun elements only, whose text is never read as Markdown
(learn.microsoft.com/adaptive-cards/schema-explorer/text-run): in a TextBlock or a Fact it would be,
and Teams' clients do not agree on how to escape there (microsoft/AdaptiveCards issues 4677 and
5590). A mention needs an entity beside the text, and the card has none, so `<at>` stays text.
"""

import json
import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from monitor.alerts.alert import Alert
from monitor.rules.model import Severity

LARGEST_CARD = 20_000
"""Bytes of JSON; Teams refuses messages of about 28 KB with its own wrapping counted (Microsoft,
"Create Incoming Webhooks" and the Teams connector's known issues)."""

STYLES: Mapping[Severity, str] = {
    Severity.CRITICAL: "attention",
    Severity.HIGH: "attention",
    Severity.MEDIUM: "warning",
    Severity.LOW: "accent",
    Severity.INFO: "emphasis",
}

_SHORT = 300
_OPENING = re.compile(r"\{(?=\{)")

Element = dict[str, JsonValue]


def message_card(alert: Alert) -> Element:
    """Return the body a Teams workflow expects: a `message` with the card attached.

    A card over LARGEST_CARD loses the changed fields, then the ends of its texts.
    """
    full = _message(alert, _body(alert, len(alert.changed)))
    if len(encode_card(full)) <= LARGEST_CARD:
        return full
    spare = _message(alert, _body(alert, 0))
    if len(encode_card(spare)) <= LARGEST_CARD:
        return spare
    return _message(
        alert, [_banner(alert, _SHORT), _prose(alert.witness[:_SHORT]), *_pointers(alert)]
    )


def encode_card(message: Mapping[str, JsonValue]) -> str:
    r"""Write the message as ASCII JSON without `{{`, which Apprise's templates would fill in.

    Two braces in a row stand only inside a string, where `\u007b` is the same character.
    """
    return _OPENING.sub(r"\\u007b", json.dumps(message, separators=(",", ":")))


def message_of(card: Element) -> Element:
    """Return the `message` a Teams workflow expects, with the card attached."""
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": card,
            }
        ],
    }


def plain_card(
    title: str,
    span: str,
    parts: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    note: tuple[str, Sequence[str]] = ("", ()),
) -> Element:
    """Return a card of headings of ours with rows of label and text below each.

    `note` is a heading and the lines of a checkpoint, letter by letter.
    """
    items: list[JsonValue] = [_lines(_run(title, bold=True))]
    if span:
        items.append(_lines(_run(span, subtle=True)))
    body: list[JsonValue] = [
        {"type": "Container", "style": "emphasis", "bleed": True, "items": items}
    ]
    for heading, rows in parts:
        body.append(_heading(heading))
        for label, text in rows:
            labelled = [_run(f"{label}  ", subtle=True)] if label else []
            body.append(_lines(*labelled, _run(text)))
    heading, lines = note
    if lines:
        body.append(_heading(heading))
        body += [_lines(_run(line, mono=True, size="Small")) for line in lines]
    return _card(title, body)


def _card(fallback: str, body: list[JsonValue]) -> Element:
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": "en",
        "fallbackText": fallback,
        "msteams": {"width": "Full"},
        "body": body,
    }


def _message(alert: Alert, body: list[JsonValue]) -> Element:
    card = _card(f"{alert.word} alert, entry {alert.entry} of the ledger", body)
    if alert.links:
        card["actions"] = [
            {"type": "Action.OpenUrl", "title": title, "url": url} for title, url in alert.links
        ]
    return message_of(card)


def _body(alert: Alert, rows: int) -> list[JsonValue]:
    body: list[JsonValue] = [_banner(alert)]
    if alert.preface:
        body.append(_lines(_run(alert.preface, subtle=True)))
    body.append(_prose(alert.witness))
    hidden = len(alert.details.changed) - rows
    if alert.changed:
        body.append(_heading("What changed"))
        body += [
            _lines(_run(f"{r.path}: ", subtle=True), _run(r.words)) for r in alert.changed[:rows]
        ]
        if hidden:
            body.append(_lines(_run(f"{hidden} more in the ledger", subtle=True)))
    body.append(_table(alert.facts))
    if alert.steps:
        body.append(_heading("What to do now"))
        body += [_lines(_run(f"{number}. {s}")) for number, s in enumerate(alert.steps, 1)]
    if alert.others:
        body.append(_heading(alert.others_heading))
        body += [_lines(_run(other.line)) for other in alert.others]
    if alert.more_others:
        body.append(_lines(_run(f"and {alert.more_others} more", subtle=True)))
    return [*body, *_pointers(alert)]


def _banner(alert: Alert, limit: int | None = None) -> Element:
    """Severity as colour and word, and the title."""
    inlines = _run(f"{alert.word}: ", bold=True), _run(alert.title[:limit], bold=True)
    return {
        "type": "Container",
        "style": STYLES[alert.severity],
        "bleed": True,
        "items": [_lines(*inlines)],
    }


def _prose(text: str) -> Element:
    return _lines(_run(text, size="Medium")) | {"spacing": "Medium"}


def _pointers(alert: Alert) -> list[JsonValue]:
    return [
        _lines(_run(f"{label}: ", subtle=True), _run(command, mono=True))
        | {"spacing": "Small" if number else "Medium"}
        for number, (label, command) in enumerate(alert.pointers)
    ]


def _heading(text: str) -> Element:
    """A heading of ours; never text of a record, since a TextBlock is Markdown."""
    return {
        "type": "TextBlock",
        "text": text,
        "weight": "Bolder",
        "size": "Default",
        "style": "heading",
        "spacing": "Medium",
        "wrap": True,
    }


def _table(facts: tuple[tuple[str, str], ...]) -> Element:
    rows: list[JsonValue] = [
        {
            "type": "ColumnSet",
            "spacing": "Small",
            "columns": [
                _column("80px", _lines(_run(label, subtle=True))),
                _column("stretch", _lines(_run(text))),
            ],
        }
        for label, text in facts
    ]
    return {"type": "Container", "spacing": "Medium", "separator": True, "items": rows}


def _column(width: str, item: Element) -> Element:
    return {"type": "Column", "width": width, "items": [item]}


def _lines(*inlines: Element) -> Element:
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": list(inlines)}


def _run(
    text: str, *, bold: bool = False, subtle: bool = False, mono: bool = False, size: str = ""
) -> Element:
    run: Element = {"type": "TextRun", "text": text}
    if bold:
        run["weight"] = "Bolder"
    if subtle:
        run["isSubtle"] = True
    if mono:
        run["fontType"] = "Monospace"
    if size:
        run["size"] = size
    return run
