"""The outermost door of the command line: options all commands share, and what an error becomes.

Exit codes: 0 clean; 1 a finding above info, a quarantined record or an invalid ledger; 2 usage;
3 could not run.
"""

import errno
import importlib
import os
import shlex
import shutil
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

from monitor.cli.tally import FAILED, FOUND, exit_code
from monitor.errors import InvalidInput, LedgerCorrupt, MonitorError

if TYPE_CHECKING:
    from monitor.wiring import Places

DEFAULT_DATA = Path("mfa-monitor-data")
DEFAULT_CONFIG = Path("monitor.toml")

COMMANDS = (
    "init",
    "run",
    "replay",
    "gaps",
    "history",
    "show",
    "ack",
    "digest",
    "export",
    "verify",
    "fsck",
    "key",
    "ledger",
    "rebuild",
    "baseline",
    "compare",
    "ask",
    "doctor",
    "rules",
)

UNWRITABLE = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What the system says, without naming a file, when standard output takes no more."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


class OutputRefused(MonitorError):
    """Standard output cannot be written (exit code 3)."""

    advice = "Make room where the output goes, or send it elsewhere, and run the command again."


@dataclass(frozen=True, slots=True)
class Options:
    """The options that stand before the command. `config` is None where there is no file."""

    data: Path = DEFAULT_DATA
    config: Path | None = None
    debug: bool = False

    def command(self, text: str) -> str:
        """Return a command line to try next, with the options it needs to reach the same data."""
        words = [_program()]
        if self.data != DEFAULT_DATA:
            words += ["--data", str(self.data)]
        if self.config is not None and self.config != DEFAULT_CONFIG:
            words += ["--config", str(self.config)]
        return f"{shlex.join(words)} {text}"

    def places(self) -> "Places":
        """Return the places of the ledger that the options, and the app settings, name.

        Raises:
            InvalidInput: the configuration or an app setting cannot be used.
        """
        # Imported here: --help does not pay for the rooms behind the door.
        from monitor.wiring.places import places_at  # noqa: PLC0415 - see above

        return places_at(self.data, self.config)

    def require_ledger(self) -> None:
        """Refuse to look at a ledger that is not there, rather than to make an empty one.

        Raises:
            InvalidInput: there is none where the options say.
            StorageUnavailable: the container where it would be cannot be reached.
        """
        places = self.places()
        if places.has_ledger():
            return
        begin = "mfa-monitor replay or mfa-monitor run"
        if places.storage.remote:
            begin = "mfa-monitor init"
        raise InvalidInput(
            f"{places}: there is no ledger here; give --data, or begin one with {begin}"
        )


def _program() -> str:
    """How the reader can call this program again: `make run` puts it on nobody's PATH."""
    called = Path(sys.argv[0])
    if called.name != "mfa-monitor" or shutil.which("mfa-monitor"):
        return "mfa-monitor"
    try:
        return str(called.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(called)


pass_options = click.make_pass_decorator(Options)


class Door(click.Group):
    """A group whose commands are modules of this room, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the help page."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Load the module of that name and return its `command`."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"monitor.cli.{cmd_name}")
        return cast("click.Command", module.command)

    def _invoke_and_write(self, ctx: click.Context) -> Any:
        """Run the command; what its output still holds fails to be written here, not at the end."""
        try:
            result = super().invoke(ctx)
        except click.exceptions.Exit:
            _flush_stdout()
            raise
        _flush_stdout()
        return result

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; every error ends here as words on standard error and an exit code."""
        try:
            return self._invoke_and_write(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except MonitorError as error:
            complain(error)
            # The contract names an invalid ledger beside findings, whichever command meets it.
            code = FOUND if isinstance(error, LedgerCorrupt) else exit_code(error)
            raise click.exceptions.Exit(code) from error
        except (KeyboardInterrupt, click.Abort) as error:
            click.echo(
                "Interrupted. Run the same command again: no record is read twice.", err=True
            )
            raise click.exceptions.Exit(FAILED) from error
        except Exception as error:
            if not output_refused(error):
                _explain(error, debug=bool(ctx.params.get("debug")))
            raise click.exceptions.Exit(FAILED) from error


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person reads it; the caller may have closed it, then it is None."""
    return stream is not None and stream.isatty()


def output_refused(error: Exception) -> bool:
    """Tell whether standard output takes no more, and if so say it and drop what is still held.

    Where its reader has left (`| head`), nothing is said.
    """
    if not isinstance(error, OSError) or error.errno not in UNWRITABLE or error.filename:
        return False
    if error.errno != errno.EPIPE:
        complain(OutputRefused(f"standard output cannot be written: {error.strerror}"))
    _forget_stdout()
    return True


def complain(error: MonitorError) -> None:
    """Write an error of ours to standard error: what is wrong, and what to do."""
    click.echo(f"mfa-monitor: {error.diagnostics()}", err=True)


def _explain(error: Exception, *, debug: bool) -> None:
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    else:
        click.echo(
            f"mfa-monitor: unexpected {type(error).__name__}: {error}\n"
            "This is a bug. Run again with --debug before the command, and report what it prints.",
            err=True,
        )


def _flush_stdout() -> None:
    if sys.stdout is not None:  # it is where the caller closed it
        sys.stdout.flush()


def _forget_stdout() -> None:
    """Drop what is still to be written: else the interpreter complains of it at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
