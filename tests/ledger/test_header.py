import json
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import LedgerCorrupt
from monitor.ledger import bundle
from monitor.ledger.cursor import Cursor
from monitor.ledger.header import (
    Counts,
    Genesis,
    Header,
    content_fault,
    cursor_fault,
    encode,
    open_batch,
)

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


def digests(count: int) -> tuple[bytes, ...]:
    return tuple(sha256(bytes([i])).digest() for i in range(count))


@st.composite
def headers(draw: st.DrawFn) -> Header:
    seq = draw(st.integers(0, 10**9))
    size = draw(st.integers(1, 10**11)) if seq else 0
    genesis = Genesis(origin="log.example", vkeys=("vkey",), ruleset="rules")
    return Header(
        t="batch",
        v=1,
        seq=seq,
        size=size,
        frontier=digests(size.bit_count()),
        cur=draw(st.dictionaries(NAMES, st.builds(Cursor, st.integers(0, 9), st.integers(9, 20)))),
        src=draw(st.dictionaries(NAMES, NAMES, max_size=3)),
        n=0,
        time=draw(st.integers(0, 253_402_300_799_999)),
        nonce=draw(st.binary(min_size=16, max_size=16)).hex(),
        counts=draw(st.builds(Counts, *[st.integers(0, 9)] * 5)),
        genesis=None if seq else genesis,
        anchor=draw(st.none() | st.binary(min_size=32, max_size=32)),
    )


@settings(deadline=None)
@given(headers())
def test_a_header_reads_back(header: Header) -> None:
    body = bundle.encode([encode(header)])
    assert open_batch(header.seq, body) == (header, (encode(header),))


@settings(deadline=None)
@given(headers())
def test_a_header_begins_with_its_kind_and_is_compact(header: Header) -> None:
    written = encode(header)
    assert written.startswith(b'{"t":"batch","v":1,"seq":')
    compact = json.dumps(json.loads(written), separators=(",", ":"), ensure_ascii=False)
    assert compact.encode() == written


PLAIN = Header(
    t="batch",
    v=1,
    seq=1,
    size=3,
    frontier=digests(2),
    cur={"p": Cursor(1, 5)},
    src={"kind": "eventhub", "key": "p"},
    n=0,
    time=0,
    nonce="0" * 32,
    counts=Counts(),
)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"seq": -1}, "leaf 0 is not a batch header"),
        ({"seq": 1.5}, "leaf 0 is not a batch header"),
        ({"size": 10**12}, "leaf 0 is not a batch header"),
        ({"frontier": ["AAAA", "AAAA"]}, "leaf 0 is not a batch header"),
        ({"frontier": ["x" * 44, "x" * 44]}, "leaf 0 is not a batch header"),
        ({"cur": {"p": [1]}}, "leaf 0 is not a batch header"),
        ({"cur": {"p": [1, 5, [[2]]]}}, "leaf 0 is not a batch header"),
        ({"cur": {"p": [1, 5, [], None, 7]}}, "leaf 0 is not a batch header"),
        ({"src": {"key": 1}}, "leaf 0 is not a batch header"),
        ({"time": 253_402_300_800_000}, "leaf 0 is not a batch header"),
        ({"nonce": "0" * 31}, "leaf 0 is not a batch header"),
        ({"nonce": "G" * 32}, "leaf 0 is not a batch header"),
        ({"counts": {"seen": -1}}, "leaf 0 is not a batch header"),
        ({"counts": {"lost": 1}}, "leaf 0 is not a batch header"),
        ({"anchor": "AAAA"}, "leaf 0 is not a batch header"),
        ({"t": "change"}, "leaf 0 is not a batch header"),
        ({"n": 1}, "header.n is 1, the object holds 0"),
        ({"size": 4}, "header.frontier has 2 hashes, not those of size 4"),
    ],
)
def test_what_no_header_says(changes: dict[str, object], fault: str) -> None:
    content = json.loads(encode(PLAIN)) | changes
    with pytest.raises(LedgerCorrupt, match=f"b/001: {fault}"):
        open_batch(1, bundle.encode([json.dumps(content).encode()]))


@pytest.mark.parametrize("missing", list(json.loads(encode(PLAIN))))
def test_no_member_may_be_missing(missing: str) -> None:
    content = json.loads(encode(PLAIN))
    del content[missing]
    with pytest.raises(LedgerCorrupt, match=missing):
        open_batch(1, bundle.encode([json.dumps(content).encode()]))


@pytest.mark.parametrize(
    "genesis",
    [
        {"origin": "", "vkeys": ["k"], "ruleset": "r"},
        {"origin": "o", "vkeys": [], "ruleset": "r"},
        {"origin": "o", "vkeys": ["k"]},
        {"origin": "o", "vkeys": ["k"], "ruleset": "r", "more": 1},
    ],
)
def test_a_genesis_without_a_name_or_a_key_is_none(genesis: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(genesis, Genesis)


def test_content_that_fits() -> None:
    header = msgspec.structs.replace(PLAIN, counts=Counts(4, 1, 1, 1, 1))
    assert content_fault(header, [b'{"t":"change"}', b'{"t":"quarantine"}']) is None
    assert content_fault(PLAIN, []) is None
    # a kind that only begins like one we know
    assert content_fault(PLAIN, [b'{"t":"batches"}', b'{"t":"quarantined"}']) is None


def test_cursors_that_fit() -> None:
    assert cursor_fault({}, PLAIN) is None
    assert cursor_fault({"p": Cursor(1, 5)}, PLAIN) is None
    assert cursor_fault({"p": Cursor(1, 4)}, PLAIN) is None
    moved = msgspec.structs.replace(PLAIN, src={"kind": "file"})
    assert cursor_fault({"p": Cursor(1, 5)}, moved) is None
    assert (
        cursor_fault({"p": Cursor(1, 4)}, moved) == "header.cur moves 'p', which is not its source"
    )
