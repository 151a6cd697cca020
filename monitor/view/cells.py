"""The cells of the state view.

Small JSON values under (table, tenant, key), and an overlay over them.

The whole state is rows of one shape, so that the evaluation of a batch can work on an overlay that
is thrown away, and a rebuilt view can be compared with the live one row by row.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import JsonValue

from monitor.clock import moment, stamp


class Table(StrEnum):
    """What a cell holds."""

    DOCUMENT = "document"  # (tenant, "<kind>/<id>") -> {"at", "body"|null, "marks"}
    PENDING = "pending"  # (tenant, key) -> what the sweep has to settle; due
    CLOCK = "clock"  # (tenant, user id) -> enrolment clock; due while waiting
    SEEN = "seen"  # (tenant, record key) -> [[raw digest, offset, length] of each version]
    UNDELIVERED = "undelivered"  # (tenant, finding index) -> the finding's leaf, what was tried
    THREAD = "thread"  # (tenant, "<channel>/<incident>") -> the latest message about an incident
    CHANNEL = "channel"  # ("", name) -> when its latest messages went, since when it fails
    DIGEST = "digest"  # ("", "<daily|weekly>/<day>/<channel>") -> the latest attempt
    COMPLETE = "complete"  # (tenant, "kinds") -> kinds of which a baseline holds every object
    CONFIG = "config"  # ("", "sha256" | "key/<id>") -> hash of monitor.toml; a key of the log
    NOTED = "noted"  # (tenant, key) -> a finding that is made once, and the record that told it
    INCIDENT = "incident"  # (tenant, "actor/..." | "correlation/...") -> {"incident", "at"}
    HOLE = "hole"  # (tenant, "<kind>/<id>") -> a weakening of the object that is not closed
    STREAM = "stream"  # (tenant, "pulse" | "gap/..." | "drift/<day>") -> the stream's state; due


@dataclass(frozen=True, slots=True)
class Cell:
    """One row. `due` is when the sweep has to look at it, None where it never has to."""

    table: Table
    tenant: str
    key: str
    value: JsonValue
    due: datetime | None = None


class Cells(Protocol):
    """What the fold and the evaluation need of the state."""

    def get(self, table: Table, tenant: str, key: str) -> Cell | None:
        """Return the cell, or None."""

    def set(self, cell: Cell) -> None:
        """Write the cell over what stands under its key."""

    def delete(self, table: Table, tenant: str, key: str) -> None:
        """Remove the cell; nothing happens where there is none."""

    def rows(self, table: Table, *, due: datetime | None = None) -> Iterator[Cell]:
        """Yield the table's cells in the order of tenant and key, or only those due by then."""


SCHEMA = """
create table if not exists cell (
    kind text not null, tenant text not null, key text not null, due text, value text not null,
    primary key (kind, tenant, key)
) without rowid;
create index if not exists cell_due on cell (kind, due) where due is not null;
"""


_Row = tuple[str, str, str, str | None, str]


def _cell(row: _Row) -> Cell:
    table, tenant, key, due, value = row
    return Cell(Table(table), tenant, key, json.loads(value), moment(due) if due else None)


class SqliteCells:
    """The cells in a SQLite file; the caller owns the connection and its transactions.

    `failed` says what to raise where SQLite fails, and is told what could not be done (`read` or
    `written`): the evaluation must not take it for a fault of the record in hand.
    """

    def __init__(
        self, connection: sqlite3.Connection, failed: Callable[[sqlite3.Error, str], Exception]
    ) -> None:
        self._connection = connection
        self._failed = failed

    def _read(self, query: str, arguments: tuple[str, ...]) -> list[_Row]:
        try:
            return self._connection.execute(query, arguments).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error, "read") from error

    def _write(self, query: str, arguments: tuple[str | None, ...]) -> None:
        try:
            self._connection.execute(query, arguments)
        except sqlite3.Error as error:
            raise self._failed(error, "written") from error

    def get(self, table: Table, tenant: str, key: str) -> Cell | None:
        """Return the cell, or None."""
        found = self._read(
            "select kind, tenant, key, due, value from cell where kind=? and tenant=? and key=?",
            (table, tenant, key),
        )
        return _cell(found[0]) if found else None

    def set(self, cell: Cell) -> None:
        """Write the cell over what stands under its key."""
        due = stamp(cell.due) if cell.due else None
        value = json.dumps(cell.value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self._write(
            "insert or replace into cell (kind, tenant, key, due, value) values (?, ?, ?, ?, ?)",
            (cell.table, cell.tenant, cell.key, due, value),
        )

    def delete(self, table: Table, tenant: str, key: str) -> None:
        """Remove the cell; nothing happens where there is none."""
        self._write("delete from cell where kind=? and tenant=? and key=?", (table, tenant, key))

    def rows(self, table: Table, *, due: datetime | None = None) -> Iterator[Cell]:
        """Yield the table's cells in the order of tenant and key, or only those due by then."""
        query = "select kind, tenant, key, due, value from cell where kind=?"
        arguments: tuple[str, ...] = (table,)
        if due is not None:
            query += " and due is not null and due<=?"
            arguments = (table, stamp(due))
        yield from map(_cell, self._read(query + " order by tenant, key", arguments))

    def tenants(self) -> list[str]:
        """Return every tenant that has a cell, sorted."""
        query = "select distinct tenant from cell where tenant <> '' order by tenant"
        try:
            return [str(tenant) for (tenant,) in self._connection.execute(query)]
        except sqlite3.Error as error:
            raise self._failed(error, "read") from error


class Overlay:
    """Writes kept aside over cells that stay as they are: the working state of one evaluation."""

    def __init__(self, base: Cells) -> None:
        self._base = base
        self._written: dict[tuple[Table, str, str], Cell | None] = {}

    def get(self, table: Table, tenant: str, key: str) -> Cell | None:
        """Return the cell as written here, else as it stands below."""
        place = (table, tenant, key)
        if place in self._written:
            return self._written[place]
        return self._base.get(table, tenant, key)

    def set(self, cell: Cell) -> None:
        """Write the cell here only."""
        self._written[(cell.table, cell.tenant, cell.key)] = cell

    def delete(self, table: Table, tenant: str, key: str) -> None:
        """Remove the cell here only."""
        self._written[(table, tenant, key)] = None

    def rows(self, table: Table, *, due: datetime | None = None) -> Iterator[Cell]:
        """Yield what stands below with the writes made here, in the order of tenant and key."""
        merged = {(cell.tenant, cell.key): cell for cell in self._base.rows(table, due=due)}
        for (written_table, tenant, key), cell in self._written.items():
            if written_table != table:
                continue
            merged.pop((tenant, key), None)
            if cell and (due is None or (cell.due is not None and cell.due <= due)):
                merged[(tenant, key)] = cell
        for place in sorted(merged):
            yield merged[place]

    def pour_into(self, cells: "Cells") -> None:
        """Make the writes kept here in other cells."""
        for (table, tenant, key), cell in self._written.items():
            if cell is None:
                cells.delete(table, tenant, key)
            else:
                cells.set(cell)
