"""Every command and every option of the command line stands in docs/cli.md."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from monitor.cli.main import cli

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def tree(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from tree(inner, (*path, name))


def section(path: tuple[str, ...]) -> str:
    """The text about a command: its `##` section, or the head of the page for the group."""
    head, *sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    if not path:
        return head
    return next(text for text in sections if text.splitlines()[0] == path[0])


COMMANDS = list(tree(cli))


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(p) for p, _ in COMMANDS])
def test_each_command_has_its_section_and_names_each_option(
    path: tuple[str, ...], command: click.Command
) -> None:
    text = section(path)
    assert " ".join(("mfa-monitor", *path)) in text
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            for flag in parameter.opts:
                assert re.search(rf"(?<![\w-]){flag}(?![\w-])", text), (path, flag)
        else:
            assert str(parameter.metavar or parameter.name).upper() in text


def test_no_section_is_about_a_command_that_is_gone() -> None:
    headings = set(re.findall(r"^## ([a-z]+)$", PAGE, flags=re.MULTILINE))
    assert headings == {path[0] for path, _ in COMMANDS if path}


def test_every_command_but_the_group_takes_json() -> None:
    for path, command in COMMANDS:
        flags = {flag for parameter in command.params for flag in parameter.opts}
        pure_group = isinstance(command, click.Group) and not command.invoke_without_command
        assert ("--json" in flags) == (bool(path) and not pure_group)


def test_every_command_and_option_says_what_it_is_for() -> None:
    for path, command in COMMANDS:
        assert command.help, path
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help, path
