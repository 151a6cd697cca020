"""`mfa-monitor ask`: is there a sign-in without MFA for this user, group or application?"""

from pathlib import Path

import click
from pydantic import JsonValue
from rich.text import Text

from monitor.cli.compare import NO_TIME, TENANT, witness_line
from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.opening import open_existing
from monitor.cli.screen import write_line
from monitor.cli.tally import CLEAN, FOUND
from monitor.cli.terminal import console, printable
from monitor.coverage.ask import Answer, Question, ask
from monitor.posture.files import load_path
from monitor.posture.posture import Posture


@click.command()
@click.option("--user", help="A user's object id or name.")
@click.option("--group", help="A group's object id or name.")
@click.option("--role", help="A directory role's template id or name.")
@click.option("--app", help="An application id, Office365 or MicrosoftAdminPortals.")
@click.option("--client", help="browser, mobileAppsAndDesktopClients, exchangeActiveSync or other.")
@click.option("--platform", help="android, iOS, windows, macOS, linux ...")
@click.option("--location", help="A named location's id or name.")
@click.option("--posture", type=click.Path(path_type=Path), help="Ask a file, not the ledger.")
@click.option("--tenant", help="The tenant, where the ledger knows several.")
@json_option
@pass_options
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - click hands over every option
    ctx: click.Context,
    options: Options,
    user: str | None,
    group: str | None,
    role: str | None,
    app: str | None,
    client: str | None,
    platform: str | None,
    location: str | None,
    posture: Path | None,
    tenant: str | None,
    as_json: bool,
) -> None:
    """Look for a sign-in without MFA, and say which policies apply and which do not.

    Exit 1 when there is one or when it cannot be decided, else 0.
    """
    question = Question(user, group, role, app, client, platform, location)
    answer = ask(_posture(options, posture, tenant), question)
    if as_json:
        write_line(answer_line(answer))
    else:
        _print(answer)
    ctx.exit(CLEAN if answer.hole is False and not answer.not_understood else FOUND)


def _posture(options: Options, file: Path | None, tenant: str | None) -> Posture:
    if file is not None:
        return load_path(file, TENANT, at=NO_TIME)
    with open_existing(options) as monitor:
        return monitor.posture(tenant)


def answer_line(answer: Answer) -> dict[str, JsonValue]:
    """Return an answer as `--json` prints it; `hole` is null where it could not be decided."""
    return {
        "kind": "answer",
        "hole": answer.hole,
        "certainty": answer.certainty.value,
        "witnesses": [witness_line(one) for one in answer.witnesses],
        "applies": [*answer.applies],
        "does_not_apply": [
            {"policy": name, "reason": reason} for name, reason in answer.does_not_apply
        ],
        "not_understood": [*answer.not_understood],
        "unseen": [*answer.unseen],
    }


def _print(answer: Answer) -> None:
    out = console()
    if answer.hole is None:
        out.print(Text("Undecided: the solver's budget ran out.", style="bold yellow"))
    elif answer.hole:
        words = f"Yes, {answer.certainty.value}: a sign-in without a second factor is let in."
        out.print(Text(words, style="bold red"))
    else:
        out.print(Text("No: every such sign-in needs a second factor.", style="bold green"))
    lists = (
        ("Witnesses", [one.text for one in answer.witnesses]),
        ("Policies that apply", list(answer.applies)),
        ("Policies that do not", [f"{name}: {why}" for name, why in answer.does_not_apply]),
        ("Not understood", list(answer.not_understood)),
        ("Not seen", list(answer.unseen)),
    )
    for heading, lines in lists:
        if lines:
            out.print(Text(f"\n{heading}", style="bold"))
            for line in lines:
                out.print(Text(f"  - {printable(line)}"))
