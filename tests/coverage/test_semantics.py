"""Documented semantics of Conditional Access, one row each; docs/coverage.md is kept in step."""

from pathlib import Path

import pytest

from monitor.coverage.compare import compare
from tests.coverage.makers import posture
from tests.coverage.rows import Row
from tests.coverage.semantics import ROWS

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_semantics(row: Row) -> None:
    found = compare(posture(*row.before), posture(*row.after))
    assert (found.verdict, found.level) == (row.verdict, row.level)
    if row.certainty is not None:
        assert found.certainty is row.certainty


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_backwards_is_the_mirror(row: Row) -> None:
    there = compare(posture(*row.before), posture(*row.after))
    back = compare(posture(*row.after), posture(*row.before))
    mirror = {"weakened": "strengthened", "strengthened": "weakened"}
    assert back.verdict.value == mirror.get(there.verdict.value, there.verdict.value)
    assert back.level == there.level
    assert bool(back.witnesses) == bool(there.closed)
    assert bool(back.closed) == bool(there.witnesses)


def table_line(row: Row) -> str:
    outcome = row.verdict.value + (f", {row.level.value}" if row.level else "")
    certainty = f" ({row.certainty.value})" if row.certainty else ""
    return f"| {row.rule} | {row.source} | {outcome}{certainty} | `test_semantics[{row.id}]` |"


def test_the_page_lists_every_row() -> None:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if "`test_semantics[" in line]
    assert lines == [table_line(row) for row in ROWS]
    assert len({row.id for row in ROWS}) == len(ROWS) >= 60
