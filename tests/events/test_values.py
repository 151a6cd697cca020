import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from monitor.events.model import Unreadable
from monitor.events.values import MAX_NESTING, TOO_DEEP, decode

DOCUMENT: dict[str, JsonValue] = {"Version": 1, "State": "Enabled"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"Member"', "Member"),
        ("[true]", [True]),
        ('["x"]', ["x"]),
        ("[]", []),
        ('{"id":"p"}', {"id": "p"}),
        (json.dumps([json.dumps(DOCUMENT)]), [DOCUMENT]),
        ('["[1,2]"]', [[1, 2]]),
        ('"AccountEnabled, UserType"', "AccountEnabled, UserType"),
        ('""', ""),
        ("null", None),
        ("", None),
        (None, None),
        # KeyDescription: begins like an array and is none.
        ('["[KeyIdentifier=k,KeyType=Password]"]', ["[KeyIdentifier=k,KeyType=Password]"]),
        ('["{not json"]', ["{not json"]),
        ("\r\n[\r\n  1\r\n]", [1]),
    ],
)
def test_readable_values(text: str | None, value: JsonValue) -> None:
    assert decode(text) == value


@pytest.mark.parametrize(
    "text", ["hidden", "None", "Member", '{"id":"p', "[1,", '{"a":1,}', '"\\ud800"', "NaN", "1e999"]
)
def test_unreadable_values_keep_their_text(text: str) -> None:
    assert decode(text) == Unreadable(text)


def test_a_value_that_came_decoded_is_taken_as_it_is() -> None:
    assert decode(True) is True
    assert decode(0) == 0
    assert decode([json.dumps(DOCUMENT)]) == [DOCUMENT]
    assert decode({"state": "enabled"}) == {"state": "enabled"}


def _nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_nesting_beyond_the_limit_is_unreadable() -> None:
    assert not isinstance(decode(_nested(MAX_NESTING)), Unreadable)
    assert decode(_nested(MAX_NESTING + 1)) == Unreadable(_nested(MAX_NESTING + 1))
    assert decode(_nested(200_000)) == Unreadable(_nested(200_000))
    assert decode(json.loads(_nested(MAX_NESTING + 1))) == Unreadable(TOO_DEEP)


def test_nesting_inside_a_doubly_encoded_value_counts() -> None:
    inside = json.dumps([_nested(MAX_NESTING)])
    assert decode(inside) == Unreadable(inside)


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("abc ÄZ09:-"),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text("abc"), children, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_what_was_encoded_once_is_decoded(value: JsonValue) -> None:
    assert decode(json.dumps(value)) == value


@given(st.lists(st.dictionaries(st.text("abc"), JSON_VALUES), max_size=3))
def test_what_was_encoded_twice_is_decoded_twice(documents: list[JsonValue]) -> None:
    assert decode(json.dumps([json.dumps(document) for document in documents])) == documents


@given(st.text())
def test_no_text_raises(text: str) -> None:
    value = decode(text)
    assert not isinstance(value, Unreadable) or value.text == text
