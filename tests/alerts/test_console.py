"""The alert on a terminal: colour where there is colour, words always, no control sequence."""

import io

import pytest
from hypothesis import given
from rich.console import Console

from monitor.alerts.console import ConsoleChannel
from monitor.alerts.message import compose
from monitor.alerts.ports import Result
from monitor.rules.model import Severity
from tests.alerts.samples import finding, hostile
from tests.alerts.test_untrusted import ANY_TEXT


def printed(leaf: dict[str, object], *, colour: bool) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=100,
        force_terminal=colour,
        color_system="standard" if colour else None,
        markup=False,
        emoji=False,
    )
    assert ConsoleChannel(console).send(compose(412, leaf), 1.0).outcome is Result.DELIVERED
    return out.getvalue()


@pytest.mark.parametrize("severity", Severity)
def test_the_severity_is_a_word_and_a_colour(severity: Severity) -> None:
    leaf = finding(severity=severity.value)
    assert severity.value.upper() in printed(leaf, colour=False)
    assert "\x1b" not in printed(leaf, colour=False)
    assert "\x1b[" in printed(leaf, colour=True)


def test_the_panel_holds_the_whole_alert() -> None:
    text = printed(finding(), colour=False)
    for part in ("reach any resource with a password alone", "added b", "203.0.113.7", "1.  Ask"):
        assert part in text


@given(ANY_TEXT)
def test_no_text_writes_a_control_sequence(text: str) -> None:
    out = printed(hostile(text + "\x1b]8;;https://evil.example\x07[red]x"), colour=False)
    assert "\x1b" not in out
    assert "[red]x" in out


def test_a_closed_terminal_is_a_failed_delivery() -> None:
    class Closed(io.StringIO):
        def write(self, _text: str, /) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    sent = ConsoleChannel(Console(file=Closed(), width=80)).send(compose(1, finding()), 1.0)
    assert sent.outcome is Result.FAILED
    assert sent.error == "the terminal took no output: Broken pipe"
