"""The same ledger folds into the same rows, or the shape of the view has been counted up.

A view file and a snapshot outlive a release. One that was folded by other rules than today's would
be read as if it were today's: `monitor.view.files.SHAPE` is what tells them apart.
"""

import json
from hashlib import sha256
from pathlib import Path

from pydantic import JsonValue

from monitor.ledger.log import Counts, Draft
from monitor.view.cells import Table
from monitor.view.files import SHAPE, watermark
from tests.view.scene import NOW, TENANT, Scene, change, finding, grow

AT = "2026-11-02T13:00:00.000000Z"
USER = "22222222-0000-4000-8000-000000000002"
ABOUT: dict[str, JsonValue] = {"kind": "user", "id": USER, "name": "kim@hospital.example"}
POLICY: dict[str, JsonValue] = {"kind": "conditionalAccessPolicy", "id": "policy-1", "name": "One"}
VKEY = "log.example/mfa-monitor+0a1b2c3d+AQID"

ROWS = {1: "131fb55f8bc0595fb5f9abf64b322a8dc76e5884c78c603ce01b20ee56cba1b0"}
"""SHA-256 of the rows, by shape. An older shape's stays, to show what was counted up for."""


def entry(kind: str, **members: JsonValue) -> dict[str, JsonValue]:
    """An entry of a kind."""
    return {"t": kind, "v": 1, "tenant": TENANT, "at": AT, "src": {}, **members}


def every_kind() -> list[dict[str, JsonValue]]:
    """Entries of every kind that leaves something in the view, index 1 on."""
    clock: JsonValue = {"user": USER, "stage": "waiting", "deadline": "2026-11-03T13:00:00Z"}
    due = "2026-11-02T13:15:00Z"
    opened: list[JsonValue] = [{"key": key, "due": due, "old": None} for key in ("twin/x", "y")]
    message: JsonValue = {"lead": 2, "count": 1, "form": "new", "number": 1, "thread": "2"}
    row: JsonValue = {"path": "conditions", "before": None, "after": "All"}
    details: JsonValue = {"changed": [row]}
    hole: JsonValue = {"since": AT}
    act: JsonValue = {"key": "told/r-1", "part": "all"}
    who: JsonValue = {"id": "kim"}
    return [
        change(1) | {"opens": opened},
        finding(1) | {"details": details, "hole": hole, "act": act},
        finding(2) | {"once": "x", "correlation": "c-1", "initiator": who, "incident": 2},
        finding(3) | {"severity": "info", "settles": ["twin/x"]},
        entry("enrolment", object=ABOUT, clock=clock, src={"key": "r-2", "off": 1, "len": 2}),
        entry("quarantine", code="bad-time", reason="no", src={"key": "r-3"}),
        entry("baseline", object=POLICY, modified=AT, doc={"id": "policy-1"}),
        entry("baseline", complete=["conditionalAccessPolicy"]),
        entry("delivery", src={"of": 2}, channel="team", outcome="failed", attempt=1, error="no"),
        entry(
            "delivery",
            src={"of": 2},
            channel="mail",
            outcome="delivered",
            attempt=1,
            done=True,
            message=message,
        ),
        entry("delivery", src={"digest": "daily/2026-11-02"}, channel="mail", outcome="delivered"),
        entry("ack", src={"of": 3}, covers=[]),
        entry("config", sha256="0" * 64),
        entry("key", action="announce", vkey=VKEY),
        entry("pulse", expect=3600, pause=60),
        entry("gap", src={"key": "n/h/g/0/0"}, first=3, last=5, state="open", due=AT),
        change(8) | {"effect": "not-understood"},
        change(9) | {"effect": "older"},
    ]


def test_a_fold_of_other_rows_is_of_another_shape(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    grow(scene.log(), 1)
    log = scene.log()
    leaves = tuple(json.dumps(leaf, separators=(",", ":")).encode() for leaf in every_kind())
    counts = Counts(seen=1, quarantined=1)
    log.append(Draft(leaves, {"kind": "file", "name": "x"}, counts, {}, NOW), log.head())
    with scene.view(saved=False) as view:
        view.catch_up()
        # The watermark hashes headers, and in each is a number drawn by lot.
        marks = {repr(watermark(view._state))}
        rows = [row for row in view.dump() if row not in marks]
    tables = {row.split("'")[1] for row in rows if row.startswith("('")}
    assert tables == {*Table}, "a table that nothing here writes to"
    found = sha256("\n".join(rows).encode()).hexdigest()
    assert found == ROWS.get(SHAPE), (
        "the same ledger folds into other rows than before: count SHAPE in monitor/view/files.py up"
        f" by one, and enter {found!r} for it in ROWS"
    )
