"""The matrix of docs/rules.md is complete, and names rules that exist."""

from collections import Counter

import pytest

from docs import generate
from docs.detections import (
    BESIDE,
    GROUPS,
    MATRIX,
    beside_sentence,
    counts,
    matrix_section,
    not_detected_section,
)
from docs.detections_row import NOBODY, Detection, Status
from monitor.rules.registry import REGISTRY

SIZES = {"A": 11, "B": 17, "C": 17, "D": 16, "E": 28, "F": 20, "G": 11, "H": 4, "I": 7}
NONE_ROWS = 69
RULES = {rule.id for rule in REGISTRY}
by_row = pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.id)


def test_every_condition_has_its_row_in_order() -> None:
    wanted = [f"{group}{number}" for group, n in SIZES.items() for number in range(1, n + 1)]
    assert [row.id for row in MATRIX] == wanted
    assert list(GROUPS) == list(SIZES)


def test_as_many_rows_are_unseen_elsewhere_as_were_found() -> None:
    assert sum(row.unseen_elsewhere for row in MATRIX) == NONE_ROWS
    assert all(row.theirs.startswith(NOBODY) for row in MATRIX if NOBODY in row.theirs)


@by_row
def test_a_row_names_rules_that_exist(row: Detection) -> None:
    assert set(row.ours) <= RULES
    assert len(set(row.ours)) == len(row.ours)


@by_row
def test_a_row_says_what_its_status_needs(row: Detection) -> None:
    assert row.condition
    assert row.theirs
    told = bool(row.ours)
    assert told is (row.status is not Status.NOT_DETECTED)
    assert row.why or row.status is Status.DETECTED


@by_row
def test_a_row_fits_a_table(row: Detection) -> None:
    assert not any(mark in text for text in (row.condition, row.theirs, row.why) for mark in "|\n")


def test_a_rule_beside_the_matrix_has_a_reason_and_no_row() -> None:
    listed = {rule for row in MATRIX for rule in row.ours}
    assert set(BESIDE) <= RULES
    assert not listed & set(BESIDE)
    assert all(BESIDE.values())


def test_a_rule_without_row_or_reason_is_listed_all_the_same() -> None:
    known = [rule.id for rule in REGISTRY if rule.id in {*BESIDE, *MATRIX[0].ours}]
    assert beside_sentence(known) == ""
    assert beside_sentence([*known, "my-rule", "my-other"]) == (
        "Rules beside the matrix: [my-rule](#my-rule), [my-other](#my-other)."
    )


def test_every_rule_is_named_by_the_matrix_section() -> None:
    assert all(f"[{rule}](#{rule})" in matrix_section() for rule in RULES)


def test_sign_ins_are_not_claimed() -> None:
    assert {row.why for row in MATRIX if row.group == "H"} == {"not read: sign-in logs"}


def test_the_counts_add_up() -> None:
    states = Counter(row.status.value for row in MATRIX)
    for state, number in states.items():
        assert f"{number} {state}" in counts(MATRIX)
    assert states.total() == sum(SIZES.values())
    assert f"Of the {NONE_ROWS} rows marked `NONE`" in counts(MATRIX)


def test_the_page_holds_every_row_once_in_the_matrix() -> None:
    assert matrix_section() in generate.page()
    assert not_detected_section() in generate.page()
    for row in MATRIX:
        assert matrix_section().count(f"\n| {row.id} | ") == 1
        missed = not_detected_section().count(f"\n| {row.id} | ")
        assert missed == (row.status is Status.NOT_DETECTED)
