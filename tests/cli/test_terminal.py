"""Nothing that stands in a record can drive the terminal or forge what is shown."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue
from rich.console import Console, RenderableType

from monitor.cli.terminal import Meter, note, printable, severity_word, when
from monitor.pipeline.outcome import Filed

HOSTILE = "[red]x[/red]\x1b[2J\x07\n\x9b31m\u202etxt.exe :smile:"


def drawn(item: RenderableType) -> str:
    out = Console(
        file=io.StringIO(), markup=False, emoji=False, highlight=False, width=100, color_system=None
    )
    out.print(item)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@given(st.text())
def test_printable_leaves_no_control_character_and_keeps_what_is_harmless(text: str) -> None:
    safe = printable(text)
    assert not any(
        ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in safe
    )
    assert not set(safe) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
    safe.encode()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_what_is_no_text_becomes_text() -> None:
    assert [printable(None), printable(3), printable(True)] == ["", "3", "True"]


def test_a_severity_is_a_word_in_its_colour() -> None:
    assert severity_word("high").plain == "HIGH"
    assert severity_word("high").style == "bold red"
    assert severity_word(printable(HOSTILE)).style == ""


def test_a_hostile_quarantine_is_shown_not_obeyed() -> None:
    leaf: dict[str, JsonValue] = {
        "t": "quarantine",
        "code": "not-json",
        "reason": HOSTILE,
        "position": 3,
    }
    text = drawn(note(Filed(7, leaf)))
    assert text.startswith("quarantined  entry 7  not-json at byte 3: [red]x[/red]\\x1b[2J")
    assert not set(text) & set("\x1b\x07\x9b\u202e")


def test_a_time_that_is_none_stays_as_it_is() -> None:
    assert when("soon") == "soon"


def test_no_bar_is_drawn_where_standard_error_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Meter("reading", 10) as meter:
        meter.advance(5)
        with meter.aside():
            meter.advance(1)
        meter.reach(10, 10)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
