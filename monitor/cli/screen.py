"""Where a command's results go: panels for a person, or one JSON object per line for a machine."""

import json
from collections.abc import Mapping
from typing import Protocol

import click
from pydantic import JsonValue
from rich.console import RenderableType
from rich.text import Text

from monitor.cli.tally import Tally
from monitor.cli.terminal import Meter, alert, console, note, part
from monitor.pipeline.outcome import Filed, Outcome
from monitor.rules.model import Severity


class Screen(Protocol):
    """Shows results as they happen, on standard output."""

    def show(self, outcome: Outcome, meter: Meter | None = None) -> None:
        """Show the findings, quarantines and deliveries of one outcome; `meter` makes room."""

    def summary(self, tally: Tally) -> None:
        """Show the counts at the end of the work."""

    def say(self, text: str) -> None:
        """Show a line that is for people only."""


def write_line(line: Mapping[str, JsonValue]) -> None:
    """Write one JSON object on a line of its own; characters beyond ASCII are escaped."""
    click.echo(json.dumps(line, separators=(",", ":")))


def finding_line(filed: Filed) -> dict[str, JsonValue]:
    """Return a finding as `--json` prints it."""
    leaf = filed.leaf
    return {
        "kind": "finding",
        "rule_id": leaf.get("rule"),
        "severity": leaf.get("severity"),
        "tenant": leaf.get("tenant"),
        "entry": filed.index,
        "title": leaf.get("title"),
        "witness": leaf.get("witness"),
    }


def quarantine_line(filed: Filed) -> dict[str, JsonValue]:
    """Return a quarantined record as `--json` prints it; `position` is a byte offset or null."""
    leaf = filed.leaf
    return {
        "kind": "quarantine",
        "tenant": leaf.get("tenant"),
        "entry": filed.index,
        "code": leaf.get("code"),
        "reason": leaf.get("reason"),
        "position": leaf.get("position"),
    }


def delivery_line(filed: Filed) -> dict[str, JsonValue]:
    """Return a delivery as `--json` prints it; `finding` is the entry that was sent.

    Of a digest it is null, and `digest` names the edition.
    """
    leaf = filed.leaf
    src = leaf.get("src")
    about = src if isinstance(src, dict) else {}
    edition: dict[str, JsonValue] = {"digest": about["digest"]} if "digest" in about else {}
    return {
        "kind": "delivery",
        "entry": filed.index,
        "finding": about.get("of"),
        **edition,
        "channel": leaf.get("channel"),
        "outcome": leaf.get("outcome"),
    }


def entry_line(filed: Filed) -> dict[str, JsonValue]:
    """Return any entry as `history --json` and `show --json` print it: its leaf whole."""
    leaf = dict(filed.leaf)
    return {"kind": leaf.get("t"), "entry": filed.index, "leaf": leaf}


_LINES = {"finding": finding_line, "quarantine": quarantine_line, "delivery": delivery_line}


class JsonScreen:
    """One JSON object per line, the summary last."""

    def show(self, outcome: Outcome, meter: Meter | None = None) -> None:
        """Write a line for each finding, quarantine and delivery."""
        for filed in outcome.entries:
            line = _LINES.get(str(filed.leaf.get("t")))
            if line is None:
                continue
            if meter is None:
                write_line(line(filed))
            else:
                with meter.aside():
                    write_line(line(filed))

    def summary(self, tally: Tally) -> None:
        """Write the summary line."""
        write_line(tally.summary())

    def say(self, text: str) -> None:
        """Write nothing: a machine is reading."""


class HumanScreen:
    """Panels and sentences.

    Args:
        by_channel: alerts are left to the console channel, which prints each when it is delivered.
    """

    def __init__(self, *, by_channel: bool = False) -> None:
        self.console = console()
        self._by_channel = by_channel

    def show(self, outcome: Outcome, meter: Meter | None = None) -> None:
        """Print alerts as panels; info findings, quarantines and failed deliveries as lines."""
        for filed in outcome.entries:
            drawn = _drawn(filed)
            if drawn is None or (self._by_channel and _is_sent(filed)):
                continue
            if meter is None:
                self.console.print(drawn)
            else:
                with meter.aside():
                    self.console.print(drawn)

    def summary(self, tally: Tally) -> None:
        """Print what was read and what was found, in two sentences."""
        self.say(
            f"Read {tally.seen:,} records: {tally.relevant:,} relevant, {tally.irrelevant:,}"
            f" irrelevant, {tally.quarantined:,} quarantined, {tally.repeated:,} repeated."
        )
        counts = [
            f"{tally.findings[severity]:,} {severity}"
            for severity in ("critical", "high", "medium", "low", "info")
            if tally.findings[severity]
        ]
        self.say(f"Findings: {', '.join(counts)}." if counts else "No findings.")

    def say(self, text: str) -> None:
        """Print the line; it is never wrapped, so that commands in it can be copied."""
        self.console.print(Text(text), soft_wrap=True)


def _is_sent(filed: Filed) -> bool:
    """Whether the finding goes to the channels: not info, and not below the configured minimum."""
    leaf = filed.leaf
    sent = leaf.get("notify", True) is True and leaf.get("severity") != Severity.INFO
    return leaf.get("t") == "finding" and sent


def _drawn(filed: Filed) -> RenderableType | None:
    match filed.leaf.get("t"), filed.leaf.get("severity"):
        case ("finding", "info") | ("quarantine", _):
            return note(filed)
        case "finding", _:
            return alert(filed)
        case "delivery", _ if (outcome := part(filed.leaf, "outcome")) in ("failed", "refused"):
            leaf, then = filed.leaf, "it is tried again" if outcome == "failed" else "given up"
            text = f"  to {part(leaf, 'channel')}: {part(leaf, 'error')}; {then}"
            return Text.assemble((f"not delivered ({outcome})", "yellow"), text)
    return None


def screen(*, as_json: bool) -> Screen:
    """Return the screen that `--json` chooses."""
    return JsonScreen() if as_json else HumanScreen()
