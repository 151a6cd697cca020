import json
from hashlib import sha256
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from monitor.errors import LedgerCorrupt
from monitor.ledger import document, layout
from monitor.ledger.document import (
    KEPT_WHOLE,
    DocumentRef,
    keep_document,
    read_document,
    references,
)
from tests.ledger.faulty import WriteOnceStore

LARGE: dict[str, JsonValue] = {"displayName": "Require MFA", "excludeUsers": ["u" * 36] * 1400}

texts = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)
documents = st.dictionaries(texts | st.just(document.MEMBER), values, max_size=5)


@settings(deadline=None)
@given(documents, st.integers(0, 60))
def test_a_document_reads_back_whole_or_by_reference(
    written: dict[str, JsonValue], kept_whole: int
) -> None:
    store = WriteOnceStore()
    kept = keep_document(store, written, kept_whole=kept_whole)
    assert read_document(store, kept) == written
    assert list(references(dict(kept))) == [
        DocumentRef(name.removeprefix("doc/"), len(body)) for name, body in store.objects.items()
    ]


def test_a_small_document_stays_in_its_leaf() -> None:
    store = WriteOnceStore()
    assert keep_document(store, {"id": "p"}) == {"id": "p"}
    assert store.objects == {}


def test_a_large_document_leaves_hash_and_length() -> None:
    store = WriteOnceStore()
    kept = keep_document(store, LARGE)
    ((name, body),) = store.objects.items()
    assert len(body) > KEPT_WHOLE
    assert kept == {"doc_sha256": sha256(body).hexdigest(), "len": len(body)}
    assert name == layout.document(sha256(body).hexdigest())
    assert json.loads(body) == LARGE


def test_equal_documents_are_one_object() -> None:
    store = WriteOnceStore()
    kept = keep_document(store, LARGE)
    assert keep_document(store, dict(reversed(LARGE.items()))) == kept
    assert len(store.objects) == 1


@pytest.mark.parametrize(
    "lookalike",
    [
        {"doc_sha256": "0" * 64, "len": 1},
        {"id": "p", "conditions": [{"doc_sha256": None}]},
    ],
)
def test_a_document_that_looks_like_a_reference_moves_out(
    lookalike: dict[str, JsonValue],
) -> None:
    store = WriteOnceStore()
    kept = keep_document(store, lookalike)
    assert len(store.objects) == 1
    assert read_document(store, kept) == lookalike


def test_missing_and_changed_documents_are_named() -> None:
    store = WriteOnceStore()
    kept = keep_document(store, LARGE)
    (name,) = store.objects
    for spoiled, fault in ((None, "missing"), (b"{}", "hashes to")):
        store.objects.clear()
        if spoiled:
            store.objects[name] = spoiled
        with pytest.raises(LedgerCorrupt, match=f"{name}: .*{fault}"):
            read_document(store, kept)
    with pytest.raises(LedgerCorrupt, match="not what its name says"):
        keep_document(store, LARGE)


def test_a_reference_with_another_length_is_corrupt() -> None:
    store = WriteOnceStore()
    kept = keep_document(store, LARGE)
    with pytest.raises(LedgerCorrupt, match="the leaf says 7 bytes"):
        read_document(store, kept | {"len": 7})


@pytest.mark.parametrize(
    "value",
    [
        {"doc_sha256": "../../etc/passwd", "len": 1},
        {"doc_sha256": "0" * 64},
        {"doc_sha256": "0" * 64, "len": True},
        {"doc_sha256": "0" * 64, "len": 1, "more": 1},
        {"doc_sha256": None, "len": 1},
    ],
)
def test_a_malformed_reference_is_corrupt(value: dict[str, JsonValue]) -> None:
    with pytest.raises(LedgerCorrupt, match="reference"):
        read_document(WriteOnceStore(), value)
    with pytest.raises(LedgerCorrupt, match="reference"):
        list(references(cast("JsonValue", {"opens": [{"old": value}]})))
