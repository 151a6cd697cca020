"""`mfa-monitor rebuild`: throw the views away and fold them again from the ledger."""

import time

import click

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.opening import open_existing
from monitor.cli.screen import screen, write_line
from monitor.cli.terminal import Meter


@click.command()
@json_option
@pass_options
def command(options: Options, as_json: bool) -> None:
    """Build the views again from the ledger.

    The ledger is not touched.
    """
    began = time.monotonic()
    with open_existing(options) as opened, Meter("folding", None, of="batches") as meter:
        batches = opened.rebuild(meter.reach)
    seconds = round(time.monotonic() - began, 3)
    if as_json:
        write_line({"kind": "rebuild", "batches": batches, "seconds": seconds})
        return
    shown = screen(as_json=False)
    shown.say(
        f"The views were built again from {batches:,} batches of the ledger in {seconds:.1f} s."
    )
    shown.say(f"{options.command('history')}    look at them")
