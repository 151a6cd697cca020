"""The digest in every form: complete, and no text of a stranger is more than text."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given

from monitor.alerts.alert import Other
from monitor.alerts.card import LARGEST_CARD, encode_card
from monitor.alerts.digest import Digest, Row, as_json, digest_letter, digest_text
from monitor.alerts.schedule import Period
from monitor.alerts.untrusted import clean
from monitor.rules.model import Severity
from tests.alerts.test_card import elements
from tests.alerts.test_message import Outline
from tests.alerts.test_untrusted import ANY_TEXT

UNTIL = datetime(2026, 3, 2, 7, tzinfo=UTC)
NOTE = (
    "log.example/x\n431\nP5oMHXe+ZKLF4D0Tk6mZ5gS0cVYbq1n1wN2m2yqQh3k=\n\n\u2014 log.example/x abc\n"
)


def digest(text: str = "n.okafor@stmarys.example") -> Digest:
    said = clean(text, 200)
    return Digest(
        period=Period.DAILY,
        since=UNTIL - timedelta(days=1),
        until=UNTIL,
        counts={"critical": 0, "high": 2, "low": 1},
        gravest=(Other(412, Severity.HIGH, said),),
        more=2,
        changes={text: 3},
        overdue=(Row(said, "since 2026-02-27"),),
        expiring=(Row(said, said),),
        stream=(Row("last commit", "2026-03-02 06:59:41 UTC"),),
        countdowns=(("legacy custom control gone by", "2026-02-28", -2), ("mandatory", "x", 0)),
        checkpoint=NOTE,
        failing=("sms",),
    )


def test_the_subject_says_how_much_there_is() -> None:
    subject = digest_letter(digest()).subject
    assert subject == "MFA monitor, daily 2026-03-02: 3 findings (2 high, 1 low), 1 account overdue"


def test_every_form_holds_every_fact() -> None:
    letter = digest_letter(digest())
    card = " ".join(str(e["text"]) for e in elements(dict(letter.card)) if "text" in e)
    facts = ["#412", "and 2 more", "since 2026-02-27", "2026-02-28, 2 days ago", "today", "sms"]
    facts += ["2026-03-02 06:59:41 UTC", "log.example/x", "431"]
    for form in (letter.text, letter.html, letter.markdown.replace("\\", ""), card):
        for fact in facts:
            assert fact in form, fact
    assert letter.text == digest_text(digest())
    assert json.loads(json.dumps(as_json(digest())))["checkpoint"] == NOTE


def test_a_quiet_day_says_so_in_every_section() -> None:
    quiet = Digest(Period.WEEKLY, UNTIL, UNTIL, {}, (), 0, {}, (), (), (), (), "")
    text = digest_text(quiet)
    assert "no findings" in text
    assert text.count("none") == 4
    assert "Checkpoint" not in text


@given(ANY_TEXT)
def test_no_text_adds_markup_or_a_link(text: str) -> None:
    plain, told = digest_letter(digest("x")), digest_letter(digest("x" + text))
    assert Outline(told.html).tags == Outline(plain.html).tags
    assert [e["type"] for e in elements(dict(told.card))] == [
        e["type"] for e in elements(dict(plain.card))
    ]
    assert len(told.subject.splitlines()) == 1


def test_a_card_is_small_enough_for_teams_whatever_is_in_it() -> None:
    rows = tuple(Row("\U0001f600" * 200, "\U0001f600" * 400) for _ in range(10))
    full = replace(digest(), overdue=rows, expiring=rows, stream=rows)
    for one in (digest(), full, replace(digest(), overdue=rows)):
        card = digest_letter(one).card
        assert len(encode_card(card)) <= LARGEST_CARD
        assert "log.example/x" in encode_card(card)
