"""`mfa-monitor`: the command group and its entry point."""

import sys
from importlib.metadata import version
from pathlib import Path

import click

from monitor.cli.door import (
    DEFAULT_CONFIG,
    DEFAULT_DATA,
    Door,
    Options,
    is_terminal,
    output_refused,
)
from monitor.cli.tally import FAILED
from monitor.telemetry import configure_logging


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_DATA,
    show_default=True,
    help="Directory of the ledger, the kept bytes, the views and the key.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Configuration file.  [default: monitor.toml, where there is one]",
)
@click.option("--debug", is_flag=True, help="Log more, and show the traceback of a bug.")
@click.version_option(version("entra-mfa-monitor"), message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, data: Path, config: Path | None, debug: bool) -> None:
    """Tell when a change in Microsoft Entra ID let someone in without MFA, and prove it later.

    Exit codes: 0 clean; 1 a finding above info, a quarantined record or an invalid ledger; 2 usage;
    3 could not run.
    """
    configure_logging(level="debug" if debug else "warning", as_json=not is_terminal(sys.stderr))
    if config is None and DEFAULT_CONFIG.is_file():
        config = DEFAULT_CONFIG
    ctx.obj = Options(data, config, debug)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        cli.main(prog_name="mfa-monitor")
    except OSError as error:
        # The door catches what commands write; help and version are written before it.
        if not output_refused(error):
            raise
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
