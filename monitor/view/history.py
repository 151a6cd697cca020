"""The history index: which entries are about what.

Never trusted: a hit is read again from the ledger.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from pydantic import JsonValue

from monitor.clock import stamp

SCHEMA = """
create table if not exists entry (
    i integer primary key, seq integer not null, kind text not null, tenant text not null, at text,
    rule text, severity text, actor text, object text, name text, activity text, of integer
);
create index if not exists entry_at on entry (at);
create index if not exists entry_rule on entry (rule) where rule is not null;
create index if not exists entry_actor on entry (actor) where actor is not null;
create index if not exists entry_object on entry (object) where object is not null;
create index if not exists entry_of on entry (of) where of is not null;
"""

Column = Literal["severity", "activity", "kind"]
"""A column that entries can be counted by."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for; None asks for anything.

    `actor` and `object` match an id exactly or a name in part.

    `kinds` are entry kinds, `of` is the entry they are about. `most` is the number of hits at most,
    newest first.
    """

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()
    rule: str | None = None
    severity: str | None = None
    actor: str | None = None
    object: str | None = None
    tenant: str | None = None
    of: int | None = None
    most: int = 100


def index_leaf(
    connection: sqlite3.Connection, seq: int, index: int, leaf: Mapping[str, JsonValue]
) -> None:
    """Put one leaf into the index."""
    about = cast("dict[str, JsonValue]", leaf.get("object") or {})
    actor = cast("dict[str, JsonValue]", leaf.get("initiator") or {})
    src = cast("dict[str, JsonValue]", leaf.get("src") or {})
    connection.execute(
        "insert or replace into entry values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            index,
            seq,
            leaf.get("t"),
            leaf.get("tenant", ""),
            leaf.get("at"),
            leaf.get("rule"),
            leaf.get("severity"),
            actor.get("label"),
            about.get("id"),
            about.get("name"),
            leaf.get("activity"),
            src.get("of"),
        ),
    )


def find(connection: sqlite3.Connection, question: Question) -> list[tuple[int, int]]:
    """Return (index, batch number) of the hits, newest entry first."""
    terms: list[tuple[str, tuple[str, ...]]] = []
    for column, value in (
        ("rule", question.rule),
        ("severity", question.severity),
        ("tenant", question.tenant),
    ):
        if value is not None:
            terms.append((f"{column} = ?", (value,)))
    if question.since:
        terms.append(("at >= ?", (stamp(question.since),)))
    if question.until:
        terms.append(("at < ?", (stamp(question.until),)))
    if question.of is not None:
        terms.append(("of = ?", (str(question.of),)))
    if question.kinds:
        marks = ", ".join("?" * len(question.kinds))
        terms.append((f"kind in ({marks})", question.kinds))
    if question.actor:
        terms.append(("instr(lower(actor), lower(?)) > 0", (question.actor,)))
    if question.object:
        text = "(object = ? or instr(lower(name), lower(?)) > 0)"
        terms.append((text, (question.object, question.object)))
    where = " and ".join(text for text, _ in terms) or "1"
    arguments = [value for _, values in terms for value in values]
    query = f"select i, seq from entry where {where} order by i desc limit ?"  # noqa: S608 - only constants are put in
    return [(i, seq) for i, seq in connection.execute(query, (*arguments, question.most))]


def place(connection: sqlite3.Connection, index: int) -> int | None:
    """Return the number of the batch that holds the entry, or None where the index has none."""
    row = connection.execute("select seq from entry where i = ?", (index,)).fetchone()
    return int(row[0]) if row else None


def counted(
    connection: sqlite3.Connection, kind: str, column: Column, first: int, end: int
) -> dict[str, int]:
    """Count entries of a kind by a column, most first, from index `first` up to before `end`."""
    query = (
        f"select coalesce({column}, ''), count(*) from entry"  # noqa: S608 - a Literal, see Column
        " where kind = ? and i >= ? and i < ? group by 1 order by 2 desc, 1"
    )
    return dict(connection.execute(query, (kind, first, end)))


def gravest(connection: sqlite3.Connection, first: int, end: int, most: int) -> list[int]:
    """Return the indices of the gravest findings of that range, the newest of each first."""
    query = (
        "select i from entry where kind = 'finding' and i >= ? and i < ? and severity != 'info'"
        " order by case severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2"
        " else 3 end, i desc limit ?"
    )
    return [int(row[0]) for row in connection.execute(query, (first, end, most))]
