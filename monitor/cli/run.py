"""`mfa-monitor run`: watch the inbox, take records over HTTP, sweep each minute, until Ctrl-C."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

import monitor
from monitor.alerts.console import ConsoleChannel
from monitor.cli import terminal
from monitor.cli.door import Options, complain, json_option, pass_options
from monitor.cli.opening import open_ledger
from monitor.cli.replay import finish, replay_inputs
from monitor.cli.screen import HumanScreen, JsonScreen, Screen
from monitor.cli.serving import Serving, stop_on_signals
from monitor.cli.tally import CLEAN, FOUND, Tally
from monitor.errors import InvalidInput
from monitor.sources.files import find_inputs
from monitor.sources.http import EventServer
from monitor.sources.inbox import Inbox
from monitor.wiring import Monitor

SAMPLE = Path("samples") / "hospital-day.jsonl.gz"


@click.command()
@click.option("--once", is_flag=True, help="Exit when the inbox is empty; do not listen.")
@click.option("--sample", is_flag=True, help="First replay the hospital's sample day.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on, 0 for any.  [default: [serve] port of monitor.toml]",
)
@json_option
@pass_options
@click.pass_context
def command(
    ctx: click.Context,
    options: Options,
    once: bool,
    sample: bool,
    port: int | None,
    as_json: bool,
) -> None:
    """Watch the inbox, listen, and alert until Ctrl-C.

    Files put into ./inbox/ are read and move to inbox/done/. POST /events takes an audit record or
    an envelope of them, GET /healthz answers 200 or 503.
    """
    shown: Screen = JsonScreen() if as_json else HumanScreen(by_channel=True)
    console = None if as_json else ConsoleChannel(terminal.alert_console())
    tally = Tally()
    with stop_on_signals() as stopped:
        valid = _sample_day(options, shown, tally, stopped) if sample else True
        if not stopped():
            with open_ledger(options, notify=True, console=console) as opened:
                if once:
                    _drain(opened, shown, tally, stopped)
                else:
                    _serve(opened, port, options, shown, tally, stopped)
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
    port: int | None,
    options: Options,
    shown: Screen,
    tally: Tally,
    stopped: Callable[[], bool],
) -> None:
    settings = opened.settings.serve
    inbox = Inbox(Path(settings.inbox))
    serving = Serving(opened, inbox, shown, tally)
    with EventServer(serving, settings.host, settings.port if port is None else port) as server:
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
        serving.serve(stopped)
    shown.say("Stopped. Everything taken is in the ledger.")


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


def sample_path() -> Path:
    """Return the sample day of this checkout.

    Raises:
        InvalidInput: neither the current directory nor the checkout of this package has it.
    """
    checkout = Path(monitor.__file__).resolve().parent.parent
    for root in (Path.cwd(), checkout):
        if (root / SAMPLE).is_file():
            return root / SAMPLE
    raise InvalidInput(f"{SAMPLE} is not here: --sample needs a checkout of the project")
