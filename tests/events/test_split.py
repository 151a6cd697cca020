import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.events.split import Split, split_envelope

GOOD = b'{"a": "x, ]} \\" {["}'
ITEMS = st.lists(
    st.dictionaries(st.text(max_size=5), st.text(max_size=8) | st.lists(st.integers())), max_size=5
).map(lambda items: tuple(json.dumps(item).encode() for item in items))


@given(ITEMS, st.booleans())
def test_a_healthy_envelope_falls_into_its_records(items: tuple[bytes, ...], bare: bool) -> None:
    array = b"[" + b" , ".join(items) + b"]"
    body = array if bare else b' {"records" :' + array + b"} "
    assert split_envelope(body) == Split(items, b"", is_whole=True)


@pytest.mark.parametrize(
    "bad",
    [
        b'{"a": 1,}',
        b'{"a": None}',
        b'{"a": "Dr "Bob" Who"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b"nonsense",
    ],
)
def test_a_broken_record_costs_no_other(bad: bytes) -> None:
    body = b'{"records": [' + GOOD + b"," + bad + b"," + GOOD + b"]}"
    assert split_envelope(body) == Split((GOOD, bad, GOOD), b"", is_whole=True)


@given(st.integers(1, len(GOOD) - 1))
def test_a_body_that_is_cut_off_keeps_what_came_whole(cut: int) -> None:
    body = b'{"records": [' + GOOD + b", " + GOOD + b", " + GOOD[:cut]
    assert split_envelope(body) == Split((GOOD, GOOD), GOOD[:cut].strip(), is_whole=False)


def test_after_a_stray_quotation_mark_nothing_is_trusted() -> None:
    broken = b'{"a": "one" more"}'
    forged = b'{"b": ",{}, "}'
    body = b'{"records": [' + b",".join([GOOD, broken, forged, GOOD]) + b"]}"
    split = split_envelope(body)
    assert split is not None
    assert split.pieces == (GOOD,)
    assert split.rest.startswith(broken)


def test_text_after_the_envelope_is_left_over() -> None:
    body = b'{"records":[1]} {"x":1}'
    assert split_envelope(body) == Split((b"1",), b']} {"x":1}', is_whole=False)


def test_commas_too_many_cost_nothing() -> None:
    assert split_envelope(b"[1,,2,]") == Split((b"1", b"2"), b"", is_whole=True)


@pytest.mark.parametrize("body", [b"[1,2", b"[1,2,", b"[1,2, "])
def test_a_body_cut_off_between_records_is_not_whole(body: bytes) -> None:
    assert split_envelope(body) == Split((b"1", b"2"), b"", is_whole=False)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"a": [', b'{"value": [', b"null"])
def test_what_does_not_begin_like_an_envelope_is_not_split(body: bytes) -> None:
    assert split_envelope(body) is None


@given(st.binary())
def test_no_bytes_raise(body: bytes) -> None:
    split_envelope(b"[" + body)
