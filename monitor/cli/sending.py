"""`mfa-monitor replay --to-eventhub`: send files to a hub, marked as synthetic."""

import sys
from collections.abc import Sequence

import click
from pydantic import JsonValue

from monitor.cli.door import Options, complain
from monitor.cli.screen import screen, write_line
from monitor.cli.tally import Tally
from monitor.cli.terminal import Meter
from monitor.errors import InvalidInput, MonitorError
from monitor.events.synthetic import new_run, synthetic_tenant
from monitor.settings import load_settings
from monitor.sources.eventhub import Hub, hub_in_force
from monitor.sources.eventhub.sending import Sender, Sent
from monitor.sources.files import InputFile, UnreadableInput, read_batches


def send(
    ctx: click.Context,
    options: Options,
    inputs: Sequence[InputFile],
    rate: float | None,
    *,
    as_json: bool,
) -> None:
    """Send the files to the configured hub, say what was sent, and exit.

    Raises:
        InvalidInput: no hub is configured.
        HubUnavailable: the hub takes no events.
    """
    settings, _ = load_settings(options.config)
    hub = hub_in_force(settings.eventhub, settings.storage)
    run, faults = new_run(), Tally()
    with Sender(hub, run, rate) as sender:
        faults.faults.extend(_send_files(sender, inputs))
    sent = sender.sent
    if sent.refused:
        faults.faults.append(_refused(sent.refused))
    if as_json:
        write_line(_summary(hub, run, sent))
    else:
        _print(options, hub, run, sent)
    for fault in faults.faults:
        complain(fault)
    ctx.exit(faults.code)


def _send_files(sender: Sender, inputs: Sequence[InputFile]) -> list[MonitorError]:
    faults: list[MonitorError] = []
    sizes = [entry.size for entry in inputs]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    with Meter("sending", total) as meter:
        for entry in inputs:
            stdin = None if entry.path else sys.stdin.buffer
            try:
                for batch in read_batches(entry, progress=meter.advance, stdin=stdin):
                    for message in batch.messages:
                        sender.add(message.body)
            except (InvalidInput, UnreadableInput) as fault:
                faults.append(fault)
    return faults


def _refused(count: int) -> InvalidInput:
    messages = f"{count} message{'s' if count != 1 else ''}"
    return InvalidInput(
        f"{messages} not sent: a record names no tenant, so that it could not be marked as"
        " synthetic, or is larger than an event may be"
    )


def _summary(hub: Hub, run: str, sent: Sent) -> dict[str, JsonValue]:
    return {
        "kind": "summary",
        "namespace": hub.namespace,
        "hub": hub.name,
        "run": run,
        "tenant": synthetic_tenant(run),
        "messages": sent.messages,
        "records": sent.records,
        "bytes": sent.bytes,
        "refused": sent.refused,
    }


def _print(options: Options, hub: Hub, run: str, sent: Sent) -> None:
    shown = screen(as_json=False)
    shown.say(
        f"Sent {sent.records:,} records in {sent.messages:,} events ({sent.bytes:,} bytes) to"
        f" {hub.namespace}/{hub.name}."
    )
    shown.say(f"They are synthetic run {run}, written for tenant {synthetic_tenant(run)}.")
    shown.say("Where that hub is read, the findings of this run begin with [SYNTHETIC]:")
    shown.say(options.command("history --kind finding"))
