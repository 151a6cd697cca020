from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import LedgerCorrupt
from monitor.ledger import raw
from monitor.storage.memory import MemoryStore


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_kept_bytes_read_back(body: bytes) -> None:
    store = MemoryStore()
    ref = raw.keep(store, body)
    assert ref.length == len(body)
    assert raw.read(store, ref) == body


def test_the_digest_is_salted() -> None:
    store = MemoryStore()
    first, second = raw.keep(store, b"body"), raw.keep(store, b"body")
    assert first != second
    assert first.digest != sha256(b"body").hexdigest()
    content = store.objects[first.digest]
    assert sha256(content).hexdigest() == first.digest
    assert content[16:] == b"body"


def test_an_expired_object_is_no_error() -> None:
    store = MemoryStore()
    ref = raw.keep(store, b"body")
    store.objects.clear()
    assert raw.read(store, ref) is None


@pytest.mark.parametrize("content", [b"", b"short", b"s" * 16 + b"body"])
def test_other_bytes_are_corrupt(content: bytes) -> None:
    store = MemoryStore()
    ref = raw.keep(store, b"body")
    store.put(ref.digest, content)
    with pytest.raises(LedgerCorrupt, match=f"raw/{ref.digest}"):
        raw.read(store, ref)


def test_another_length_is_corrupt() -> None:
    store = MemoryStore()
    ref = raw.keep(store, b"body")
    with pytest.raises(LedgerCorrupt, match="says 5 bytes, it has 4"):
        raw.read(store, raw.RawRef(ref.digest, 5))


def test_a_digest_from_a_leaf_cannot_leave_the_store() -> None:
    with pytest.raises(LedgerCorrupt, match="not the name of a raw object"):
        raw.read(MemoryStore(), raw.RawRef("../../etc/passwd", 1))


def test_the_records_of_a_batch_share_one_object() -> None:
    store = MemoryStore()
    ref = raw.keep(store, b"firstsecond")
    assert raw.read(store, raw.RawRef(ref.digest, 5, 0)) == b"first"
    assert raw.read(store, raw.RawRef(ref.digest, 6, 5)) == b"second"


@pytest.mark.parametrize(("offset", "length"), [(0, 12), (11, 1), (-1, 3), (5, 7), (0, -1)])
def test_bytes_that_are_not_all_there_are_named(offset: int, length: int) -> None:
    store = MemoryStore()
    ref = raw.keep(store, b"firstsecond")
    with pytest.raises(LedgerCorrupt, match="the leaf says bytes"):
        raw.read(store, raw.RawRef(ref.digest, length, offset))
