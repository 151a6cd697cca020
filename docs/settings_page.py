"""Writes docs/settings.md from the models of `monitor/settings/`."""

import inspect
from collections.abc import Iterator
from typing import get_args

from pydantic.fields import FieldInfo

from monitor.settings import Section, Settings

HEAD = """# Settings

Generated from `monitor/settings/` by `make docs`; do not edit by hand.

`./monitor.toml`, or the file `--config` names. Everything has a default; an unknown key or a value
out of range ends the command with code 2, naming file and key. The SHA-256 of the file is an entry
of the ledger whenever it changes.
Secrets never stand in the file: a channel names an environment variable (`url_env`).

The Functions app is told by its app settings where the data directory and this file are: see
[functions.md](functions.md).
"""


def _model(field: FieldInfo) -> tuple[type[Section], bool] | None:
    """The table a field holds, and whether it may stand more than once."""
    annotation = field.annotation
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, False
    for inner in get_args(annotation):
        if isinstance(inner, type) and issubclass(inner, Section):
            return inner, Ellipsis in get_args(annotation)
    return None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if value in ((), None, "", {}):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _type(field: FieldInfo) -> str:
    annotation = field.annotation
    name = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    words = {"str": "text", "float": "number", "int": "whole number", "bool": "true or false"}
    plain = name.replace("typing.", "").replace("datetime.", "")
    return words.get(
        plain, "list" if "tuple" in plain else "time" if "datetime" in plain else "text"
    )


def _sections(model: type[Section], path: str = "") -> Iterator[str]:
    plain: list[tuple[str, FieldInfo]] = []
    tables: list[tuple[str, type[Section], bool]] = []
    for name, field in model.model_fields.items():
        inner = _model(field)
        if inner:
            tables.append((f"{path}.{name}".lstrip("."), *inner))
        else:
            plain.append((field.alias or name, field))
    if path:
        meaning = inspect.getdoc(model) or ""
        rows = [f"| `{name}` | {_type(field)} | {_default(field)} |" for name, field in plain]
        listed = "\n".join(["| setting | what | default |", "| --- | --- | --- |", *rows])
        yield f"{meaning}\n\n{listed}\n" if rows else f"{meaning}\n"
    for name, inner_model, several in tables:
        title = f"[[{name}]]" if several else f"[{name}]"
        yield f"## `{title}`\n"
        yield from _sections(inner_model, name)


def settings_page() -> str:
    """The whole page."""
    return HEAD + "\n" + "\n".join(_sections(Settings))
