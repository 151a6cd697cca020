"""`mfa-monitor compare`: what a change would really do, offline.

For change boards and pull requests.
"""

from datetime import UTC, datetime
from pathlib import Path

import click
from pydantic import JsonValue
from rich.text import Text

from monitor.cli.door import json_option
from monitor.cli.screen import write_line
from monitor.cli.tally import CLEAN, FOUND
from monitor.cli.terminal import console, printable
from monitor.coverage.compare import compare
from monitor.coverage.model import Comparison, ControlChange, Verdict, Witness
from monitor.posture.files import load_path

LET_IN = frozenset({Verdict.WEAKENED, Verdict.MIXED, Verdict.UNDECIDED})
"""Verdicts that end in exit code 1."""
TENANT = "compared"
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of objects in a file that name none; a comparison does not look at it."""
STYLES = {
    Verdict.WEAKENED: "bold red",
    Verdict.MIXED: "bold red",
    Verdict.UNDECIDED: "bold yellow",
    Verdict.STRENGTHENED: "bold green",
    Verdict.UNCHANGED: "bold",
}


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def command(ctx: click.Context, before: Path, after: Path, as_json: bool) -> None:
    """Compare the policy set of file BEFORE with that of file AFTER (Graph v1.0 shape).

    Exit 1 when some sign-in is let in that was refused, when that cannot be decided, or when
    something was not understood; else 0.
    """
    sides = [load_path(path, TENANT, at=NO_TIME) for path in (before, after)]
    found = compare(*sides)
    if as_json:
        write_line(comparison_line(found))
    else:
        _print(found)
    ctx.exit(FOUND if found.verdict in LET_IN or found.not_understood else CLEAN)


def comparison_line(found: Comparison) -> dict[str, JsonValue]:
    """Return a comparison as `--json` prints it."""
    return {
        "verdict": found.verdict.value,
        "level": found.level.value if found.level else None,
        "certainty": found.certainty.value,
        "witnesses": [witness_line(one) for one in found.witnesses],
        "closed": [witness_line(one) for one in found.closed],
        "lost_blocks": [witness_line(one) for one in found.lost_blocks],
        "other_controls": [_control_line(one) for one in found.other_controls],
        "not_understood": [*found.not_understood],
        "unseen": [*found.unseen],
    }


def witness_line(witness: Witness) -> dict[str, JsonValue]:
    """Return a witness as `--json` prints it: the sentence, its parts, and the structure."""
    return {
        "text": witness.text,
        "who": witness.who,
        "resource": witness.resource,
        "client": witness.client,
        "platform": witness.platform,
        "location": witness.location,
        "proof": witness.proof,
        "conditions": [*witness.conditions],
        "level": witness.level.value,
        "certainty": witness.certainty.value,
        "refused_by": [*witness.refused_by],
        "structure": dict(witness.structure),
    }


def _control_line(change: ControlChange) -> JsonValue:
    return {
        "control": change.control,
        "policy": change.policy,
        "direction": change.direction.value,
        "before": change.before,
        "after": change.after,
    }


def _print(found: Comparison) -> None:
    out = console()
    level = f" ({found.level.value.replace('_', ' ')})" if found.level else ""
    words = f"{found.verdict.value}{level}, {found.certainty.value}"
    out.print(Text(words, style=STYLES[found.verdict]))
    for heading, witnesses in (
        ("Let in now, refused before", found.witnesses),
        ("A block was lost", found.lost_blocks),
        ("Refused now, let in before", found.closed),
    ):
        _print_list(heading, [one.text for one in witnesses])
    controls = [
        f"{one.policy}: {one.control} {one.direction.value} ({one.before} -> {one.after})"
        for one in found.other_controls
    ]
    _print_list("Other controls", controls)
    _print_list("Not understood", list(found.not_understood))
    _print_list("Not seen", list(found.unseen))


def _print_list(heading: str, lines: list[str]) -> None:
    if not lines:
        return
    out = console()
    out.print(Text(f"\n{heading}", style="bold"))
    for line in lines:
        out.print(Text(f"  - {printable(line)}"))
