"""The view is a fold of the ledger.

Rebuilt it is the same, and it notices when the ledger is not its own.
"""

import shutil
from pathlib import Path

import pytest

from monitor.clock import EventClock
from monitor.errors import LedgerCorrupt
from monitor.view.history import Question
from monitor.wiring import Monitor
from tests import entra
from tests.corridor import ingest, opened

EDITED = entra.policy(entra.excluding())


def fill(monitor: Monitor) -> None:
    """A little of everything: changes, a twin pending, clocks, an overdue account, a quarantine."""
    ingest(monitor, entra.ca_change(None, entra.policy(), entra.at(1)))
    ingest(monitor, entra.ca_change(entra.saved(entra.policy(), entra.at(1)), EDITED, entra.at(2)))
    ingest(monitor, entra.twin("aaaaaaaa-0000-4000-8000-0000000000c9", entra.at(3)))
    ingest(
        monitor, entra.add_user(entra.at(4)), entra.registered(entra.at(5), entra.USER[:-1] + "9")
    )
    broken = entra.ca_change(None, entra.policy(), entra.at(6))
    broken["time"] = broken["properties"]["activityDateTime"] = "yesterday"
    ingest(monitor, broken)
    assert isinstance(monitor.clock, EventClock)
    monitor.clock.advance(entra.at(60 * 30))
    monitor.sweep()


def test_a_rebuilt_view_equals_the_live_one(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        fill(monitor)
        live = monitor.dump()
        assert any("'pending'" in row or "'clock'" in row for row in live)
        monitor.rebuild()
        assert monitor.dump() == live


def test_a_view_thrown_away_comes_back_by_itself(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        fill(monitor)
        live = monitor.dump()
    for path in (tmp_path / "view").glob("*.db*"):
        path.unlink()
    with opened(tmp_path) as monitor:
        monitor.health()
        assert monitor.dump() == live


@pytest.mark.parametrize("name", ["state.db", "history.db"])
def test_a_damaged_view_is_thrown_away_and_comes_back(tmp_path: Path, name: str) -> None:
    with opened(tmp_path) as monitor:
        fill(monitor)
        live = monitor.dump()
    (tmp_path / "view" / name).write_bytes(b"this is no database" * 100)
    with opened(tmp_path) as monitor:
        assert monitor.dump() == live


def test_a_second_process_sees_what_the_first_committed(tmp_path: Path) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        ingest(one, entra.ca_change(None, entra.policy(), entra.at(1)))
        old = entra.saved(entra.policy(), entra.at(1))
        outcome = ingest(other, entra.ca_change(old, EDITED, entra.at(2)))
        assert {leaf.leaf.get("rule") for leaf in outcome.entries} == {None, "ca-weakened"}
        assert one.health()["pending"] == 0


def test_a_ledger_that_was_cut_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        fill(monitor)
    batches = sorted((tmp_path / "ledger" / "b").rglob("*"))
    max(path for path in batches if path.is_file()).unlink()
    with pytest.raises(LedgerCorrupt), opened(tmp_path):
        pytest.fail("a cut ledger was opened")


def test_a_view_of_another_ledger_is_rebuilt(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    with opened(one) as monitor:
        fill(monitor)
    with opened(other) as monitor:
        ingest(monitor, entra.add_user(entra.at(), entra.USER[:-1] + "7"))
    for path in (one / "view").glob("*.db*"):
        path.unlink()
    for path in (other / "view").glob("*.db*"):
        shutil.copy(path, one / "view" / path.name)
    with opened(one) as monitor:
        monitor.health()
        dump = monitor.dump()
        assert not any(entra.USER[:-1] + "7" in row for row in dump)
        monitor.rebuild()
        assert monitor.dump() == dump


def test_history_answers_by_every_filter(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        fill(monitor)

        def kinds(question: Question) -> set[str]:
            return {str(filed.leaf["t"]) for filed in monitor.history(question)}

        assert kinds(Question(rule="ca-weakened")) == {"finding"}
        assert kinds(Question(kinds=("quarantine",))) == {"quarantine"}
        assert kinds(Question(actor="KIM.admin")) >= {"change", "finding"}
        assert kinds(Question(object=entra.POLICY)) == {"change", "finding"}
        assert kinds(Question(severity="high")) == {"finding"}
        assert kinds(Question(since=entra.at(60 * 24))) == {"enrolment", "finding"}
        assert len(monitor.history(Question(most=2))) == 2
        newest, older = monitor.history(Question(most=2))
        assert newest.index > older.index


def test_search_text_is_never_sql(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        fill(monitor)
        hostile = "'; drop table entry; --"
        assert monitor.history(Question(rule=hostile, actor=hostile, object=hostile)) == []
        assert monitor.history(Question(most=1))


@pytest.mark.parametrize(
    ("old", "new"), [(b'"t":"change"', b'"t":"chanXe"'), (b'{"t":"c', b'{"t:"c"')]
)
def test_a_tampered_leaf_is_refused_when_the_view_is_rebuilt(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    with opened(tmp_path) as monitor:
        fill(monitor)
    first = min(path for path in (tmp_path / "ledger" / "b").rglob("*") if path.is_file())
    content = first.read_bytes()
    assert old in content
    first.chmod(0o600)
    first.write_bytes(content.replace(old, new, 1))
    for path in (tmp_path / "view").glob("*.db*"):
        path.unlink()
    with pytest.raises(LedgerCorrupt), opened(tmp_path):
        pytest.fail("a tampered ledger was opened")
