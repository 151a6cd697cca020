"""Reads the Bicep files of infra/ as trees, for assertions.

The parser makes no difference between a text and a name (`'default'` and `default` are both
"default"), so where that matters a test reads the text of the file as well.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

from pycep import BicepParser

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
FILES = tuple(sorted(INFRA.rglob("*.bicep")))
NAMES = tuple(path.relative_to(INFRA).as_posix() for path in FILES)

Tree = dict[str, Any]


def text(name: str) -> str:
    return (INFRA / name).read_text()


def code(name: str) -> str:
    """The text without its comments."""
    return re.sub(r"(?m)^\s*//.*$|(?<=\s)// .*$", "", text(name))


@cache
def parsed(name: str) -> Tree:
    return cast("Tree", BicepParser().parse(text=text(name)))


def plain(config: Any) -> Any:
    """The body of a resource, whatever `if` or `for` stands before it."""
    while isinstance(config, dict) and "config" in config:
        config = config["config"]
    return config


def resources(name: str) -> Iterator[tuple[str, str, Tree]]:
    """Symbol, type and body of each resource that the file makes."""
    for symbol, one in parsed(name).get("resources", {}).items():
        if not one["existing"]:
            yield symbol, one["type"], plain(one["config"])


def body(name: str, symbol: str) -> Tree:
    return cast("Tree", plain(parsed(name)["resources"][symbol]["config"]))


def properties(name: str, symbol: str) -> Tree:
    return cast("Tree", body(name, symbol)["properties"])


def every(kind: str) -> Iterator[tuple[str, str, Tree]]:
    """File, symbol and body of each resource of that type."""
    for name in NAMES:
        for symbol, type_, config in resources(name):
            if type_ == kind:
                yield name, symbol, config


def modules() -> dict[str, Tree]:
    return {
        symbol: {"path": one["detail"]["path"], **plain(one["config"])}
        for symbol, one in parsed("main.bicep")["modules"].items()
    }


def default(name: str, parameter: str) -> Any:
    return parsed(name)["parameters"][parameter]["default"]


def variable(name: str, symbol: str) -> Any:
    return parsed(name)["variables"][symbol]["value"]


def app_settings() -> dict[str, Any]:
    return {one["name"]: one["value"] for one in variable("modules/function.bicep", "settings")}


def alarms() -> list[Tree]:
    return cast("list[Tree]", variable("modules/alerts.bicep", "rules"))
