"""Cells: nothing in them is computed, hidden or reordered; both programs write the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from monitor.evidence import rows, standalone
from monitor.evidence.rows import PROJECTED, Pseudonyms, neutral, projected, text, visible
from tests.evidence import packs


@pytest.mark.parametrize(
    "attack",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "\u00a0=1+1",
        "\ufeff=1+1",
        "\u200b=1+1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20SUM(1)",
        "\ufe661",
        "\ufe621",
        "\ufe631",
        "\ufe6bA",
        "\u22121",
        packs.FORMULA,
        "=cmd|' /C calc'!A0",
    ],
)
def test_what_looks_like_a_formula_is_text(attack: str) -> None:
    shown = rows.cell(attack)
    assert shown[0] in "'\\", shown
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.text())
def test_no_cell_begins_like_a_formula_or_holds_a_control_character(given_text: str) -> None:
    shown = rows.cell(given_text)
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b"))
    assert all(one.isprintable() or one not in "\r\n\t\x00\x1b\u202e\u2028" for one in shown)


@pytest.mark.parametrize(
    ("attack", "shown"),
    [
        ("Rota;=cmd|' /C calc'!A0", "Rota;'=cmd|' /C calc'!A0"),
        ('x;"=1+1"', 'x;\'"=1+1"'),
        ('"=1+1"', '\'"=1+1"'),
        ("a; \u200b@SUM(1)", "a;' \u200b@SUM(1)"),
        ("a;b;;c", "a;b;;c"),
    ],
)
def test_a_formula_behind_a_semicolon_is_text(attack: str, shown: str) -> None:
    """Where the comma is the decimal sign, a spreadsheet parts a CSV at semicolons."""
    assert rows.cell(attack) == standalone.as_cell(attack) == shown


@given(st.text())
def test_plain_text_stays_as_it_is(given_text: str) -> None:
    plain = "a" + "".join(one for one in given_text if one.isprintable() and one != ";")
    assert rows.cell(plain) == plain


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(json_values)
def test_the_auditors_program_writes_the_same_cells(found: object) -> None:
    assert rows.cell(found) == standalone.as_cell(found)  # type: ignore[arg-type] # any JSON


def test_both_programs_know_the_same_columns() -> None:
    ours = {"events": rows.EVENTS, "findings": rows.FINDINGS, "changes": rows.CHANGES}
    short = {"#index": "#i", "#hash": "#h", "#entered": "#e"}
    for name, columns in ours.items():
        theirs = [tuple(one.split("=")) for one in standalone.COLUMNS[name].split()]
        assert theirs == [(head, short.get(path, path)) for head, path in columns.items()]


def test_values_are_written_out() -> None:
    values: list[JsonValue] = [None, True, False, 7, ["a", 1], {"b": None}]
    assert [text(one) for one in values] == [
        "",
        "true",
        "false",
        "7",
        "a; 1",
        '{"b":null}',
    ]
    assert visible("a\x1b[2Jb\u202ec") == "a\\x1b[2Jb\\u202ec"
    assert neutral("a=b") == "a=b"


def test_pseudonyms_number_persons_and_objects_as_they_are_met() -> None:
    names = Pseudonyms()
    told = [
        names.name("person", "u-1"),
        names.name("object", "p-1"),
        names.name("person", "U-1"),
        names.name("person", "u-2"),
        names.name("person", ""),
    ]
    assert told == ["person-1", "object-1", "person-1", "person-2", ""]


def test_a_projected_entry_keeps_only_what_is_listed() -> None:
    leaf = packs.finding(packs.START, 3, details={"secret": "ann"}, once="ann@a.example/5")
    shown = projected(leaf, Pseudonyms())
    assert set(shown) <= {*PROJECTED, "src", "object", "initiator"}
    assert "ann" not in text(dict(shown))
    assert "192.0.2.1" not in text(dict(shown))
    assert shown["initiator"] == {"label": "person-1"}
    assert shown["object"] == {
        "kind": "conditionalAccessPolicy",
        "id": None,
        "name": "object-1",
    }
    user = packs.change(packs.START, object={"kind": "user", "id": "u-1", "name": "ann@a.example"})
    both = Pseudonyms()
    assert projected(user, both)["object"] == {"kind": "user", "id": None, "name": "person-1"}
    assert projected(user, both)["initiator"] == {"label": "person-1"}
