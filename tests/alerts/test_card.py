"""The Adaptive Card: complete, small enough, and no text of a record where Markdown is read."""

import json
from collections.abc import Iterator

from apprise.utils.templates import TemplateType, apply_template
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from monitor.alerts.alert import read_alert
from monitor.alerts.card import LARGEST_CARD, encode_card, message_card
from tests.alerts.samples import finding, hostile
from tests.alerts.test_untrusted import ANY_TEXT

HEADINGS = {"What changed", "What to do now"}
ELEMENTS = {
    "message",
    "AdaptiveCard",
    "Container",
    "ColumnSet",
    "Column",
    "RichTextBlock",
    "TextRun",
    "TextBlock",
    "Action.OpenUrl",
}
"""Elements of version 1.4 of the schema that we use; all are supported by Teams."""


def elements(node: JsonValue) -> Iterator[dict[str, JsonValue]]:
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for inner in node.values():
            yield from elements(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from elements(inner)


def card(leaf: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return message_card(read_alert(412, leaf))


def test_the_card_says_what_a_person_needs() -> None:
    runs = [str(e["text"]) for e in elements(card(finding())) if e["type"] == "TextRun"]
    assert runs[:3] == [
        "HIGH: ",
        "A change lets sign-ins in with less proof than before",
        "Members of Radiology, on any client, reach any resource with a password alone.",
    ]
    for text in (
        "conditions.users.excludeGroups: ",
        "added b",
        "203.0.113.7",
        "#412 in the ledger",
    ):
        assert text in runs
    assert runs[-1] == "mfa-monitor show 412"


def test_the_card_is_a_message_with_one_adaptive_card() -> None:
    message = card(finding())
    assert message["type"] == "message"
    attachments = message["attachments"]
    assert isinstance(attachments, list)
    assert [a["contentType"] for a in attachments if isinstance(a, dict)] == [
        "application/vnd.microsoft.card.adaptive"
    ]
    assert {str(e["type"]) for e in elements(message)} <= ELEMENTS


@given(ANY_TEXT)
def test_text_of_a_record_stands_in_text_runs_only(text: str) -> None:
    message = card(hostile(f"x{text}"))
    found = list(elements(message))
    assert {str(e["type"]) for e in found} <= ELEMENTS - {"Action.OpenUrl"}
    assert {str(e["text"]) for e in found if e["type"] == "TextBlock"} <= HEADINGS
    stripped = [
        {k: v for k, v in e.items() if e["type"] != "TextRun" or k != "text"} for e in found
    ]
    assert "entities" not in json.dumps([e.get("msteams") for e in stripped])


@given(st.text("{}\\ab\u007b", max_size=40), ANY_TEXT)
def test_apprise_fills_nothing_into_the_card(braces: str, text: str) -> None:
    message = card(hostile("{{app_body}}" + braces + "{{ app_title }}" + text))
    filled = apply_template(
        encode_card(message), TemplateType.JSON, app_body="BODY", app_title="TITLE"
    )
    assert json.loads(filled) == message


@given(st.text('\U0001f600<"\\{\u0416a ', min_size=300, max_size=2000))
def test_the_card_is_never_too_large(text: str) -> None:
    assert len(encode_card(card(hostile(text)))) <= LARGEST_CARD


def test_the_largest_texts_keep_severity_witness_and_command() -> None:
    message = card(hostile("\U0001f600" * 3000))
    runs = [str(e["text"]) for e in elements(message) if e["type"] == "TextRun"]
    assert runs[0] == "HIGH: "
    assert runs[2].startswith("\U0001f600" * 100)
    assert runs[-1] == "mfa-monitor show 412"
    assert len(encode_card(message)) <= LARGEST_CARD
