"""`mfa-monitor key`: the keys that sign checkpoints, and how they change."""

import os
from collections.abc import Sequence

import click
from pydantic import JsonValue

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.opening import open_existing
from monitor.cli.screen import screen, write_line
from monitor.clock import WallClock
from monitor.errors import InvalidInput
from monitor.ledger import layout, note
from monitor.ledger.keyring import Announced, Keyring
from monitor.ledger.note import Signer, VerifierKey
from monitor.wiring.keys import VARIABLE, announcing, new_key, put_in_place, retiring, signers
from monitor.wiring.monitor import Monitor

reason_option = click.option(
    "--reason", required=True, help="Why; it is entered in the log and cannot be taken back."
)


@click.group()
def command() -> None:
    """Show, announce, rotate and retire the keys that sign checkpoints.

    Each change is an entry of the log. Whoever trusts an old key can follow to a new one.
    """


@command.command()
@json_option
@pass_options
def show(options: Options, as_json: bool) -> None:
    """Show the keys the log has announced, and which of them sign here."""
    with open_existing(options) as opened:
        ring, here = opened.keyring(), {one.vkey for one in opened.publishing.signers}
    rows = [_row(one, here) for one in ring.keys]
    unknown = sorted(here - {str(one.key) for one in ring.keys})
    if as_json:
        for row in rows:
            write_line({"kind": "key", **row})
        for vkey in unknown:
            write_line(
                {"kind": "key", "vkey": vkey, "type": None, "here": True, "state": "unknown"}
            )
        return
    shown = screen(as_json=False)
    for row in rows:
        where = "signs here" if row["here"] else "is not here"
        shown.say(f"{row['state']:<8} {row['type']:<8} {where}: {row['vkey']}")
    for vkey in unknown:
        shown.say(f"unknown to the log, signs nothing: {vkey}")


@command.command()
@reason_option
@json_option
@pass_options
def announce(options: Options, reason: str, as_json: bool) -> None:
    """Announce the keys that are here and that the log does not know yet."""
    with open_existing(options) as opened:
        _announce(opened, signers(opened.places, opened.settings.publish), reason)
        _say(options, opened.keyring(), as_json=as_json)


@command.command()
@reason_option
@json_option
@pass_options
def rotate(options: Options, reason: str, as_json: bool) -> None:
    """Make a new key, announce it, and let both sign from here on.

    The new key is a file beside the old one. A key that was made before and is not announced yet is
    taken instead. The old key signs on until it is retired.
    """
    with open_existing(options) as opened:
        ring, here = opened.keyring(), opened.publishing.signers
        fresh = [
            one for one in here if isinstance(one, note.SigningKey) and not ring.find(one.vkey)
        ]
        key = fresh[0] if fresh else new_key(opened.places, ring.origin)
        _announce(opened, (key,), reason)
    with open_existing(options) as opened:
        opened.publish()
        _say(options, opened.keyring(), as_json=as_json)


@command.command()
@click.argument("key_id", metavar="ID")
@reason_option
@json_option
@pass_options
def retire(options: Options, key_id: str, reason: str, as_json: bool) -> None:
    """Retire the key with that ID (eight hex digits): no later tree may be signed by it.

    Only where the checkpoint that is shown carries its signature and that of a key that stays.
    """
    with open_existing(options) as opened:
        opened.publish()
        vkey = _with_id(opened.keyring(), key_id)
        shown = opened.places.store("view")
        decide = retiring(
            opened.keyring,
            lambda: shown.get(layout.CHECKPOINT),
            vkey,
            reason,
            WallClock().now(),
        )
        opened.enter_keys(decide)
        opened.publish()
        put_in_place(opened.places, vkey)
        _say(options, opened.keyring(), as_json=as_json)


def _announce(opened: Monitor, keys: Sequence[Signer], reason: str) -> None:
    vkeys = [one.vkey for one in keys]
    opened.enter_keys(announcing(opened.keyring, vkeys, reason, WallClock().now()))


def _with_id(ring: Keyring, key_id: str) -> str:
    found = [str(one.key) for one in ring.keys if one.key.key_id.hex() == key_id.lower()]
    if not found:
        known = ", ".join(one.key.key_id.hex() for one in ring.keys)
        raise InvalidInput(f"no key with the id {key_id!r}; this log knows {known}")
    return found[0]


def _row(one: Announced, here: set[str]) -> dict[str, JsonValue]:
    return {
        "vkey": str(one.key),
        "type": "Ed25519" if isinstance(one.key, VerifierKey) else "P-256",
        "state": "counts" if one.until is None else "retired",
        "here": str(one.key) in here,
        "since": one.since,
        "until": one.until,
    }


def _say(options: Options, ring: Keyring, *, as_json: bool) -> None:
    counting = [one for one in ring.keys if one.until is None]
    if as_json:
        write_line({"kind": "keys", "vkeys": [str(one.key) for one in counting]})
        return
    shown = screen(as_json=False)
    shown.say("These keys sign the log from here on; give them to whoever verifies:")
    for one in counting:
        shown.say(f"  {one.key}")
    if os.environ.get(VARIABLE):
        shown.say(f"{VARIABLE} has to hold a line for each that is to sign there.")
    shown.say(f"{options.command('key show')}    see which sign here")
