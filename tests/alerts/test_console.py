"""The alert on a terminal: colour where there is colour, words always, no control sequence."""

import io

import pytest
from hypothesis import given

from monitor.alerts.console import AlertConsole, ConsoleChannel
from monitor.alerts.message import compose
from monitor.alerts.ports import Result
from monitor.rules.model import Severity
from tests.alerts.samples import Leaf, finding, hostile
from tests.alerts.test_untrusted import ANY_TEXT


def printed(leaf: Leaf) -> str:
    out = io.StringIO()
    sent = ConsoleChannel(AlertConsole(out, width=100)).send(compose(412, leaf), 1.0)
    assert sent.outcome is Result.DELIVERED
    return out.getvalue()


@pytest.fixture(autouse=True)
def no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("severity", Severity)
def test_the_severity_is_a_word_and_a_colour(
    severity: Severity, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaf = finding(severity=severity.value)
    assert severity.value.upper() in printed(leaf)
    assert "\x1b" not in printed(leaf)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" in printed(leaf)


def test_the_panel_holds_the_whole_alert() -> None:
    text = printed(finding())
    for part in ("reach any resource with a password alone", "added b", "203.0.113.7", "1.  Ask"):
        assert part in text


@given(ANY_TEXT)
def test_no_text_writes_a_control_sequence(text: str) -> None:
    out = printed(hostile(text + "\x1b]8;;https://evil.example\x07[red]x"))
    assert "\x1b" not in out
    assert "[red]x" in out


def test_a_closed_terminal_is_a_failed_delivery() -> None:
    class Closed(io.StringIO):
        def write(self, _text: str, /) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    sent = ConsoleChannel(AlertConsole(Closed(), width=80)).send(compose(1, finding()), 1.0)
    assert sent.outcome is Result.FAILED
    assert sent.error == "the terminal took no output: Broken pipe"
