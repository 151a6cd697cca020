"""Text of strangers: no control, no override, no link, nothing a format would act on."""

import html
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from monitor.alerts.untrusted import clean, for_html, for_markdown

ANY_TEXT = st.text(max_size=60) | st.text(
    "<>[]()!`*_~#&;:/\\@w.ha-+= \n\r\t1\u202e\u200b", max_size=40
)

LINKS = frozenset({"link_open", "image", "html_inline", "html_block"})


@given(ANY_TEXT)
def test_cleaned_text_is_one_visible_line(text: str) -> None:
    cleaned = clean(text, 50)
    assert len(cleaned) <= 50
    assert cleaned.splitlines() in ([], [cleaned])
    hidden = {c for c in cleaned if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden <= {"\u200c", "\u200d"}
    cleaned.encode()


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text, 1000)
    assert clean(once, 1000) == once


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Require MFA", "Require MFA"),
        ("two\r\nlines\tand  blanks", "two lines and blanks"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\x1b[31mred", "[31mred"),
        ("half \ud83d emoji", "half emoji"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("see https://evil.example/a", "see https[:]//evil.example/a"),
        ("WWW.evil.example", "www[.]evil.example"),
        (r"\\evil.example\share", r"\[\]evil.example\share"),
        ("12:30 and a:b stay", "12:30 and a:b stay"),
    ],
)
def test_what_cleaning_does(text: str, cleaned: str) -> None:
    assert clean(text, 100) == cleaned


def test_a_cut_is_marked() -> None:
    assert clean("abcdefgh ijk", 10) == "abcdefgh\u2026"


@given(ANY_TEXT)
def test_html_shows_exactly_the_text(text: str) -> None:
    class Reader(HTMLParser):
        shown = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            raise AssertionError(tag)

        def handle_data(self, data: str) -> None:
            self.shown += data

    escaped = for_html(clean(text, 100))
    assert not set("<>\"'") & set(escaped)
    reader = Reader()
    reader.feed(escaped)
    reader.close()
    assert reader.shown == clean(text, 100)


@given(ANY_TEXT)
@example("[a](b)")
@example("![a](b)")
@example("<https://a.example>")
@example("<at>everyone</at>")
@example("&lt;b&gt;")
@example("[a][b]\n\n[b]: c")
def test_markdown_shows_exactly_the_text(text: str) -> None:
    cleaned = clean(text, 100)
    escaped = for_markdown(cleaned)
    assert "<" not in escaped
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(escaped)
    inline = [child for token in tokens for child in token.children or []]
    kinds = {token.type for token in tokens} | {child.type for child in inline}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    shown = "".join(child.content for child in inline).replace("\u2060", "")
    assert html.unescape(shown) == html.unescape(cleaned)


def test_a_mention_of_everyone_reaches_nobody() -> None:
    assert for_markdown("ping @everyone, a@b.example") == "ping @\u2060everyone, a@b.example"
