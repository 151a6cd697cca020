"""The alert on a terminal, as a channel: severity in colour, and in words where there is none."""

from collections.abc import Iterator, Mapping
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.table import Table
from rich.text import Text

from monitor.alerts.alert import Alert
from monitor.alerts.message import Message
from monitor.alerts.ports import Result, Sent
from monitor.rules.model import Severity

STYLES: Mapping[Severity, str] = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


class AlertConsole(Console):
    """A console that takes no markup, and leaves a broken pipe to its caller.

    Rich itself ends the program there.
    """

    def __init__(self, file: IO[str] | None = None, width: int | None = None) -> None:
        super().__init__(file=file, width=width, markup=False, emoji=False, highlight=False)

    def on_broken_pipe(self) -> None:
        """Let the BrokenPipeError that Rich is handling go on."""
        raise  # noqa: PLE0704 - Rich calls this while it handles the error


class ConsoleChannel:
    """Prints each alert as a panel.

    Args:
        console: where to; None is standard output. Rich leaves colour out where there is none.
        name: what deliveries are recorded under.
    """

    def __init__(self, console: AlertConsole | None = None, name: str = "console") -> None:
        self._name = name
        self._console = console or AlertConsole()

    @property
    def name(self) -> str:
        """The name deliveries are recorded under."""
        return self._name

    def send(self, message: Message, seconds: float) -> Sent:  # noqa: ARG002 - nothing to wait for
        """Print the alert; a closed or full output is a failed delivery."""
        try:
            self._console.print(panel(message.alert))
        except OSError as error:
            return Sent(Result.FAILED, f"the terminal took no output: {error.strerror}")
        return Sent(Result.DELIVERED)


def panel(alert: Alert) -> Panel:
    """Return the alert as a panel; no text in it is read as markup."""
    style = STYLES[alert.severity]
    title = Text.assemble(" ", (alert.word, style), " ")
    border = "red" if alert.severity is Severity.CRITICAL else style
    return Panel(Group(*_parts(alert)), title=title, title_align="left", border_style=border)


def _parts(alert: Alert) -> Iterator[RenderableType]:
    yield Text(alert.title, style="dim")
    if alert.preface:
        yield Text(alert.preface, style="italic")
    yield Text(alert.witness, style="bold")
    yield Text()
    if alert.changed:
        yield _grid((row.path, row.words) for row in alert.changed)
        yield Text(f"and {alert.more_changed} more\n" if alert.more_changed else "")
    yield _grid(alert.facts)
    if alert.steps:
        yield Text()
        yield _grid((f"{number}.", step) for number, step in enumerate(alert.steps, 1))
    if alert.others:
        yield Text()
        yield _grid(
            (f"#{other.entry}", f"{other.severity.value.upper()} {other.words}")
            for other in alert.others
        )
    if alert.more_others:
        yield Text(f"and {alert.more_others} more")
    for _, address in alert.links:
        yield Text()
        # a link over two lines is still one link to a terminal that knows links
        yield Text(address, style=Style(dim=True, link=address))


def _grid(rows: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(Text(label), Text(text))
    return grid
