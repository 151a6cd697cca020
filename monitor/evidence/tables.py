"""The views of a pack as tables: CSV, XLSX and Parquet, written row by row."""

import csv
import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self

import pyarrow as pa  # type: ignore[import-untyped] # it has no stubs
import pyarrow.parquet as pq  # type: ignore[import-untyped] # likewise
import xlsxwriter  # type: ignore[import-untyped] # likewise

from monitor.clock import moment
from monitor.evidence import ocsf
from monitor.evidence.rows import (
    CHANGE_KINDS,
    CHANGES,
    EVENTS,
    FINDINGS,
    Columns,
    cell,
    cells,
    text,
    value,
)
from monitor.evidence.scope import Leaf
from monitor.evidence.selection import Item
from monitor.ledger import merkle

CSV_TABLES: dict[str, Columns] = {"findings": FINDINGS, "changes": CHANGES, "events": EVENTS}
MOST_ROWS = 1_048_575
"""Rows of a worksheet after its heading (Microsoft, "Excel specifications and limits")."""
LONGEST_CELL = 32_767
"""Characters of a worksheet's cell (the same page)."""
CUT = " ... (cut; whole in the CSV)"
ROW_GROUP = 20_000
CREATED = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_WIDTHS = {"index": 8, "hash": 20, "witness": 70, "title": 40, "object_name": 34, "activity": 32}
_WIDE = 18


class _Rows(Protocol):
    """What the csv module writes rows with."""

    def writerow(self, row: Iterable[str], /) -> object:
        """Write one row."""


class Views:
    """The tables and the event stream of a pack, in a directory of their own.

    `rows` counts the rows of each file; the row of an entry stands in `events` and, by its kind, in
    one more.
    """

    def __init__(self, directory: Path, origin: str, cover: Sequence[tuple[str, str]]) -> None:
        self.directory = directory
        self.rows: dict[str, int] = {}
        self._origin = origin
        self._cover = cover
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._csv = {name: self._new_csv(name, columns) for name, columns in CSV_TABLES.items()}
        events = self.directory / "events.ocsf.ndjson"
        self._events = self._stack.enter_context(events.open("w", encoding="ascii", newline="\n"))
        self.rows[events.name] = 0
        self._sheets = _Workbook(self.directory / "evidence.xlsx", self._cover)
        self._stack.callback(self._sheets.close)
        self._parquet = _Parquet(self.directory / "events.parquet")
        self._stack.callback(self._parquet.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, item: Item, leaf: Leaf) -> None:
        """Write the rows of an entry; `leaf` is the entry as it may be shown."""
        names = ["events"]
        names += ["findings"] if item.kind == "finding" else []
        names += ["changes"] if item.kind in CHANGE_KINDS else []
        for name in names:
            row = cells(item, leaf, CSV_TABLES[name])
            self._csv[name].writerow(row)
            self._sheets.add(name, row)
            self.rows[f"{name}.csv"] += 1
        if item.kind in ocsf.KINDS:
            event = ocsf.event(item, leaf, self._origin)
            self._events.write(json.dumps(event, separators=(",", ":")) + "\n")
            self.rows["events.ocsf.ndjson"] += 1
        self._parquet.add(item, leaf)

    def _new_csv(self, name: str, columns: Columns) -> "_Rows":
        path = self.directory / f"{name}.csv"
        file = self._stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(columns)
        self.rows[path.name] = 0
        return writer


class _Workbook:
    """A worksheet per CSV, the same text cell for cell, each written as text and never computed."""

    def __init__(self, path: Path, cover: Iterable[tuple[str, str]]) -> None:
        options: dict[str, object] = {
            "constant_memory": True,
            "strings_to_urls": False,
            "strings_to_formulas": False,
        }
        # rows that wait for their sheet stay in the private directory, which is gone afterwards
        options |= {"tmpdir": str(path.parent)}
        self._book = xlsxwriter.Workbook(str(path), options)
        # the same bytes whenever it is made; the manifest says when that was
        self._book.set_properties({"created": CREATED})
        bold = self._book.add_format({"bold": True, "text_wrap": False})
        first = self._book.add_worksheet("pack")
        first.set_column(0, 0, 26)
        first.set_column(1, 1, 110)
        for number, (label, shown) in enumerate(cover):
            first.write_string(number, 0, label, bold)
            first.write_string(number, 1, cell(shown)[:LONGEST_CELL])
        self._sheets = {}
        self._next = dict.fromkeys(CSV_TABLES, 1)
        for name, columns in CSV_TABLES.items():
            sheet = self._book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            for place, heading in enumerate(columns):
                sheet.set_column(place, place, _WIDTHS.get(heading, _WIDE))
                sheet.write_string(0, place, heading, bold)
            self._sheets[name] = sheet

    def add(self, name: str, row: Sequence[str]) -> None:
        """Write a row, as long as the sheet has room."""
        number = self._next[name]
        if number > MOST_ROWS:
            return
        for place, shown in enumerate(row):
            if shown:
                whole = len(shown) <= LONGEST_CELL
                fitting = shown if whole else shown[: LONGEST_CELL - len(CUT)] + CUT
                self._sheets[name].write_string(number, place, fitting)
        self._next[name] = number + 1

    def close(self) -> None:
        """Write the workbook."""
        self._book.close()


class _Parquet:
    """The rows of `events` with their types, for a program: text is as it stands in the entry."""

    def __init__(self, path: Path) -> None:
        instant = pa.timestamp("us", tz="UTC")
        types = {"index": pa.int64(), "hash": pa.binary(32), "entered": instant, "at": instant}
        types |= {"about_entry": pa.int64()}
        self._schema = pa.schema([(name, types.get(name, pa.string())) for name in EVENTS])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[dict[str, object]] = []

    def add(self, item: Item, leaf: Leaf) -> None:
        """Write a row."""
        row: dict[str, object] = {}
        for name, path in EVENTS.items():
            found = value(item, leaf, path)
            row[name] = found if name in ("index", "about_entry") else text(found) or None
        about = row["about_entry"]
        row["about_entry"] = about if type(about) is int else None
        row |= {"hash": merkle.leaf_hash(item.content), "entered": item.entered}
        row["at"] = _moment(row["at"])
        self._rows.append(row)
        if len(self._rows) == ROW_GROUP:
            self._flush()

    def close(self) -> None:
        """Write the file's end."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()


def _moment(found: object) -> datetime | None:
    try:
        return moment(found) if isinstance(found, str) else None
    except ValueError:
        return None
