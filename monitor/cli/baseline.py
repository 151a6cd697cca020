"""`mfa-monitor baseline`: enter what an export of the tenant shows."""

from pathlib import Path

import click
from pydantic import JsonValue
from rich.text import Text

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.opening import open_ledger
from monitor.cli.screen import screen, write_line
from monitor.cli.tally import Tally
from monitor.cli.terminal import console, printable
from monitor.coverage.emergency import Candidates, candidates
from monitor.pipeline.baseline import Baseline


@click.group()
def command() -> None:
    """Work with baselines: whole exports of the tenant's MFA posture."""


@command.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--tenant", help="The tenant's id; needed until the ledger knows one.")
@json_option
@pass_options
@click.pass_context
def import_(
    ctx: click.Context, options: Options, path: Path, tenant: str | None, as_json: bool
) -> None:
    """Enter PATH, a file in Graph v1.0 shape or a directory of exports, as the tenant's baseline.

    What differs from what the stream told, and is newer, is a finding. Exit 1 when there is one.
    """
    shown, tally = screen(as_json=as_json), Tally()
    with open_ledger(options) as monitor:
        outcome, baseline = monitor.import_baseline(path, tenant)
        found = candidates(monitor.posture(baseline.tenant))
        confirmed = {one.lower() for one in monitor.settings.emergency.accounts}
        monitor.publish()
    tally.add(outcome)
    shown.show(outcome)
    entered = sum(filed.leaf["t"] == "baseline" for filed in outcome.entries)
    if as_json:
        write_line(_line(baseline, entered, found))
    else:
        _print(baseline, entered, found, confirmed)
    ctx.exit(tally.code)


def _line(baseline: Baseline, entered: int, found: Candidates) -> dict[str, JsonValue]:
    return {
        "kind": "baseline",
        "tenant": baseline.tenant,
        "read": len(baseline.documents),
        "entered": entered,
        "complete": [*sorted(kind.value for kind in baseline.complete)],
        "emergency_candidates": [*found.users, *found.groups],
    }


def _print(baseline: Baseline, entered: int, found: Candidates, confirmed: set[str]) -> None:
    out = console()
    out.print(
        Text(f"Read {len(baseline.documents)} objects of {baseline.tenant}; entered {entered}.")
    )
    whole = ", ".join(sorted(kind.value for kind in baseline.complete)) or "nothing"
    out.print(Text(f"Completely known now: {whole}."))
    unconfirmed = [one for one in (*found.users, *found.groups) if one.lower() not in confirmed]
    if unconfirmed:
        out.print(Text("\nLeft out by every policy for all users; emergency-access accounts?"))
        for one in unconfirmed:
            out.print(Text(f"  - {printable(one)}"))
        out.print(Text("Confirm them in monitor.toml: [emergency] accounts = [...]"))
