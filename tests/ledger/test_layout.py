import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ledger import layout

DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("number", "path"),
    [
        (0, "000"),
        (7, "007"),
        (999, "999"),
        (1000, "x001/000"),
        (1_234_067, "x001/x234/067"),
        (layout.LOG_END - 1, "x999/x999/x999/999"),
    ],
)
def test_numbers_split_as_in_tlog_tiles(number: int, path: str) -> None:
    assert layout.split_number(number) == path


def test_the_published_tile_paths(vectors: Path) -> None:
    rows = json.loads((vectors / "tile_paths.json").read_text())["tile_path"]
    assert rows
    for number, path in rows:
        assert layout.split_number(number) == path


@settings(deadline=None)
@given(st.integers(0, layout.LOG_END - 1))
def test_a_split_number_reads_back(number: int) -> None:
    path = layout.split_number(number)
    assert int(path.replace("x", "").replace("/", "")) == number
    assert all(part.startswith("x") for part in path.split("/")[:-1])


@pytest.mark.parametrize("number", [-1, layout.LOG_END])
def test_numbers_outside_the_log_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        layout.batch(number)
    with pytest.raises(ValueError, match="outside"):
        layout.tree_head(number)


def test_the_names() -> None:
    assert layout.batch(1_234_067) == "b/x001/x234/067"
    assert layout.tree_head(42) == "sth/000000000042"
    assert layout.document(DIGEST) == f"doc/{DIGEST}"
    assert layout.raw(DIGEST) == DIGEST
    assert (layout.CHECKPOINT, layout.HEAD) == ("checkpoint", "head")


@given(st.integers(0, layout.LOG_END - 1))
def test_the_size_in_a_note_s_name_comes_back(size: int) -> None:
    assert layout.tree_size(layout.tree_head(size)) == size


@pytest.mark.parametrize(
    "name", ["sth", "sth/", "sth/42", "sth/0000000000042", "b/000", "sth/00000000004x", "sth/.tmp"]
)
def test_what_is_no_note_s_name_has_no_size(name: str) -> None:
    assert layout.tree_size(name) is None


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", DIGEST.upper(), DIGEST[:-1], DIGEST + "0", DIGEST + "\n"]
)
def test_only_a_digest_becomes_a_name(digest: str) -> None:
    assert not layout.is_digest(digest)
    with pytest.raises(ValueError, match="not a SHA-256"):
        layout.document(digest)
    with pytest.raises(ValueError, match="not a SHA-256"):
        layout.raw(digest)


def test_a_digest_is_text() -> None:
    assert layout.is_digest(DIGEST)
    assert not layout.is_digest(None)
    assert not layout.is_digest(DIGEST.encode())
