"""`mfa-monitor doctor`: can the monitor work here, and if not, what to do about it."""

import os
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import click
from rich.text import Text

from monitor.alerts.channels import AppriseChannel, open_channels
from monitor.alerts.config import addresses
from monitor.alerts.message import trial_letter
from monitor.alerts.ports import Result
from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.opening import open_ledger
from monitor.cli.screen import write_line
from monitor.cli.tally import CLEAN, FAILED, FOUND
from monitor.cli.terminal import console, printable
from monitor.errors import InvalidInput, LedgerCorrupt, MonitorError
from monitor.settings import AlertChannel, AlertSettings, ServeSettings, Settings, load_settings
from monitor.telemetry import redact_text
from monitor.wiring import Places
from monitor.wiring.keys import UNRESOLVED, VARIABLE, signing_keys

OLDEST_PYTHON = (3, 11)
_ALONE = {"fallback": None, "escalation": ()}
"""What names other channels, left out where one is looked at by itself."""
TRIAL_SECONDS = 15.0
"""How long a channel may take over a test message."""

State = Literal["ok", "warn", "fail"]
_STYLES: dict[State, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, how it went, what was seen, and what to do where it is not ok.

    `code` is the exit code a failure asks for.
    """

    name: str
    state: State
    text: str
    advice: str = ""
    code: int = FAILED


@click.command()
@click.option("--send-test", is_flag=True, help="Send a test message to each alert channel.")
@json_option
@pass_options
@click.pass_context
def command(ctx: click.Context, options: Options, send_test: bool, as_json: bool) -> None:
    """Check what the monitor needs here.

    Exit 0 when nothing fails (a warning is no failure), 1 for an invalid ledger, else 3.
    """
    checks = list(examine(options, send_test=send_test))
    if as_json:
        _print_json(checks)
    else:
        _print(options, checks)
    ctx.exit(min((check.code for check in checks if check.state == "fail"), default=CLEAN))


def examine(options: Options, *, send_test: bool = False) -> Iterator[Check]:
    """Yield every check in the order in which a failure explains those after it."""
    yield check_python()
    settings, config = check_config(options.config)
    yield config
    yield check_directory("data", options.data)
    if settings is None:
        yield check_key(Places(options.data))
        return
    try:
        places = options.places()
    except InvalidInput as error:
        yield Check("storage", "fail", str(error), "Correct [storage], or the app setting.")
        return
    yield check_key(places)
    if places.storage.remote:
        # Imported here: it needs `Check`, and a directory has no containers to look at.
        from monitor.cli.storage_checks import check_containers  # noqa: PLC0415 - see above

        yield from check_containers(places)
    yield check_ledger(options, places)
    yield check_directory("inbox", Path(settings.serve.inbox))
    yield check_address(settings.serve)
    yield from check_channels(settings.alerts, send_test=send_test)
    # Imported here: it needs `Check`, and on one machine there is nothing of Azure to look at.
    from monitor.cli.azure_checks import azure_checks  # noqa: PLC0415 - see above

    yield from azure_checks(options, settings)


def check_python() -> Check:
    """Is this Python new enough?"""
    text = sys.version.split()[0]
    if sys.version_info < OLDEST_PYTHON:
        return Check("python", "fail", text, "Install Python 3.11 or newer.")
    return Check("python", "ok", text)


def check_config(path: Path | None) -> tuple[Settings | None, Check]:
    """Is the configuration valid? Also return it, or None."""
    try:
        settings, _ = load_settings(path)
    except InvalidInput as error:
        return None, Check("config", "fail", str(error), "Correct it; see docs/operations.md.")
    text = f"{path} is valid" if path else "no monitor.toml: every setting has its default"
    return settings, Check("config", "ok", text)


def check_directory(name: str, path: Path) -> Check:
    """Can files be made in the directory, or the directory itself where it is not there yet?"""
    advice = "Give this user the right to write there, or name another directory."
    existing = path
    try:
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        if not existing.is_dir():
            return Check(name, "fail", f"{existing} is not a directory", advice)
        if existing != path and not os.access(existing, os.W_OK):
            return Check(name, "fail", f"{path} cannot be made in {existing}", advice)
        if existing != path:
            return Check(name, "ok", f"{path} is not there yet; it is made when it is needed")
        with tempfile.TemporaryFile(dir=path):
            return Check(name, "ok", f"{path} can be written")
    except OSError as error:
        return Check(name, "fail", f"{path} cannot be written ({error.strerror})", advice)


def check_key(places: Places) -> Check:
    """Is there a signing key that only its owner can read?"""
    told = os.environ.get(VARIABLE, "").strip()
    if told.startswith(UNRESOLVED):
        text = f"{VARIABLE}: the reference to the vault could not be followed"
        return Check("key", "fail", text, "Is the secret there, and may the identity read it?")
    try:
        keys = signing_keys(places, os.environ)
    except InvalidInput as error:
        advice = f"Make it yours alone: chmod 700 {places.key.parent}; chmod 600 {places.key}"
        return Check("key", "fail", str(error), advice)
    if not keys:
        return _no_key(places)
    public = f"public half {keys[0].vkey}"
    if told:
        return Check("key", "ok", f"given by {VARIABLE}; {public}")
    return Check("key", "ok", f"{places.key} is readable by its owner only; {public}")


def _no_key(places: Places) -> Check:
    try:
        begun = places.has_ledger()
    except MonitorError as error:
        return Check("key", "warn", f"none here, and the ledger cannot be read: {error}")
    if begun:
        text = f"{places.key} is missing: records are taken, checkpoints are not signed"
        advice = "Put it back from a backup; a lost key is never replaced in silence."
        return Check("key", "warn", text, advice)
    if places.storage.remote:
        return Check("key", "warn", "none yet", "Run mfa-monitor init once, and keep its key.")
    return Check("key", "ok", "none yet; it is made at the first start")


def check_ledger(options: Options, places: Places) -> Check:
    """Does the ledger open, and where does it stand?"""
    try:
        if not places.has_ledger():
            return Check("ledger", "ok", "none yet; it is begun at the first start")
        with open_ledger(options) as opened:
            health = opened.health()
    except LedgerCorrupt as error:
        return Check("ledger", "fail", str(error), error.advice, FOUND)
    except MonitorError as error:
        return Check("ledger", "fail", str(error), error.advice)
    text = (
        f"{health['entries']} entries in {health['batches']} batches,"
        f" last commit {health['last_commit']}, {health['undelivered']} alerts to send"
    )
    if problems := cast("list[str]", health["problems"]):
        advice = "See docs/operations.md, finding checkpoint-unsigned."
        return Check("ledger", "warn", f"{text}; {'; '.join(problems)}", advice)
    return Check("ledger", "ok", text)


def check_address(serve: ServeSettings) -> Check:
    """Can `run` listen where the configuration says?"""
    text = f"{serve.host}:{serve.port}"
    family = socket.AF_INET6 if ":" in serve.host else socket.AF_INET
    try:
        socket.create_server((serve.host, serve.port), family=family).close()
    except OSError as error:
        advice = "Fine if mfa-monitor run is running; else choose another [serve] port."
        return Check("address", "warn", f"{text} is not free ({error.strerror})", advice)
    return Check("address", "ok", f"{text} is free for mfa-monitor run")


def check_channels(alerts: AlertSettings, *, send_test: bool = False) -> Iterator[Check]:
    """Does every alert channel have an address Apprise knows, and does a message get through?

    Addresses are masked: they are credentials. Every channel that cannot be used is named, and a
    fault of one says nothing of the others.
    """
    if not (alerts.channels or alerts.apprise_config or alerts.apprise_config_env):
        text = "none configured: findings are shown and recorded, nobody is notified"
        yield Check("channel", "warn", text, "Add [[alerts.channels]] to monitor.toml.")
        return
    faults = {channel.name: _channel_fault(alerts, channel) for channel in alerts.channels}
    yield from (fault for fault in faults.values() if fault)
    if any(faults.values()):
        sound = tuple(one for one in alerts.channels if not faults[one.name])
        alerts = alerts.model_copy(update={**_ALONE, "channels": sound})
    try:
        configured = addresses(alerts, os.environ)
        opened = list(zip(open_channels(configured), configured, strict=True))
    except InvalidInput as error:
        yield Check("channels", "fail", str(error), "Correct [alerts]; see docs/alerts.md.")
        return
    for channel, address in opened:
        url = redact_text(address.url.get_secret_value())
        yield _tried(channel, url) if send_test else _known(channel, url)


def _channel_fault(alerts: AlertSettings, channel: AlertChannel) -> Check | None:
    """Say what is wrong with one channel by itself, or None."""
    alone = alerts.model_copy(update={**_ALONE, "channels": (channel,)})
    try:
        for address in addresses(alone, os.environ):
            AppriseChannel(address.name or channel.name, address.url)
    except InvalidInput as error:
        advice = "Set it where mfa-monitor is started."
        return Check(f"channel {channel.name}", "fail", str(error), advice)
    return None


def _known(channel: AppriseChannel, url: str) -> Check:
    return Check(f"channel {channel.name}", "ok", f"{channel.kind}, {url}")


def _tried(channel: AppriseChannel, url: str) -> Check:
    """Send the test message; it is no finding and no entry is made of it."""
    began = time.monotonic()
    sent = channel.send(trial_letter(channel.name), TRIAL_SECONDS)
    spent = time.monotonic() - began
    name, text = f"channel {channel.name}", f"{channel.kind}, {url}"
    if sent.outcome is Result.DELIVERED:
        return Check(name, "ok", f"{text}, took the test message in {spent:.1f} s")
    advice = "Check the address, and that this machine may reach it."
    return Check(name, "fail", f"{text}, did not take the test message: {sent.error}", advice)


def _print_json(checks: list[Check]) -> None:
    for check in checks:
        write_line(
            {
                "kind": "check",
                "name": check.name,
                "state": check.state,
                "text": check.text,
                "advice": check.advice,
            }
        )
    counts = Counter(check.state for check in checks)
    write_line({"kind": "summary", **{state: counts[state] for state in _STYLES}})


def _print(options: Options, checks: list[Check]) -> None:
    out = console()
    for check in checks:
        line = Text.assemble(
            (f"{check.state:<5}", _STYLES[check.state]), f"{check.name:<10} ", printable(check.text)
        )
        out.print(line, soft_wrap=True)
        if check.advice:
            out.print(Text(f"{'':<16}{check.advice}", style="dim"), soft_wrap=True)
    failed = any(check.state == "fail" for check in checks)
    out.print()
    out.print(
        "Correct what failed, then run doctor again."
        if failed
        else Text(f"{options.command('run')}    start watching")
    )
