"""`mfa-monitor rules`: what is looked for, and what each rule cannot see."""

import click
from pydantic import JsonValue
from rich.table import Table
from rich.text import Text

from monitor.cli.door import Options, json_option, pass_options
from monitor.cli.screen import write_line
from monitor.cli.terminal import console
from monitor.rules.model import Rule
from monitor.rules.registry import REGISTRY, find_rule


@click.group(invoke_without_command=True)
@json_option
@pass_options
@click.pass_context
def command(ctx: click.Context, options: Options, as_json: bool) -> None:
    """List the rules, or show one."""
    if ctx.invoked_subcommand is not None:
        return
    if as_json:
        for rule in REGISTRY:
            write_line(_line(rule))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rule", no_wrap=True)
    table.add_column("rev", justify="right")
    table.add_column("what it finds", overflow="fold")
    for rule in REGISTRY:
        table.add_row(rule.id, str(rule.revision), rule.title)
    out = console()
    out.print(table)
    out.print(Text(f"\n{options.command(f'rules show {REGISTRY[0].id}')}    one rule, whole"))


@command.command("show")
@click.argument("identity", metavar="ID")
@json_option
@pass_options
def show(options: Options, identity: str, as_json: bool) -> None:
    """Show rule ID: when it fires, how grave it is, what to do, and what it cannot see."""
    rule = find_rule(identity)
    if as_json:
        write_line(_line(rule))
        return
    out = console()
    out.print(Text.assemble((rule.id, "bold"), f"  revision {rule.revision}\n{rule.title}"))
    out.print(Text(f"\n{rule.meaning}"))
    for heading, items in (
        ("Severity", (rule.severity_logic,)),
        ("Fires", (rule.firing,)),
        ("Stays silent", (rule.silent, rule.lookalike)),
        ("What to do", rule.respond),
        ("Blind spots", rule.blind_spots),
        ("Supports", _controls(rule)),
    ):
        out.print(Text(f"\n{heading}", style="bold"))
        for item in items:
            out.print(Text(f"  - {item}"))
    command_line = options.command(f"history --rule {rule.id}")
    out.print(Text(f"\n{command_line}    what it has found"))


def _controls(rule: Rule) -> tuple[str, ...]:
    controls = rule.controls
    named = {
        "45 CFR": controls.hipaa,
        "NIST SP 800-53": controls.nist,
        "CIS Microsoft 365": controls.cis,
        "SCuBA": controls.scuba,
        "ATT&CK": controls.attack,
    }
    return tuple(f"{name} {', '.join(items)}" for name, items in named.items() if items)


def _line(rule: Rule) -> dict[str, JsonValue]:
    controls = rule.controls
    return {
        "kind": "rule",
        "rule_id": rule.id,
        "revision": rule.revision,
        "title": rule.title,
        "meaning": rule.meaning,
        "severity_logic": rule.severity_logic,
        "respond": list(rule.respond),
        "blind_spots": list(rule.blind_spots),
        "controls": {
            "hipaa": list(controls.hipaa),
            "nist": list(controls.nist),
            "cis": list(controls.cis),
            "scuba": list(controls.scuba),
            "attack": list(controls.attack),
        },
    }
