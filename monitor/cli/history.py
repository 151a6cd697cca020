"""`mfa-monitor history`: which entries are about what, newest first."""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypedDict, Unpack

import click
from rich.table import Table
from rich.text import Text

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.moments import Moment
from monitor.cli.opening import open_existing
from monitor.cli.screen import entry_line, write_line
from monitor.cli.terminal import actor, console, part, severity_word, when
from monitor.pipeline.outcome import Filed
from monitor.rules.model import Severity
from monitor.view.history import Question
from monitor.wiring import Monitor

KINDS = (
    "change",
    "enrolment",
    "quarantine",
    "finding",
    "baseline",
    "delivery",
    "ack",
    "pulse",
    "gap",
    "config",
    "key",
    "export",
)


class Filters(TypedDict):
    """The options that become fields of the question by the same name."""

    since: datetime | None
    until: datetime | None
    rule: str | None
    actor: str | None
    object: str | None
    kinds: tuple[str, ...]


@click.command()
@click.option("--since", type=Moment(), help="At this moment or later.")
@click.option("--until", type=Moment(), help="Before this moment.")
@click.option("--rule", help="Findings of this rule; `mfa-monitor rules` lists the ids.")
@click.option(
    "--severity",
    type=click.Choice([severity.value for severity in Severity]),
    help="Findings this grave or graver.",
)
@click.option("--actor", help="Part of the name of whoever made the change.")
@click.option("--object", help="The object's id, or part of its name.")
@click.option(
    "--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Entries of this kind."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=50,
    show_default=True,
    help="Most entries to show.",
)
@json_option
@pass_options
def command(
    options: Options,
    *,
    severity: str | None,
    limit: int,
    as_json: bool,
    **filters: Unpack[Filters],
) -> None:
    """Show what is in the ledger, newest first. Options narrow it down; all given must hold.

    Each hit is read again from the ledger, so the index cannot make up an entry.
    """
    question = Question(**filters, most=limit)
    with open_existing(options) as opened:
        hits = list(islice(_hits(opened, question, severity), limit))
    if as_json:
        for filed in hits:
            write_line(entry_line(filed))
        return
    _print(options, hits, limit)


def _hits(opened: Monitor, question: Question, severity: str | None) -> Iterator[Filed]:
    """Ask once per severity that is grave enough, and merge the answers newest first."""
    if severity is None:
        return iter(opened.history(question))
    enough = [one for one in Severity if one.rank >= Severity(severity).rank]
    answers = [opened.history(replace(question, severity=one.value)) for one in enough]
    return heapq.merge(*answers, key=lambda filed: filed.index, reverse=True)


def _print(options: Options, hits: list[Filed], limit: int) -> None:
    out = console()
    if not hits:
        out.print("No entry matches.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("entry", justify="right", no_wrap=True)
    table.add_column("when", no_wrap=True)
    for heading in ("kind", "what", "object", "by"):
        table.add_column(heading, overflow="fold")
    for filed in hits:
        leaf = filed.leaf
        table.add_row(
            str(filed.index),
            when(part(leaf, "at")),
            severity_word(part(leaf, "severity")) if "severity" in leaf else part(leaf, "t"),
            Text(gist(filed)),
            Text(part(leaf, "object", "name") or part(leaf, "object", "id")),
            Text(actor(leaf)),
        )
    out.print(table)
    if len(hits) == limit:
        out.print(f"The newest {limit:,} are shown; --limit shows more.", style="dim")
    out.print(Text(f"\n{options.command(f'show {hits[0].index}')}    one entry, whole"))


def gist(filed: Filed) -> str:
    """Return what an entry is about in a few words."""
    leaf = filed.leaf
    match leaf.get("t"):
        case "finding":
            return part(leaf, "title")
        case "quarantine":
            return f"{part(leaf, 'code')}: {part(leaf, 'reason')}"
        case "delivery":
            return f"{part(leaf, 'outcome')} to {part(leaf, 'channel')}"
        case "ack":
            return f"acknowledged entry {part(leaf, 'src', 'of')}: {part(leaf, 'reason')}"
        case "config":
            return f"configuration {part(leaf, 'sha256')[:12]}"
    stage = part(leaf, "clock", "stage")
    said = part(leaf, "activity") or part(leaf, "purpose")
    return said or (f"account is {stage}" if stage else "")
