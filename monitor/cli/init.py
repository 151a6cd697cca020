"""`mfa-monitor init`: make the signing key and begin the log, once."""

import os
from pathlib import Path

import click

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.screen import screen, write_line
from monitor.clock import WallClock
from monitor.settings import load_settings
from monitor.wiring.beginning import Begun, begin, ensure_places, succession
from monitor.wiring.keys import VARIABLE
from monitor.wiring.opening import genesis_of
from monitor.wiring.places import Places, storage_in_force


@click.command()
@click.option(
    "--succeeds",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The last checkpoint of a log whose key was lost; this log takes its place.",
)
@click.option("--reason", default="", help="Why, with --succeeds: it is entered in the log.")
@click.option(
    "--containers", is_flag=True, help="Make the Blob containers that are missing, unlocked."
)
@json_option
@pass_options
def command(
    options: Options, succeeds: Path | None, reason: str, containers: bool, as_json: bool
) -> None:
    """Make the signing key and begin the log.

    Run it once, before the service starts in Azure; on one machine mfa-monitor run does the same by
    itself. Where the log has begun and its key is here, nothing is made.
    """
    settings, _ = load_settings(options.config)
    places = Places(options.data, storage_in_force(settings.storage, os.environ))
    now = WallClock().now()
    leaf = succession(succeeds, settings.ledger.origin, reason, now) if succeeds else None
    made = ensure_places(places) if containers else []
    begun = begin(places, settings, genesis_of(settings, ()), now, leaf)
    if as_json:
        write_line(
            {
                "kind": "init",
                "made": begun.made,
                "key_file": str(begun.key_file) if begun.key_file else None,
                "vkeys": list(begun.vkeys),
                "containers": list(made),
            }
        )
        return
    _print(options, begun, settings.ledger.origin)


def _print(options: Options, begun: Begun, origin: str) -> None:
    shown = screen(as_json=False)
    shown.say(
        f"The log {origin} has begun." if begun.made else "The log had begun before; nothing made."
    )
    shown.say("Keep this verifier key where nobody who can write to the store can change it:")
    for vkey in begun.vkeys:
        shown.say(f"  {vkey}")
    if begun.key_file is not None:
        shown.say(f"The signing key is in {begun.key_file}, readable by its owner only.")
        shown.say(
            f"In Azure: put that line into Key Vault as the secret behind {VARIABLE},"
            " then remove the file. Keep a copy offline: a lost key ends the log."
        )
    shown.say(f"{options.command('verify')}    check it")
