"""What a record of unknown shape shows."""

from typing import Any

import pytest

from monitor.events.read import read_message
from monitor.rules.shown import Shown, shown
from tests import entra


def read(*rows: tuple[str, Any, Any]) -> list[Shown]:
    record = entra.record("MFA Service Policy Update", entra.at(), properties=list(rows))
    (event,) = read_message(entra.body(record)).events
    return shown(event)


@pytest.mark.parametrize(
    ("old", "new"),
    [(True, False), ("True", "False"), ([True], [False]), (1, 0), ("enabled", "disabled")],
)
def test_off_reads_the_same_in_every_spelling(old: Any, new: Any) -> None:
    (one,) = read(("Setting", old, new))
    assert one.fell
    assert not one.rose


def test_nested_values_are_named_by_their_path() -> None:
    rows = ("Policy", {"a": {"b": 1}, "c": 2, "@odata.type": "x"}, [{"a": {"b": 3}, "c": 2}])
    (one,) = read(rows)
    assert (one.name, one.old, one.new, one.grew) == ("Policy.a.b", 1, 3, True)


def test_times_and_bookkeeping_are_left_out() -> None:
    assert (
        read(
            ("RememberDevicesNotIssuedBefore", "2020", "2021"),
            ("LastModifiedDateTime", "a", "b"),
            ("Included Updated Properties", None, "x"),
            ("TargetId.Names", None, "x"),
            ("Same", 1, 1),
        )
        == []
    )


def test_lists_grow_and_numbers_shrink() -> None:
    grown, shrunk, told = read(("a", ["x"], ["x", "y"]), ("b", 5, 3), ("c", None, "text"))
    assert grown.grew
    assert shrunk.shrank
    assert not shrunk.grew
    assert told.grew


def test_a_row_is_masked() -> None:
    (one,) = read(("AdminPassword", "a", "b"))
    assert one.row() == {"path": "AdminPassword", "before": "***", "after": "***"}
