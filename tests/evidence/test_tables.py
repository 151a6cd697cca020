"""XLSX and Parquet say what the CSV says, and compute nothing."""

import csv
import io
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq  # type: ignore[import-untyped] # it has no stubs
import pytest

from monitor.evidence import tables
from monitor.evidence.rows import EVENTS
from monitor.evidence.tables import Views
from monitor.ledger import merkle
from tests.evidence import packs
from tests.evidence.packs import START


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    path = tmp_path_factory.mktemp("pack") / "pack.zip"
    packs.scene().pack(path, packs.request())
    return packs.contents(path)


def rows(files: dict[str, bytes], name: str) -> list[list[str]]:
    text = files[f"views/{name}.csv"].decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_quotes_every_cell_and_begins_no_cell_like_a_formula(files: dict[str, bytes]) -> None:
    body = files["views/changes.csv"]
    assert body.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 with this mark only"
    text = body.decode("utf-8-sig")
    assert text.count("\n") == text.count("\r\n") == len(rows(files, "changes"))
    for name in tables.CSV_TABLES:
        for row in rows(files, name):
            assert not any(cell.startswith(tuple("=+-@\t\r\uff1d")) for cell in row), row
    names = {row[11] for row in rows(files, "changes")[1:]}
    assert f"'{packs.FORMULA}" in names
    assert "'@SUM(1)\\r\\n\\u202egpj.exe" in names
    assert "'-2+3" in names
    assert packs.MARKUP in names


@pytest.mark.filterwarnings("ignore::DeprecationWarning:openpyxl")
def test_the_workbook_is_the_csv_cell_for_cell_all_text(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["views/evidence.xlsx"]))
    assert book.sheetnames == ["pack", *tables.CSV_TABLES]
    for name in tables.CSV_TABLES:
        got = [[cell.value or "" for cell in row] for row in book[name].iter_rows()]
        assert got == rows(files, name)
        kinds = {cell.data_type for row in book[name].iter_rows() for cell in row if cell.value}
        assert kinds == {"s"}, "no number, no formula, no link"
        assert not any(cell.hyperlink for row in book[name].iter_rows() for cell in row)
    cover = {row[0].value: row[1].value for row in book["pack"].iter_rows()}
    assert cover["Purpose"] == "yearly audit"


def test_the_workbook_has_no_macro_and_no_link_outside(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(files["views/evidence.xlsx"])) as book:
        names = book.namelist()
        sheets = b"".join(book.read(name) for name in names if "worksheets" in name)
    assert not any(word in name for name in names for word in ("vba", "externalLink", "rels/sheet"))
    assert b"<f>" not in sheets
    assert b"evil.example" in sheets


def test_parquet_has_typed_columns_and_the_text_as_it_is(files: dict[str, bytes]) -> None:
    table = pq.read_table(io.BytesIO(files["views/events.parquet"]))
    assert table.column_names == list(EVENTS)
    assert [str(table.schema.field(name).type) for name in ("index", "entered", "hash")] == [
        "int64",
        "timestamp[us, tz=UTC]",
        "fixed_size_binary[32]",
    ]
    held = table.to_pylist()
    assert [row["index"] for row in held] == [int(row[0]) for row in rows(files, "events")[1:]]
    texts = {line["i"]: line["leaf"] for line in packs.entries(files)}
    for row in held:
        assert row["hash"] == merkle.leaf_hash(texts[row["index"]].encode())
    assert packs.FORMULA in {row["object_name"] for row in held}
    assert held[0]["at"] == START


def test_a_long_cell_is_cut_in_the_workbook_only(tmp_path: Path) -> None:
    scene = packs.Scene()
    scene.append(packs.change(START, "n" * 40_000), at=START)
    scene.pack(tmp_path / "pack.zip", packs.request())
    files = packs.contents(tmp_path / "pack.zip")
    book = openpyxl.load_workbook(io.BytesIO(files["views/evidence.xlsx"]))
    value = str(book["events"]["M2"].value)
    assert (len(value), value[-len(tables.CUT) :]) == (tables.LONGEST_CELL, tables.CUT)
    assert rows(files, "events")[1][12] == "n" * 40_000
    assert packs.verify(tmp_path / "pack.zip").code == 0


def test_a_sheet_that_is_full_leaves_the_rest_to_the_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    monkeypatch.setattr(tables, "ROW_GROUP", 2)
    packs.scene().pack(tmp_path / "pack.zip", packs.request())
    files = packs.contents(tmp_path / "pack.zip")
    book = openpyxl.load_workbook(io.BytesIO(files["views/evidence.xlsx"]))
    assert book["events"].max_row == 3
    assert len(rows(files, "events")) == 13
    assert pq.read_table(io.BytesIO(files["views/events.parquet"])).num_rows == 12


def test_a_name_full_of_what_is_written_out_keeps_the_pack_readable(tmp_path: Path) -> None:
    scene = packs.Scene()
    scene.append(packs.change(START, "\u061c" * 30_000), at=START)
    scene.append(packs.change(START, "\x00" * 9_000 + "\uffff\ufffe_x0041_"), at=START)
    scene.pack(tmp_path / "pack.zip", packs.request())
    said = packs.verify(tmp_path / "pack.zip")
    assert (said.code, said.problems) == (0, [])
    files = packs.contents(tmp_path / "pack.zip")
    book = openpyxl.load_workbook(io.BytesIO(files["views/evidence.xlsx"]))
    assert str(book["events"]["M2"].value).startswith("\\u061c\\u061c")


@pytest.mark.filterwarnings("ignore::DeprecationWarning:openpyxl")
def test_who_asks_writes_no_formula_on_the_cover(tmp_path: Path) -> None:
    with Views(tmp_path, packs.ORIGIN, (("Asked by", packs.FORMULA),)):
        pass
    book = openpyxl.load_workbook(tmp_path / "evidence.xlsx")
    assert book["pack"]["B1"].value == f"'{packs.FORMULA}"


def test_rows_wait_for_their_sheet_in_the_private_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere they would outlive a run that was killed: they hold names."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with Views(tmp_path, packs.ORIGIN, ()):
        waiting = {path.name for path in tmp_path.iterdir()}
    assert waiting - {path.name for path in tmp_path.iterdir()}
