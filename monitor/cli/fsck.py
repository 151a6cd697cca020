"""`mfa-monitor fsck`: is every object of the ledger what the log says, to the byte?"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
from pydantic import JsonValue

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.opening import open_places
from monitor.cli.screen import write_line
from monitor.cli.tally import CLEAN, FOUND
from monitor.cli.terminal import Meter
from monitor.cli.verdict import Line, print_verdict, report_json, report_lines
from monitor.cli.verify import vkey_option
from monitor.errors import LedgerCorrupt
from monitor.ledger.fsck import Inspection
from monitor.wiring import fsck_places


@click.command()
@vkey_option
@click.option(
    "--witness",
    "witnesses",
    metavar="VKEY",
    multiple=True,
    help="A witness's verifier key beside the configured ones; may be given more than once.",
)
@click.option("--copied", is_flag=True, help="This is a copy: do not check the store's own dates.")
@json_option
@pass_options
@click.pass_context
def command(
    ctx: click.Context,
    options: Options,
    *,
    vkey: str | None,
    witnesses: tuple[str, ...],
    copied: bool,
    as_json: bool,
) -> None:
    """Check every object of the ledger, and name the first byte that is wrong.

    All that verify checks, and tiles, bundles, cosignatures, timestamps, anchors, documents and
    stray objects besides. Exits 1 when something is wrong.
    """
    places, settings = open_places(options)
    try:
        with Meter("checking", None, of="objects") as meter:
            found = fsck_places(
                places, settings, vkey, witnesses, copied=copied, progress=meter.reach
            )
    except LedgerCorrupt as error:
        # Too damaged to be read to its end: that is an answer, not a failure to answer.
        _show(options, str(places), None, [str(error)], as_json=as_json)
        ctx.exit(FOUND)
    _show(options, str(places), found, found.report.problems, as_json=as_json)
    ctx.exit(CLEAN if found.report.valid else FOUND)


def _show(
    options: Options,
    place: str,
    found: Inspection | None,
    problems: Sequence[str],
    *,
    as_json: bool,
) -> None:
    if as_json:
        write_line(_json(found, problems))
    else:
        lines = _lines(found) if found else ()
        print_verdict(options, place, valid=not problems, lines=lines, problems=problems)


def _json(found: Inspection | None, problems: Sequence[str]) -> dict[str, JsonValue]:
    if found is None:
        return {"kind": "inspection", "valid": False, "problems": list(problems)}
    line = report_json(found.report)
    del line["since"]
    return line | {
        "kind": "inspection",
        "tiles": found.tiles,
        "cosignatures": found.cosignatures,
        "timestamps": found.timestamps,
        "anchors": found.anchors,
        "unreferenced": found.unreferenced,
        "first_wrong_byte": asdict(found.first) if found.first else None,
        "remarks": list(found.remarks),
    }


def _lines(found: Inspection) -> Iterator[Line]:
    if found.first is not None:
        yield "FIRST BYTE", found.first.told()
    yield from report_lines(found.report)
    yield "notes", f"{found.report.notes} signed notes"
    yield "tiles", f"{found.tiles} tiles and bundles, byte for byte"
    vouched = f"{found.cosignatures} cosignatures, {found.timestamps} timestamps"
    yield "anchors", f"{vouched}, {found.anchors} held by later headers"
    for remark in found.remarks:
        yield "remark", remark
