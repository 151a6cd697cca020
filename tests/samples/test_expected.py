"""The sample day through the whole corridor.

The rows due appear, nothing outside the story alarms.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.replay import finish
from monitor.cli.screen import screen
from monitor.cli.tally import Tally
from monitor.pipeline.outcome import Filed
from monitor.sources.files import find_inputs, read_batches
from monitor.view.history import Question
from monitor.wiring import Monitor, open_monitor

SAMPLES = Path(__file__).parents[2] / "samples"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
RANK = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
DUE = 4
"""Issues closed so far: rows due with these are checked, later ones may still be silent."""
acts = pytest.mark.parametrize(
    "act", [one for one in EXPECTED["acts"] if one["due_issue"] <= DUE], ids=lambda one: one["id"]
)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitor]:
    """The day, replayed once."""
    data = tmp_path_factory.mktemp("day")
    with open_monitor(data, SAMPLES / "monitor.toml", replay=True, notify=False) as monitor:
        (entry,) = find_inputs([str(SAMPLES / "hospital-day.jsonl.gz")])
        tally = Tally()
        for batch in read_batches(entry):
            tally.add(monitor.ingest(batch))
        finish(monitor, screen(as_json=True), tally)
        monitor.publish()
        yield monitor


@pytest.fixture(scope="module")
def alarms(day: Monitor) -> list[Filed]:
    """Every finding above info."""
    found = day.history(Question(kinds=("finding",), most=1000))
    return [filed for filed in found if filed.leaf["severity"] != "info"]


def about(alarms: list[Filed], act: dict[str, Any], day: Monitor) -> list[Filed]:
    """The alarms that judge one of the act's records, or are about its object."""
    keys = {f"{EXPECTED['tenant']}/{identity}" for identity in act["record_ids"]}
    return [filed for filed in alarms if _key(filed, day) in keys or _late(filed, act)]


def _key(filed: Filed, day: Monitor) -> str | None:
    of = filed.leaf["src"]["of"]  # type: ignore[index,call-overload]  # JSON
    judged = day.entry(of) if isinstance(of, int) else None
    src = judged.leaf.get("src") if judged else None
    return str(src.get("key")) if isinstance(src, dict) else None


def _late(filed: Filed, act: dict[str, Any]) -> bool:
    """An account's deadline is judged by the sweep, not on a record."""
    held = filed.leaf["object"]
    return (
        filed.leaf["rule"] == "account-without-method"
        and isinstance(held, dict)
        and held.get("id") == act.get("object_id")
    )


@acts
def test_the_rows_due_come_out_as_expected(
    act: dict[str, Any], day: Monitor, alarms: list[Filed]
) -> None:
    found = about(alarms, act, day)
    if act["expect"] != "alarm":
        assert found == []
        return
    assert found, "no alarm"
    if act["rule"]:
        assert {filed.leaf["rule"] for filed in found} == {act["rule"]}
    gravest = max(RANK[str(filed.leaf["severity"])] for filed in found)
    assert gravest >= RANK[act["severity_at_least"]]
    if act.get("text_contains"):
        assert act["text_contains"] in json.dumps([dict(f.leaf) for f in found], ensure_ascii=False)


def test_nothing_outside_the_story_alarms(day: Monitor, alarms: list[Filed]) -> None:
    told = {filed.index for act in EXPECTED["acts"] for filed in about(alarms, act, day)}
    assert [dict(f.leaf) for f in alarms if f.index not in told] == []


def test_what_could_not_be_read_is_in_quarantine(day: Monitor) -> None:
    found = day.history(Question(kinds=("quarantine",)))
    assert len(found) == EXPECTED["quarantined"]


def test_the_ledger_verifies_and_the_view_can_be_rebuilt(day: Monitor) -> None:
    assert day.verify().valid
    live = day.dump()
    day.rebuild()
    assert day.dump() == live
