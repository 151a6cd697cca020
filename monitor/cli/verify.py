"""`mfa-monitor verify`: does the ledger agree with itself, and with what was signed and kept?"""

import click
from pydantic import JsonValue

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.kept import read_kept
from monitor.cli.opening import open_places
from monitor.cli.screen import write_line
from monitor.cli.tally import CLEAN, FOUND
from monitor.cli.terminal import Meter
from monitor.cli.verdict import print_verdict, report_json, report_lines, since_lines
from monitor.errors import LedgerCorrupt
from monitor.ledger.verify import Report
from monitor.wiring import Places, verify_places

vkey_option = click.option(
    "--vkey",
    metavar="VKEY",
    help="The log's verifier key, from elsewhere; else the one found here is believed.",
)


@click.command()
@click.option(
    "--since",
    metavar="FILE",
    help="A checkpoint somebody kept: a note, or a mail that has one; - for standard input.",
)
@vkey_option
@json_option
@pass_options
@click.pass_context
def command(
    ctx: click.Context, options: Options, *, since: str | None, vkey: str | None, as_json: bool
) -> None:
    """Check every hash, count and signature of the ledger.

    With --since it also proves that the ledger only grew since that checkpoint. Exits 1 when
    something is wrong.
    """
    places, _ = open_places(options)
    kept = read_kept(since) if since is not None else ()
    try:
        report = _verify(places, vkey, kept)
    except LedgerCorrupt as error:
        # Too damaged to be read to its end: that is an answer, not a failure to answer.
        _refuse(options, places, str(error), as_json=as_json)
        ctx.exit(FOUND)
    if as_json:
        write_line(report_json(report))
    else:
        _print(options, places, report)
    ctx.exit(CLEAN if report.valid else FOUND)


def _verify(places: Places, vkey: str | None, kept: tuple[bytes, ...]) -> Report:
    with Meter("checking", None, of="batches") as meter:
        return verify_places(places, meter.reach, vkey, kept)


def _refuse(options: Options, places: Places, problem: str, *, as_json: bool) -> None:
    if as_json:
        line: dict[str, JsonValue] = {"kind": "verification", "valid": False}
        write_line({**line, "problems": [problem]})
    else:
        print_verdict(options, str(places), valid=False, lines=(), problems=[problem])


def _print(options: Options, places: Places, report: Report) -> None:
    lines = (*since_lines(report), *report_lines(report))
    print_verdict(options, str(places), valid=report.valid, lines=lines, problems=report.problems)
