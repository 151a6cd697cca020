from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import LedgerCorrupt
from monitor.ledger import bundle

leaves = st.lists(st.binary(min_size=1, max_size=300), max_size=12).map(tuple)


@settings(deadline=None)
@given(leaves)
def test_a_bundle_reads_back(written: tuple[bytes, ...]) -> None:
    assert bundle.decode(bundle.encode(written)) == written


def test_the_bytes_are_those_of_tlog_tiles() -> None:
    assert bundle.encode([b"a", b"b" * 258]) == b"\x00\x01a\x01\x02" + b"b" * 258


def test_the_longest_leaf_reads_back() -> None:
    longest = b"x" * 65_535
    assert bundle.decode(bundle.encode([longest, b"y"])) == (longest, b"y")


@pytest.mark.parametrize(("length", "number"), [(0, 1), (65_536, 1)])
def test_a_leaf_of_no_or_too_many_bytes_is_refused(length: int, number: int) -> None:
    with pytest.raises(ValueError, match=f"leaf {number} has {length} bytes"):
        bundle.encode([b"fine", b"x" * length])


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"\x00", "byte 0: half a length prefix"),
        (b"\x00\x01a\x00", "byte 3: half a length prefix"),
        (b"\x00\x02a", "byte 0: leaf 0 is cut off at byte 3"),
        (b"\x00\x01a\x00\x05abcd", "byte 3: leaf 1 is cut off at byte 9"),
        (b"\x00\x01a\x00\x00\x00\x01b", "byte 3: an empty leaf"),
        (b"\x00\x00", "byte 0: an empty leaf"),
    ],
)
def test_the_byte_of_a_fault_is_named(body: bytes, place: str) -> None:
    with pytest.raises(LedgerCorrupt, match=place):
        bundle.decode(body)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_one_bundle_or_refused(body: bytes) -> None:
    try:
        read = bundle.decode(body)
    except LedgerCorrupt:
        return
    assert bundle.encode(read) == body


@settings(deadline=None)
@given(leaves.filter(bool), st.data())
def test_no_cut_bundle_is_read_as_a_whole_one(
    written: tuple[bytes, ...], data: st.DataObject
) -> None:
    body = bundle.encode(written)
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    with suppress(LedgerCorrupt):
        assert len(bundle.decode(cut)) < len(written)
