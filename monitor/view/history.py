"""The history index: which entries are about what.

Never trusted: a hit is read again from the ledger.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

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


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for; None asks for anything.

    `actor` and `object` match an id exactly or a name in part.

    `kinds` are entry kinds. `most` is the number of hits at most, newest first.
    """

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()
    rule: str | None = None
    severity: str | None = None
    actor: str | None = None
    object: str | None = None
    tenant: str | None = None
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
