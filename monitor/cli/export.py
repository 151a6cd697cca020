"""`mfa-monitor export`: the pack an auditor takes home."""

import getpass
import shlex
from datetime import datetime
from pathlib import Path
from typing import cast

import click
from pydantic import JsonValue
from rich.text import Text

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.moments import Moment
from monitor.cli.opening import open_existing
from monitor.cli.screen import write_line
from monitor.cli.terminal import Meter, console, printable
from monitor.clock import WallClock
from monitor.errors import InvalidInput
from monitor.evidence.pack import Request
from monitor.evidence.scope import Filter, Profile, Scope
from monitor.rules.model import Severity
from monitor.wiring.exporting import Exported, Order

_UNSIGNED = (
    "not signed",
    "no key here signed this checkpoint; export where the key is for a pack that holds its reports",
)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--from", "since", type=Moment(), required=True, help="First moment of the period.")
@click.option("--to", "until", type=Moment(), required=True, help="First moment after the period.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Where the pack goes, a .zip."
)
@click.option("--rule", help="Findings of this rule, and what hangs on them.")
@click.option(
    "--severity",
    type=click.Choice([severity.value for severity in Severity]),
    help="Findings this grave or graver, and what hangs on them.",
)
@click.option("--actor", help="Part of the name of whoever made the change.")
@click.option("--object", help="The object's id, or part of its name.")
@click.option("--tenant", help="The tenant's id; entries of others are in the pack as hashes.")
@click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    default=Profile.FULL.value,
    show_default=True,
    help="Show entries whole, or nothing of a person.",
)
@click.option("--previous", type=FILE, help="The pack or checkpoint the auditor kept last time.")
@click.option("--checkpoint", type=int, help="Stand on the signed checkpoint of this size.")
@click.option("--purpose", default="", help="What the pack is for.")
@click.option("--by", help="Who asks for it.  [default: the login name]")
@click.option("--at", type=Moment(), help="The time of making that the pack states.")
@click.option("--with-raw", is_flag=True, help="Put the source bytes in, as far as they are kept.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@json_option
@pass_options
def command(  # noqa: PLR0913 - the options of one command
    options: Options,
    *,
    since: datetime,
    until: datetime,
    out: Path,
    rule: str | None,
    severity: str | None,
    actor: str | None,
    object: str | None,  # noqa: A002 - the option's name
    tenant: str | None,
    profile: str,
    previous: Path | None,
    checkpoint: int | None,
    purpose: str,
    by: str | None,
    at: datetime | None,
    with_raw: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Write an evidence pack of a period: entries, proofs, tables, a report and verify.py.

    The export is entered in the ledger. Checkpoint, options and --at decide every byte of it.
    """
    asked = Filter(rule, severity, actor, object)
    scope = Scope(since, until, asked, tenant.lower() if tenant else None, Profile(profile))
    if with_raw and not scope.whole:
        raise InvalidInput(
            "--with-raw: source bytes are kept by batch and cannot be filtered; leave out the"
            " filters, --tenant and --profile, or leave out --with-raw"
        )
    now = WallClock().now()
    who = by if by is not None else _login()
    order = Order(
        Request(scope, at or now, who, purpose, with_raw), out, checkpoint, previous, force
    )
    with open_existing(options) as opened, Meter("exporting", None, of="batches") as meter:
        exported = opened.export(order, meter.reach)
    if as_json:
        write_line(_line(exported, out))
    else:
        _print(exported, out)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        raise InvalidInput("--by: say who asks; this account has no name") from error


def _line(exported: Exported, out: Path) -> dict[str, JsonValue]:
    manifest, checkpoint = exported.made.manifest, exported.checkpoint
    return {
        "kind": "export",
        "out": str(out),
        "manifest": exported.made.digest,
        "signed": exported.made.signed,
        "range": manifest["range"],
        "counts": manifest["counts"],
        "checkpoint": {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
        },
        "vkey": manifest["vkey"],
    }


def _print(exported: Exported, out: Path) -> None:
    manifest, screen = exported.made.manifest, console()
    counts = cast("dict[str, JsonValue]", manifest["counts"])
    kinds = cast("dict[str, int]", counts["kinds"])
    held = cast("dict[str, int]", counts["withheld"])
    inside = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items()) or "no entry"
    rows = (
        ("holds", f"{inside}; {counts['headers']} batch headers"),
        ("hash only", ", ".join(f"{number:,} {why}" for why, number in held.items()) or "nothing"),
        ("checkpoint", f"{exported.checkpoint.size:,} entries of {exported.checkpoint.origin}"),
        ("manifest", f"SHA-256 {exported.made.digest}"),
        *((_UNSIGNED,) * (not exported.made.signed)),
    )
    screen.print(Text.assemble("Wrote ", (printable(str(out)), "bold"), "."))
    for label, text in rows:
        screen.print(Text(f"  {label:<11}{printable(text)}"), soft_wrap=True)
    words = ["python3", "verify.py", "--vkey", str(manifest["vkey"])]
    words += ["--unsigned"] * (not exported.made.signed)
    call = shlex.join([*words, str(out)])
    screen.print(Text(f"\n{printable(call)}    check it; docs/evidence.md"), soft_wrap=True)
