"""`mfa-monitor gaps`: positions of an Event Hub partition that were skipped, and their repair."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime

import click
from pydantic import JsonValue
from rich.table import Table

from monitor.cli.door import Options, complain, json_option, pass_options
from monitor.cli.opening import open_existing, open_ledger
from monitor.cli.screen import screen, write_line
from monitor.cli.tally import CLEAN, FOUND, Tally
from monitor.cli.terminal import Meter, console, printable
from monitor.clock import stamp
from monitor.errors import InvalidInput
from monitor.pipeline.outcome import Outcome
from monitor.sources.eventhub import Hub, HubUnavailable, hub_in_force
from monitor.sources.eventhub.repair import REPAIR_SECONDS, Report, open_gaps, repair, retained
from monitor.wiring import Monitor
from monitor.wiring.gaps import Gap

DELIVERY_SECONDS = 60.0
"""How long a repair may take over sending what it found."""


@click.group(invoke_without_command=True)
@click.option("--offline", is_flag=True, help="Do not ask the hub what it still keeps.")
@json_option
@pass_options
@click.pass_context
def command(ctx: click.Context, options: Options, offline: bool, as_json: bool) -> None:
    """List skipped positions: open ones, and those that are lost.

    Exit 1 while some are open.
    """
    if ctx.invoked_subcommand is not None:
        return
    with open_existing(options) as monitor:
        gaps = monitor.gaps()
        kept = _kept(monitor, gaps) if not offline else {}
    if as_json:
        for gap in gaps:
            write_line(_line(gap, kept.get(gap)))
        write_line(_summary(gaps))
    else:
        _print(options, gaps, kept)
    ctx.exit(FOUND if any(not gap.lost for gap in gaps) else CLEAN)


@command.command("repair")
@click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    default=REPAIR_SECONDS,
    show_default=True,
    help="How long it may take; the next repair goes on where it ends.",
)
@json_option
@pass_options
@click.pass_context
def repair_(ctx: click.Context, options: Options, seconds: float, as_json: bool) -> None:
    """Read skipped positions again, and enter as lost what the hub no longer keeps.

    Exit 1 when something in them, or their loss, is a finding; 3 when a partition cannot be read.
    """
    options.require_ledger()
    shown, tally = screen(as_json=as_json), Tally()
    with open_ledger(options, notify=True) as monitor:
        hub = _hub(monitor)
        total = sum(gap.count for gap in open_gaps(monitor))
        with Meter("reading again", total, of="positions") as meter:

            def show(outcome: Outcome) -> None:
                tally.add(outcome)
                shown.show(outcome, meter)

            report = repair(monitor, hub, seconds=seconds, progress=meter.advance, shown=show)
        monitor.sweep()
        shown.show(monitor.deliver(DELIVERY_SECONDS))
        monitor.publish()
    if as_json:
        write_line({"kind": "repair", **asdict(report)})
    else:
        shown.say(_sentence(report))
    for fault in report.faults:
        complain(HubUnavailable(fault))
    tally.faults.extend(map(HubUnavailable, report.faults))
    ctx.exit(tally.code)


def _hub(monitor: Monitor) -> Hub:
    return hub_in_force(monitor.settings.eventhub, monitor.settings.storage)


def _kept(monitor: Monitor, gaps: tuple[Gap, ...]) -> Mapping[Gap, int]:
    """Return how many positions of each open gap the hub still keeps, where it can be asked."""
    if not any(not gap.lost for gap in gaps):
        return {}
    try:
        hub = _hub(monitor)
    except InvalidInput:
        return {}  # no hub is configured here: the list is shown without that column
    try:
        return retained(hub, gaps)
    except HubUnavailable as error:
        complain(error)
        return {}


def _line(gap: Gap, kept: int | None) -> dict[str, JsonValue]:
    return {
        "kind": "gap",
        "partition": gap.key,
        "first": gap.first,
        "last": gap.last,
        "count": gap.count,
        "state": "lost" if gap.lost else "open",
        "since": stamp(gap.since) if gap.since else None,
        "kept": 0 if gap.lost else kept,
    }


def _summary(gaps: tuple[Gap, ...]) -> dict[str, JsonValue]:
    return {
        "kind": "summary",
        "open": sum(gap.count for gap in gaps if not gap.lost),
        "lost": sum(gap.count for gap in gaps if gap.lost),
    }


def _print(options: Options, gaps: tuple[Gap, ...], kept: Mapping[Gap, int]) -> None:
    shown = screen(as_json=False)
    if not gaps:
        shown.say("No position was skipped.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("partition", "positions", "count", "since", "state"):
        table.add_column(heading, justify="right" if heading == "count" else "left")
    for gap in gaps:
        table.add_row(*_row(gap, kept.get(gap)))
    console().print(table)
    if any(not gap.lost for gap in gaps):
        shown.say(f"{options.command('gaps repair')}    read the open ones again")


def _row(gap: Gap, kept: int | None) -> Iterator[str]:
    yield printable(gap.key)
    yield f"{gap.first}-{gap.last}" if gap.count > 1 else str(gap.first)
    yield f"{gap.count:,}"
    yield _when(gap.since)
    yield "lost" if gap.lost else f"open, {_words(gap, kept)}"


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "not noted yet"


def _words(gap: Gap, kept: int | None) -> str:
    if kept is None:
        return "not known whether the hub keeps it"
    if kept == gap.count:
        return "the hub still keeps it"
    return f"the hub keeps {kept:,} of them" if kept else "the hub no longer keeps it"


def _sentence(report: Report) -> str:
    if not report.found:
        return "No position is open."
    told = f"Of {report.found:,} open positions {report.repaired:,} are entered now"
    told += f", {report.lost:,} are lost" if report.lost else ""
    told += f", {report.elsewhere:,} are of another hub" if report.elsewhere else ""
    return f"{told}; {report.left:,} are still open."
