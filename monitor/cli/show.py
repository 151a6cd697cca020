"""`mfa-monitor show`: one entry of the ledger, whole."""

import json
from collections.abc import Iterator

import click
from rich.console import RenderableType
from rich.text import Text

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.opening import open_existing
from monitor.cli.screen import entry_line, write_line
from monitor.cli.terminal import actor, alert, console, part, when
from monitor.errors import InvalidInput
from monitor.pipeline.outcome import Filed
from monitor.rules.registry import REGISTRY
from monitor.view.history import Question

MOST_TOLD = 100
"""Deliveries and acknowledgements shown of one finding."""


@click.command()
@click.argument("entry", metavar="ID", type=click.IntRange(min=0))
@json_option
@pass_options
def command(options: Options, entry: int, as_json: bool) -> None:
    """Show one entry of the ledger, whole.

    For a finding: what happened, what to do about it, and what it is evidence for.

    IDs stand in every alert and in `mfa-monitor history`.
    """
    with open_existing(options) as opened:
        filed = opened.entry(entry)
        told = opened.history(Question(of=entry, kinds=("ack", "delivery"), most=MOST_TOLD))
    if filed is None:
        raise InvalidInput(f"there is no entry {entry} in {options.data}")
    if as_json:
        write_line(entry_line(filed))
        return
    out = console()
    for drawn in _drawn(options, filed, told):
        out.print(drawn)


def _drawn(options: Options, filed: Filed, told: list[Filed]) -> Iterator[RenderableType]:
    leaf = filed.leaf
    if leaf.get("t") != "finding":
        yield Text(f"Entry {filed.index}: {part(leaf, 't')}", style="bold")
        yield Text(json.dumps(leaf, indent=2))
        yield Text(f"\n{options.command('verify')}    check that the ledger is whole")
        return
    yield alert(filed)
    if leaf.get("details"):
        yield Text("\nDetails", style="bold")
        yield Text(json.dumps(leaf["details"], indent=2))
    yield from _told(told)
    yield Text()
    src, rule = leaf.get("src"), part(leaf, "rule")
    judged = src.get("of") if isinstance(src, dict) else None
    if isinstance(judged, int):
        yield Text(f"{options.command(f'show {judged}')}    the record it judges")
    if any(known.id == rule for known in REGISTRY):
        yield Text(f"{options.command(f'rules show {rule}')}    the rule")


def _told(told: list[Filed]) -> Iterator[RenderableType]:
    """Who was told of the finding and who has it in hand, oldest first."""
    if told:
        yield Text("\nTold", style="bold")
    for filed in reversed(told):
        leaf, at = filed.leaf, when(part(filed.leaf, "at"))
        if leaf.get("t") == "ack":
            ticket = f" ({part(leaf, 'ticket')})" if leaf.get("ticket") else ""
            yield Text(f"{at}  acknowledged by {actor(leaf)}{ticket}: {part(leaf, 'reason')}")
        else:
            error = f": {part(leaf, 'error')}" if leaf.get("error") else ""
            yield Text(f"{at}  {part(leaf, 'outcome')} to {part(leaf, 'channel')}{error}")
