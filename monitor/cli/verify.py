"""`mfa-monitor verify`: does the ledger agree with itself and with what was signed?"""

from collections.abc import Iterator

import click
from pydantic import JsonValue
from rich.text import Text

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.screen import write_line
from monitor.cli.tally import CLEAN, FOUND
from monitor.cli.terminal import Meter, console, printable
from monitor.errors import LedgerCorrupt
from monitor.ledger.verify import Report
from monitor.wiring import Places, verify_places


@click.command()
@json_option
@pass_options
@click.pass_context
def command(ctx: click.Context, options: Options, as_json: bool) -> None:
    """Check every hash, count and signature of the ledger.

    Exits 1 when one is wrong.
    """
    options.require_ledger()
    result = _verify(options)
    if as_json:
        write_line(result)
    else:
        _print(options, result)
    ctx.exit(CLEAN if result["valid"] else FOUND)


def _verify(options: Options) -> dict[str, JsonValue]:
    try:
        with Meter("checking", None, of="batches") as meter:
            report = verify_places(Places(options.data), meter.reach)
    except LedgerCorrupt as error:
        # Too damaged to be read to its end: that is an answer, not a failure to answer.
        return {"kind": "verification", "valid": False, "problems": [str(error)]}
    return _result(report)


def _result(report: Report) -> dict[str, JsonValue]:
    signed = report.checkpoint
    checkpoint: JsonValue = None
    if signed is not None:
        checkpoint = {"origin": signed.origin, "size": signed.size, "root": signed.root.hex()}
    return {
        "kind": "verification",
        "valid": report.valid,
        "size": report.size,
        "batches": report.batches,
        "root": report.root,
        "checkpoint": checkpoint,
        "unsigned": report.unsigned,
        "raw": report.raw,
        "expired": report.expired,
        "problems": list(report.problems),
    }


def _print(options: Options, result: dict[str, JsonValue]) -> None:
    out = console()
    valid = bool(result["valid"])
    verdict = ("valid", "bold green") if valid else ("NOT VALID", "bold white on red")
    out.print(Text.assemble("The ledger in ", str(options.data), " is ", verdict, "."))
    for label, text in _lines(result):
        out.print(Text(f"  {label:<11}{printable(text)}"), soft_wrap=True)
    problems = result["problems"]
    for problem in problems if isinstance(problems, list) else []:
        out.print(Text.assemble(("  problem    ", "red"), printable(problem)), soft_wrap=True)
    if valid:
        out.print(Text(f"\n{options.command('history')}    what stands in it"))
    else:
        out.print(
            "\nKeep the directory as it is, stop what writes to it, and compare with a backup."
        )


def _lines(result: dict[str, JsonValue]) -> Iterator[tuple[str, str]]:
    if "size" not in result:
        return
    yield "entries", f"{result['size']} in {result['batches']} batches"
    yield "root", f"{result['root']}"
    checkpoint = result["checkpoint"]
    if isinstance(checkpoint, dict):
        yield "checkpoint", f"{checkpoint['origin']}, {checkpoint['size']} entries signed"
    yield "kept bytes", f"{result['raw']} records checked, {result['expired']} expired"
