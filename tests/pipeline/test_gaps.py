"""Open, closed and lost positions, as the sweep and a repair see them."""

from datetime import timedelta
from pathlib import Path

from monitor.ledger.cursor import Cursor
from monitor.pipeline.gaps import Noted, open_ranges
from monitor.wiring.gaps import gaps_of
from tests import entra, live
from tests.corridor import findings, leaves

KEY = live.PARTITION.key


def noted(first: int, last: int, *, lost: bool = False) -> Noted:
    return Noted("k", first, last, 7, None, lost)


def test_what_is_lost_is_no_longer_open() -> None:
    cursors = {"k": Cursor(0, 50, ((10, 20), (30, 30))), "other": Cursor(0, 9, ((3, 4),))}
    known = [noted(12, 13, lost=True), noted(18, 99, lost=True), noted(10, 20)]
    assert [*open_ranges(cursors, known)] == [("k", 10, 11), ("k", 14, 17), ("other", 3, 4)]


def test_lost_positions_that_come_after_all_are_closed(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=2)
        service.sweep(1)
        service.monitor.lose_gap(KEY, 101, 102)
        assert leaves(service.sweep(2), "gap") == []
        service.receive_at(101, live.NOISE)
        service.receive_at(102, live.NOISE)
        (closed,) = leaves(service.sweep(3), "gap")
        assert (closed["state"], closed["first"], closed["last"]) == ("closed", 101, 102)
        assert service.monitor.gaps() == ()


def test_a_rest_that_is_lost_bit_by_bit_opens_no_new_gap(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=9)
        service.sweep(1)
        service.monitor.lose_gap(KEY, 101, 103)
        service.monitor.lose_gap(KEY, 101, 105)
        for position in range(106, 110):
            service.receive_at(position, live.NOISE)
        states = [leaf["state"] for leaf in leaves(service.sweep(2), "gap")]
        assert states == ["closed"]
        assert service.sweep(20).entries == ()
        found = [(gap.first, gap.last, gap.lost) for gap in service.monitor.gaps()]
        assert found == [(101, 103, True), (104, 105, True)]


def test_only_what_is_open_at_that_moment_is_lost(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=4)
        service.receive_at(102, live.NOISE)
        outcome = service.monitor.lose_gap(KEY, 90, 200)
        spans = [(leaf["first"], leaf["last"]) for leaf in leaves(outcome, "gap")]
        assert spans == [(101, 101), (103, 104)]
        assert service.monitor.lose_gap(KEY, 90, 200).entries == ()
        assert service.monitor.lose_gap("another", 1, 2).entries == ()


def test_the_times_around_a_gap_are_those_of_the_batches_around_it(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.at(10)
        service.receive(live.NOISE)
        service.at(20)
        service.receive(live.NOISE, skip=3)
        for minute in (30, 40, 50):
            service.at(minute)
            service.receive(live.NOISE)
        details = findings(service.monitor.lose_gap(KEY, 102, 104))["records-lost"]["details"]
        assert isinstance(details, dict)
        assert details["after"] == entra.at(10).isoformat(timespec="microseconds")[:-6] + "Z"
        assert details["before"] == entra.at(20).isoformat(timespec="microseconds")[:-6] + "Z"


def test_times_that_nobody_knows_are_not_invented(tmp_path: Path) -> None:
    """The gap lies below the first position that was registered."""
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive_at(90, live.NOISE)
        (finding,) = findings(service.monitor.lose_gap(KEY, 91, 99)).values()
        assert "nobody knows when" in str(finding["witness"])


def test_since_is_when_the_gap_was_noted(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=2)
        assert [gap.since for gap in service.monitor.gaps()] == [None]
        service.sweep(3)
        service.monitor.lose_gap(KEY, 102, 102)
        still, lost = service.monitor.gaps()
        assert still.since == entra.at(3)
        assert lost.since is not None
        assert lost.since - entra.at(3) <= timedelta(minutes=1)
    assert gaps_of({}, []) == ()
