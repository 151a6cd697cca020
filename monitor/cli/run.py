"""`mfa-monitor run`: watch the inbox, take records over HTTP, sweep each minute, until Ctrl-C."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import click

from monitor.alerts.console import ConsoleChannel
from monitor.cli import terminal
from monitor.cli.door import Options, complain, json_option, pass_options
from monitor.cli.opening import open_ledger
from monitor.cli.replay import finish, replay_inputs
from monitor.cli.sample import sample_path
from monitor.cli.screen import HumanScreen, JsonScreen, Screen
from monitor.cli.serving import Serving, stop_on_signals
from monitor.cli.tally import CLEAN, FOUND, Tally
from monitor.sources.eventhub.consumer import HubConsumer
from monitor.sources.files import find_inputs
from monitor.sources.http import EventServer
from monitor.sources.inbox import Inbox
from monitor.telemetry import exporting
from monitor.wiring import Monitor


@dataclass(frozen=True, slots=True)
class Doors:
    """What is open beside the inbox: the HTTP port (None as configured), and the hub."""

    port: int | None
    from_eventhub: bool


@click.command()
@click.option("--once", is_flag=True, help="Exit when the inbox is empty; do not listen.")
@click.option("--sample", is_flag=True, help="First replay the hospital's sample day.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on, 0 for any.  [default: [serve] port of monitor.toml]",
)
@click.option(
    "--from-eventhub", is_flag=True, help="Read the hub of [eventhub] too, in place of Functions."
)
@json_option
@pass_options
@click.pass_context
def command(  # noqa: PLR0913 - click passes each option by its name
    ctx: click.Context,
    options: Options,
    *,
    once: bool,
    sample: bool,
    port: int | None,
    from_eventhub: bool,
    as_json: bool,
) -> None:
    """Watch the inbox, listen, and alert until Ctrl-C.

    Files put into ./inbox/ are read and move to inbox/done/. POST /events takes an audit record or
    an envelope of them, GET /healthz answers 200 or 503. With --from-eventhub it reads the hub that
    Entra writes to, from where the ledger ends.
    """
    if once and from_eventhub:
        raise click.UsageError("--once does not go with --from-eventhub: a hub has no end.")
    shown: Screen = JsonScreen() if as_json else HumanScreen(by_channel=True)
    console = None if as_json else ConsoleChannel(terminal.alert_console())
    tally = Tally()
    with exporting(), stop_on_signals() as stopped:
        valid = _sample_day(options, shown, tally, stopped) if sample else True
        if not stopped():
            with open_ledger(options, notify=True, console=console) as opened:
                if once:
                    _drain(opened, shown, tally, stopped)
                else:
                    doors = Doors(port, from_eventhub)
                    _serve(opened, doors, options, shown, tally, stopped)
    if as_json or once:
        shown.summary(tally)
    for fault in tally.faults:
        complain(fault)
    code = tally.code or (CLEAN if valid else FOUND)
    ctx.exit(code if once else CLEAN)


def _drain(opened: Monitor, shown: Screen, tally: Tally, stopped: Callable[[], bool]) -> None:
    inbox = Inbox(Path(opened.settings.serve.inbox))
    Serving(opened, inbox, shown, tally).drain(stopped)


def _serve(
    opened: Monitor,
    doors: Doors,
    options: Options,
    shown: Screen,
    tally: Tally,
    stopped: Callable[[], bool],
) -> None:
    settings = opened.settings.serve
    inbox = Inbox(Path(settings.inbox))
    serving = Serving(opened, inbox, shown, tally)
    port = settings.port if doors.port is None else doors.port
    with ExitStack() as stack:
        server = stack.enter_context(EventServer(serving, settings.host, port))
        consumer = _consumer(opened, serving, shown, stack) if doors.from_eventhub else None
        for line in (
            "",
            f"Listening on {server.url} and watching {inbox.root}/. Ctrl-C stops.",
            "Try next, in another terminal:",
            f"  cp events.jsonl {inbox.root}/",
            f"  curl --data-binary @event.json {server.url}/events",
            f"  curl {server.url}/healthz",
            f"  {options.command('history --since 24h')}",
        ):
            shown.say(line)
        serving.serve(lambda: stopped() or (consumer is not None and consumer.fault is not None))
    serving.close()
    if consumer is not None and consumer.fault is not None:
        raise consumer.fault
    shown.say("Stopped. Everything taken is in the ledger.")


def _consumer(opened: Monitor, serving: Serving, shown: Screen, stack: ExitStack) -> HubConsumer:
    """Begin to read the hub; it stops with the stack."""
    # Imported here: without --from-eventhub nobody pays for Azure's clients.
    from monitor.sources.eventhub.opening import open_consumer  # noqa: PLC0415 - see above

    consumer = stack.enter_context(open_consumer(opened.settings, serving))
    shown.say(f"Reading {consumer.hub.namespace}/{consumer.hub.name}.")
    return consumer


def _sample_day(options: Options, shown: Screen, tally: Tally, stopped: Callable[[], bool]) -> bool:
    """Replay the sample day, publish, verify, and sum up; return whether the ledger is valid."""
    inputs = find_inputs([str(sample_path())])
    shown.say(f"Replaying {inputs[0].name}, an invented day of a hospital's audit stream.")
    declared = options
    if options.config is None:
        declared = replace(options, config=sample_path().with_name("monitor.toml"))
        shown.say(
            "Its break-glass drill and its Duo provider are declared in samples/monitor.toml."
        )
    with open_ledger(declared, replay=True) as opened:
        replay_inputs(opened, inputs, shown, tally, stopped)
        finish(opened, shown, tally)
        opened.publish()
        report = opened.verify()
    shown.say("")
    shown.summary(tally)
    if tally.repeated and not tally.relevant:
        shown.say(f"This day was in the ledger already; see {options.command('history')}")
    if tally.gravest is not None:
        shown.say(f"Read one: {options.command(f'show {tally.gravest.index}')}")
    verdict = "The ledger is valid" if report.valid else "The ledger is NOT valid"
    shown.say(f"{verdict}: {report.size:,} entries, root {report.root}.")
    shown.say(f"Check it yourself: {options.command('verify')}")
    return report.valid
