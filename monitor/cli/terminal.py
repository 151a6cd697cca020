"""What a person sees on a terminal: text made safe, severity in colour, a progress bar.

Names in audit records are written by whoever may rename an object in the tenant, an attacker among
them: nothing of a record reaches the terminal as markup or as a control sequence.
"""

import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from pydantic import JsonValue
from rich.console import Console
from rich.constrain import Constrain
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from monitor.alerts.alert import read_alert
from monitor.alerts.console import STYLES, AlertConsole, panel
from monitor.cli.door import is_terminal
from monitor.clock import moment
from monitor.pipeline.outcome import Filed
from monitor.rules.model import Severity

PIPED_WIDTH = 240
"""Columns where the output is not a terminal: a row of a table stays one line for grep."""
PANEL_WIDTH = 100
"""Widest panel, in columns; longer lines are hard to read."""

_HIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Bidirectional controls reorder what is read (Unicode TR 36, section 2.3); other format characters
# are part of names in some scripts.
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(value: JsonValue) -> str:
    """Return the value as text with control and reordering characters written out as escapes."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return "".join(
        ascii(character)[1:-1]
        if unicodedata.category(character) in _HIDDEN or character in _REORDERING
        else character
        for character in text
    )


def console() -> AlertConsole:
    """Return a console on standard output that takes no markup from the text it prints."""
    return AlertConsole(width=None if is_terminal(sys.stdout) else PIPED_WIDTH)


def alert_console() -> AlertConsole:
    """Return the console for the console channel: a panel is never wider than it can be read."""
    return AlertConsole(width=min(PANEL_WIDTH, console().width))


def part(leaf: Mapping[str, JsonValue], *path: str) -> str:
    """Return the text at that path of a leaf, safe to print; empty where there is none."""
    value: JsonValue = dict(leaf)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return printable(value)


def when(text: str) -> str:
    """Return a leaf's time as `2026-03-02 09:14:05 UTC`; text that is no time stays as it is."""
    try:
        return f"{moment(text):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return text


def actor(leaf: Mapping[str, JsonValue]) -> str:
    """Return who did it: the initiator and the address it came from."""
    label, ip = part(leaf, "initiator", "label"), part(leaf, "initiator", "ip")
    return f"{label} from {ip}" if label and ip else label


def severity_word(severity: str) -> Text:
    """Return the severity in capitals and in its colour."""
    known = severity in set(Severity)
    return Text(severity.upper(), STYLES[Severity(severity)] if known else "")


def alert(filed: Filed) -> Constrain:
    """Return a finding as the panel the console channel prints too."""
    return Constrain(panel(read_alert(filed.index, filed.leaf)), PANEL_WIDTH)


def note(filed: Filed) -> Text:
    """Return an entry that is no alert as one line: an info finding or a quarantine."""
    leaf = filed.leaf
    if leaf.get("t") == "quarantine":
        place = f" at byte {leaf['position']}" if leaf.get("position") is not None else ""
        text = f"{part(leaf, 'code')}{place}: {part(leaf, 'reason')}"
        return Text.assemble(("quarantined", "yellow"), f"  entry {filed.index}  {text}")
    text = f"  entry {filed.index}  {part(leaf, 'title')}: {part(leaf, 'witness')}"
    return Text(part(leaf, "severity") + text, style="dim")


class Meter:
    """A progress bar on standard error; nothing at all where that is no terminal.

    Args:
        label: what is being done.
        total: how much there is to do, None where nobody knows yet.
        of: what is counted; `bytes` are shown as kB and MB.
    """

    def __init__(self, label: str, total: int | None, *, of: str = "bytes") -> None:
        shown = is_terminal(sys.stderr)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn() if of == "bytes" else MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True, markup=False, emoji=False),
            transient=True,
            disable=not shown,
        )
        self._task = self._progress.add_task(label, total=total)

    def advance(self, count: int) -> None:
        """Move on by that much."""
        self._progress.advance(self._task, count)

    def reach(self, done: int, total: int | None = None) -> None:
        """Stand at `done`, of `total` where that is known."""
        self._progress.update(self._task, completed=done, total=total)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Clear the bar while something is printed, so that the two do not mix."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
