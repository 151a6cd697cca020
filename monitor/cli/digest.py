"""`mfa-monitor digest`: a day or a week in one page, printed or sent."""

from zoneinfo import ZoneInfo

import click

from monitor.alerts.digest import as_json as digest_json
from monitor.alerts.digest import digest_text
from monitor.alerts.ports import Result
from monitor.alerts.schedule import Edition, Period
from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.opening import open_ledger
from monitor.cli.screen import write_line
from monitor.cli.tally import CLEAN, FAILED
from monitor.clock import WallClock
from monitor.errors import StorageUnavailable
from monitor.wiring import Monitor

SECONDS = 60.0
"""How long sending may take."""


@click.command()
@click.option("--daily", "period", flag_value="daily", help="The last 24 hours; the default.")
@click.option("--weekly", "period", flag_value="weekly", help="The last seven days.")
@click.option("--send", is_flag=True, help="Send it to the channels of [digest] too, once a day.")
@json_option
@pass_options
@click.pass_context
def command(
    ctx: click.Context, options: Options, period: str | None, send: bool, as_json: bool
) -> None:
    """Print what happened: findings, changes, overdue accounts, exemptions, stream, checkpoint.

    It covers what was committed in the period up to now.
    """
    options.require_ledger()
    with open_ledger(options, notify=send) as opened:
        zone = ZoneInfo(opened.settings.digest.zone)
        edition = Edition(Period(period or "daily"), WallClock().now().astimezone(zone))
        _publish(opened)
        digest = opened.digest(edition)
        if as_json:
            write_line(digest_json(digest))
        else:
            click.echo(digest_text(digest), nl=False)
        code = _send(opened, edition, as_json=as_json) if send else CLEAN
    ctx.exit(code)


def _publish(opened: Monitor) -> None:
    """Sign what the digest tells of; a copy that can only be read keeps the checkpoint it has."""
    try:
        opened.publish()
    except StorageUnavailable as error:
        click.echo(f"mfa-monitor: no new checkpoint is signed: {error}", err=True)


def _send(opened: Monitor, edition: Edition, *, as_json: bool) -> int:
    said, _ = opened.send_digest(edition, SECONDS)
    for name, sent in said:
        if as_json:
            line = {"kind": "delivery", "digest": edition.key, "channel": name}
            write_line({**line, "outcome": sent.outcome.value, "error": sent.error})
        else:
            error = f": {sent.error}" if sent.error else ""
            click.echo(f"{sent.outcome.value} to {name}{error}")
    if not said and not as_json:
        click.echo(f"Every channel has {edition.key} already, or is having a rest; nothing sent.")
    return FAILED if any(sent.outcome is Result.FAILED for _, sent in said) else CLEAN
