"""`mfa-monitor ack`: say that somebody has a finding in hand."""

import click

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.opening import open_existing
from monitor.cli.screen import entry_line, write_line
from monitor.cli.terminal import console, part
from monitor.errors import InvalidInput
from monitor.wiring.acknowledging import Word


@click.command()
@click.argument("entry", metavar="ID", type=click.IntRange(min=0))
@click.option("--by", required=True, help="Who has it in hand.")
@click.option("--reason", required=True, help="What was found out, or is being done.")
@click.option("--ticket", help="The ticket it is worked on under.")
@json_option
@pass_options
def command(
    options: Options, entry: int, by: str, reason: str, ticket: str | None, as_json: bool
) -> None:
    """Acknowledge finding ID: it is not escalated any more.

    That is an entry of the ledger. It holds for what was told with the finding too, and not for
    what comes later. It changes no severity and closes nothing.
    """
    if not by.strip() or not reason.strip():
        raise InvalidInput("--by and --reason cannot be empty: the entry is evidence")
    with open_existing(options) as opened:
        filed = opened.acknowledge(entry, Word(by.strip(), reason.strip(), ticket))
        opened.publish()
    if as_json:
        write_line(entry_line(filed))
        return
    covers = filed.leaf.get("covers")
    also = ", ".join(f"#{one}" for one in covers) if isinstance(covers, list) else ""
    with_it = f", and with it {also}" if also else ""
    console().print(
        f"Acknowledged by {part(filed.leaf, 'initiator', 'label')}: #{entry}{with_it}."
        f" This is entry {filed.index}.",
        soft_wrap=True,
    )
