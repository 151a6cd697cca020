"""`mfa-monitor ledger`: move a ledger from one place to another."""

from collections.abc import Sequence

import click
from pydantic import JsonValue

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.screen import screen, write_line
from monitor.cli.tally import CLEAN, FOUND
from monitor.cli.terminal import Meter, printable
from monitor.ledger.copying import Copied
from monitor.ledger.verify import Report
from monitor.wiring import Places
from monitor.wiring.beginning import ensure_places
from monitor.wiring.copying import copy_places, place_named, verify_copy


@click.group()
def command() -> None:
    """Work with the ledger's objects."""


@command.command()
@click.argument("source")
@click.argument("target")
@click.option("--containers", is_flag=True, help="Make the containers that TARGET lacks, unlocked.")
@json_option
@pass_options
@click.pass_context
def copy(
    ctx: click.Context,
    options: Options,
    source: str,
    target: str,
    *,
    containers: bool,
    as_json: bool,
) -> None:
    """Copy the ledger from SOURCE to TARGET, and check the copy.

    Each is a data directory, a blob endpoint (https://...), env:NAME for a variable with a
    connection string, or the word configured. Run it again to go on or to catch up; nothing is
    written over. Exit 1 when the copy is not a valid ledger.
    """
    here = options.places()
    old, new = place_named(source, here), place_named(target, here)
    if containers:
        ensure_places(new)
    with Meter("copying", None, of="batches") as meter:
        copied = copy_places(old, new, meter.reach)
    with Meter("checking", None, of="batches") as meter:
        report, problems = verify_copy(old, new, copied, meter.reach)
    if as_json:
        write_line(_line(copied, report, problems))
    else:
        _print(new, copied, problems)
    ctx.exit(FOUND if problems else CLEAN)


def _line(copied: Copied, report: Report, problems: Sequence[str]) -> dict[str, JsonValue]:
    return {
        "kind": "copy",
        "valid": not problems,
        "batches": copied.batches,
        "entries": copied.head.size,
        "root": copied.head.root.hex(),
        "notes": copied.notes,
        "documents": copied.documents,
        "raw": copied.raw,
        "expired": copied.expired,
        "anchors": copied.anchors,
        "tiles": copied.tiles,
        "written": copied.written,
        "found": copied.found,
        "unsigned": report.unsigned,
        "problems": [*problems],
    }


def _print(target: Places, copied: Copied, problems: Sequence[str]) -> None:
    shown = screen(as_json=False)
    shown.say(
        f"Copied {copied.head.size:,} entries in {copied.batches:,} batches to {target}:"
        f" {copied.written:,} objects written, {copied.found:,} were there already."
    )
    if copied.expired:
        shown.say(f"{copied.expired:,} objects with kept bytes have expired, and were not copied.")
    for problem in problems:
        shown.say(f"problem    {printable(problem)}")
    if problems:
        shown.say("The copy is NOT valid. Keep the source, and run: mfa-monitor fsck on each.")
        return
    shown.say(f"The copy is valid: root {copied.head.root.hex()}.")
    shown.say(
        "The signing key is not copied: bring keys/ or MFA_MONITOR_SIGNING_KEY there yourself."
    )
