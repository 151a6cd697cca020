"""What the code tells, read from the code: the log events at info and above."""

import ast
from collections.abc import Iterator
from pathlib import Path

MONITOR = Path(__file__).parents[2] / "monitor"
LEVELS = frozenset({"info", "warning", "error", "exception", "critical"})


def events() -> Iterator[tuple[str, str, Path]]:
    """Each event with its level and the module that logs it."""
    for path in sorted(MONITOR.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"log", "_log", "logger"}
            ):
                yield _name(node, path), node.func.attr, path


def _name(call: ast.Call, path: Path) -> str:
    first = call.args[0] if call.args else None
    assert isinstance(first, ast.Constant), f"{path}:{call.lineno}: an event's name is a literal"
    return str(first.value)
