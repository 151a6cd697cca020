"""`mfa-monitor replay`: read files through the whole corridor, on the records' own time."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime

import click

from monitor.cli.door import Options, complain, json_option, pass_options
from monitor.cli.moments import Moment
from monitor.cli.opening import open_ledger
from monitor.cli.sample import sample_path
from monitor.cli.screen import Screen, screen
from monitor.cli.sending import send
from monitor.cli.tally import Tally
from monitor.cli.terminal import Meter
from monitor.clock import EventClock, WallClock
from monitor.errors import InvalidInput
from monitor.sources.files import InputFile, UnreadableInput, find_inputs, read_batches
from monitor.wiring import Monitor

DELIVERY_SECONDS = 60.0
"""How long `--notify` may take over sending what the replay found."""


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--notify", is_flag=True, help="Send the findings to the configured channels.")
@click.option(
    "--until",
    type=Moment(),
    help="Let time run on to this moment after the last record, for deadlines.",
)
@click.option("--sample", is_flag=True, help="Read the hospital's sample day of the checkout.")
@click.option(
    "--to-eventhub",
    is_flag=True,
    help="Send them to the configured hub instead, marked as synthetic.",
)
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), help="Most events to send a second."
)
@json_option
@pass_options
@click.pass_context
def command(  # noqa: PLR0913 - click passes each option by its name
    ctx: click.Context,
    options: Options,
    *,
    paths: tuple[str, ...],
    notify: bool,
    until: datetime | None,
    sample: bool,
    to_eventhub: bool,
    rate: float | None,
    as_json: bool,
) -> None:
    """Read files and judge each record at its own time.

    PATHS are JSON, JSON lines, gzip of either, directories of them, or - for standard input. Each
    record is entered in the ledger once, however often it is read. Nobody is notified unless
    --notify is given. With --to-eventhub nothing is judged here: the records go to a hub, as the
    smoke test of whoever reads it.
    """
    if until is not None and until > WallClock().now():
        raise click.BadParameter("lies in the future", param_hint="--until")
    if not (paths or sample):
        raise click.UsageError("Missing argument 'PATHS...' (or --sample).")
    inputs = find_inputs([*paths, *([str(sample_path())] if sample else [])])
    if to_eventhub:
        if notify or until is not None:
            raise click.UsageError("--notify and --until do not go with --to-eventhub.")
        send(ctx, options, inputs, rate, as_json=as_json)
    if rate is not None:
        raise click.UsageError("--rate goes with --to-eventhub.")
    _judge(ctx, options, inputs, notify=notify, until=until, as_json=as_json)


def _judge(
    ctx: click.Context,
    options: Options,
    inputs: Sequence[InputFile],
    *,
    notify: bool,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Read the files through the whole corridor, and exit."""
    shown, tally = screen(as_json=as_json), Tally()
    with open_ledger(options, replay=True, notify=notify) as monitor:
        replay_inputs(monitor, inputs, shown, tally)
        finish(monitor, shown, tally, until=until)
        if notify:
            shown.show(monitor.deliver(DELIVERY_SECONDS))
        monitor.publish()
    shown.summary(tally)
    suggest(options, shown, tally)
    for fault in tally.faults:
        complain(fault)
    ctx.exit(tally.code)


def replay_inputs(
    monitor: Monitor,
    inputs: Sequence[InputFile],
    shown: Screen,
    tally: Tally,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Ingest every file, showing what is found as it is found, until `stopped` says so.

    A file that cannot be read to its end is kept in `tally.faults`, and the next one is read.

    Raises:
        StorageUnavailable: a batch could not be committed.
        LedgerCorrupt: the ledger takes no more records.
    """
    sizes = [entry.size for entry in inputs]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    with Meter("reading", total) as meter:
        for entry in inputs:
            try:
                _replay_file(monitor, entry, meter, shown, tally, stopped)
            except (InvalidInput, UnreadableInput) as fault:
                tally.faults.append(fault)


def _replay_file(
    monitor: Monitor,
    entry: InputFile,
    meter: Meter,
    shown: Screen,
    tally: Tally,
    stopped: Callable[[], bool],
) -> None:
    stdin = None if entry.path else sys.stdin.buffer
    for batch in read_batches(entry, progress=meter.advance, stdin=stdin):
        if stopped():
            return
        outcome = monitor.ingest(batch)
        tally.add(outcome)
        shown.show(outcome, meter)


def finish(monitor: Monitor, shown: Screen, tally: Tally, *, until: datetime | None = None) -> None:
    """End a replay with one sweep, after time has run on to `until`."""
    if until is not None and isinstance(monitor.clock, EventClock):
        monitor.clock.advance(until)
    outcome = monitor.sweep()
    tally.add(outcome)
    shown.show(outcome)


def suggest(options: Options, shown: Screen, tally: Tally) -> None:
    """Say what to do next."""
    shown.say("")
    if tally.gravest is not None:
        shown.say(f"{options.command(f'show {tally.gravest.index}')}    what happened, what to do")
    if tally.quarantined:
        shown.say(f"{options.command('history --kind quarantine')}    what could not be read")
    shown.say(f"{options.command('verify')}    check that the ledger is whole")
