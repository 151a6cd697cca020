"""What `verify` and `fsck` say of a ledger: for a person, and as JSON."""

from collections.abc import Iterable, Iterator

from pydantic import JsonValue
from rich.text import Text

from monitor.alerts.console import AlertConsole
from monitor.cli.door import Options
from monitor.cli.terminal import console, printable
from monitor.clock import stamp
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.verify import Kept, Report

Line = tuple[str, str]
"""A label and what it says."""


def report_json(report: Report) -> dict[str, JsonValue]:
    """Return a report as `verify --json` prints it."""
    return {
        "kind": "verification",
        "valid": report.valid,
        "size": report.size,
        "batches": report.batches,
        "root": report.root,
        "checkpoint": _checkpoint(report.checkpoint),
        "unsigned": report.unsigned,
        "raw": report.raw,
        "expired": report.expired,
        "succeeds": _checkpoint(report.succeeds),
        "since": [_since(one, report) for one in report.kept],
        "problems": list(report.problems),
    }


def _checkpoint(checkpoint: Checkpoint | None) -> dict[str, JsonValue] | None:
    if checkpoint is None:
        return None
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
    }


def _since(kept: Kept, report: Report) -> JsonValue:
    grown = max(0, report.size - kept.checkpoint.size) if kept.holds else None
    return {
        **(_checkpoint(kept.checkpoint) or {}),
        "holds": kept.holds,
        "cut": kept.cut,
        "committed": stamp(kept.time) if kept.time else None,
        "grown": grown,
    }


def print_verdict(
    options: Options, place: str, *, valid: bool, lines: Iterable[Line], problems: Iterable[str]
) -> AlertConsole:
    """Print the verdict, what was counted, and every problem; return the console."""
    out = console()
    verdict = ("valid", "bold green") if valid else ("NOT VALID", "bold white on red")
    out.print(Text.assemble("The ledger in ", place, " is ", verdict, "."))
    for label, text in lines:
        out.print(Text(f"  {label:<12}{printable(text)}"), soft_wrap=True)
    for problem in problems:
        out.print(Text.assemble(("  problem     ", "red"), printable(problem)), soft_wrap=True)
    if valid:
        out.print(Text(f"\n{options.command('history')}    what stands in it"))
    else:
        out.print("\nKeep the ledger as it is, stop what writes to it, and compare with a backup.")
    return out


def report_lines(report: Report) -> Iterator[Line]:
    """Yield what a report counted."""
    yield "entries", f"{report.size} in {report.batches} batches"
    yield "root", report.root
    if report.checkpoint is not None:
        yield (
            "checkpoint",
            f"{report.checkpoint.origin}, {report.checkpoint.size} entries signed",
        )
    yield "kept bytes", f"{report.raw} records checked, {report.expired} expired"
    if report.succeeds is not None:
        old = report.succeeds
        yield (
            "succeeds",
            f"the log {old.origin}, which ended with {old.size} entries; its word, not proven here",
        )


def since_lines(report: Report) -> Iterator[Line]:
    """Yield what became of the log since each checkpoint that was kept."""
    for kept in report.kept:
        then = kept.checkpoint
        if kept.cut:
            gone = f"entries {report.size} to {then.size - 1} are gone, or it is an older copy"
            yield "CUT", f"{then.size} were signed, this ledger has {report.size}: {gone}"
        elif not kept.holds:
            yield (
                "REWRITTEN",
                f"this ledger does not begin with the {then.size} entries that were signed",
            )
        else:
            yield "since", _growth(kept, report)


def _growth(kept: Kept, report: Report) -> str:
    count, then = report.size - kept.checkpoint.size, kept.checkpoint
    when = f", committed {stamp(kept.time)}" if kept.time else ""
    last = f", the last {stamp(report.last)}" if count and report.last else ""
    return f"it begins with the {then.size} entries signed then{when}; {count} came since{last}"
