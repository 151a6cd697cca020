"""The stream itself: silence is learnt, gaps are said once, and a replay expects nothing."""

from datetime import timedelta
from pathlib import Path

from monitor.clock import EventClock
from monitor.pipeline import Outcome
from monitor.pipeline.leaves import Leaf
from monitor.view.cells import Table
from tests import entra, live
from tests.corridor import batch, findings, ingest, leaves, opened


def flow(service: live.Service, start: float, stop: float, every: float = 5) -> None:
    """Noise arrives from minute `start` on, every so many minutes, for the last time at `stop`."""
    minute = start
    while minute <= stop:
        service.at(minute)
        service.receive(live.NOISE)
        minute += every


def silent(outcome: Outcome) -> Leaf | None:
    return findings(outcome).get("stream-silent")


def test_a_pulse_is_entered_with_the_batch_and_at_most_every_five_minutes(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        first = service.receive(live.NOISE)
        assert [leaf["tenant"] for leaf in leaves(first, "pulse")] == [entra.TENANT]
        service.at(4)
        assert leaves(service.receive(live.NOISE), "pulse") == []
        service.at(5)
        (beat,) = leaves(service.receive(live.NOISE), "pulse")
        assert (beat["pause"], beat["expect"]) == (300.0, 3600.0)
        assert service.monitor.verify().valid


def test_silence_is_a_finding_once_and_ends_with_the_next_record(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        flow(service, 0, 60)
        assert silent(service.sweep(60 + 59)) is None
        found = silent(service.sweep(60 + 60))
        assert found is not None
        assert found["severity"] == "medium", "a night has not been seen yet"
        assert service.sweep(60 + 61) == Outcome()
        service.at(240)
        service.receive(live.NOISE)
        assert silent(service.sweep(241)) is None
        assert silent(service.sweep(240 + 60 * 12 + 1)) is not None, "a second silence"


def test_what_is_usual_is_learnt(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        flow(service, 0, 25 * 60, every=50)
        last = 25 * 60
        assert silent(service.sweep(last + 199)) is None
        found = silent(service.sweep(last + 200))
        assert found is not None
        assert found["severity"] == "high"


def test_no_pause_is_longer_than_a_day_for_usual(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        flow(service, 0, 3 * 24 * 60, every=18 * 60)
        last = 3 * 24 * 60
        assert silent(service.sweep(last + 24 * 60 - 1)) is None
        assert silent(service.sweep(last + 24 * 60)) is not None


def test_a_pause_older_than_a_week_is_forgotten(tmp_path: Path) -> None:
    week = 7 * 24 * 60
    with live.serving(tmp_path) as service:
        flow(service, 0, 1200, every=600)
        flow(service, 1230, 1200 + week + 1440, every=30)
        (cell,) = [one for one in service.monitor._view.rows(Table.STREAM) if one.key == "pulse"]
        assert isinstance(cell.value, dict)
        assert cell.value["expect"] == 2 * 3600.0


def test_downtime_of_our_own_is_no_silence_and_teaches_nothing(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        flow(service, 0, 60)
        position = service.next
    with live.serving(tmp_path) as service:
        service.next = position
        service.at(600)
        policy = service.monitor._pipeline._policy
        object.__setattr__(policy, "watching_since", entra.at(600))
        assert silent(service.sweep(601)) is None, "the backlog is read first"
        service.receive(live.NOISE)
        (cell,) = service.monitor._view.rows(Table.STREAM)
        assert isinstance(cell.value, dict)
        assert cell.value["expect"] == 3600.0


def test_each_tenant_has_its_own_silence(tmp_path: Path) -> None:
    other = "bbbbbbbb-0000-4000-8000-000000000002"
    theirs = live.NOISE.replace(entra.TENANT.encode(), other.encode())
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE, theirs)
        flow(service, 5, 70)
        (leaf,) = leaves(service.sweep(71), "finding")
        assert (leaf["rule"], leaf["tenant"]) == ("stream-silent", other)
        service.at(72)
        returned = service.receive(theirs)
        assert [one["tenant"] for one in leaves(returned, "pulse")] == [other]


def test_files_and_replays_are_expected_to_go_on_for_nobody(tmp_path: Path) -> None:
    with live.serving(tmp_path / "live") as service:
        outcome = service.monitor.ingest(batch(live.NOISE))
        assert leaves(outcome, "pulse") == []
        assert service.sweep(60 * 48) == Outcome()
    with opened(tmp_path / "replay") as monitor:
        ingest(monitor, entra.add_user(entra.at(), kind="Guest"))
        assert isinstance(monitor.clock, EventClock)
        monitor.clock.advance(entra.at(60 * 48))
        assert monitor.sweep() == Outcome()


def test_a_late_record_is_said_once_a_day(tmp_path: Path) -> None:
    def change(minute: float, policy: str) -> bytes:
        shown = entra.policy(id=policy, state="disabled")
        return entra.body(entra.ca_change(None, shown, entra.at(minute)))

    with live.serving(tmp_path) as service:
        service.at(60 * 6)
        assert findings(service.receive(change(0, "in-time"))) == {}
        service.at(60 * 7)
        found = findings(service.receive(change(-1, "late")))
        assert found["records-late"]["severity"] == "info"
        assert findings(service.receive(change(-1, "late-too"))) == {}
        found = findings(service.receive(change(-60 * 24, "very-late")))
        assert found["records-late"]["severity"] == "low"


def test_a_backlog_of_ours_is_not_late(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.at(60 * 12)
        shown = entra.policy(state="disabled")
        body = entra.body(entra.ca_change(None, shown, entra.at()))
        assert findings(service.receive(body, late=timedelta(hours=11))) == {}


def test_a_gap_is_said_once_after_a_quarter_of_an_hour(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=3)
        (noticed,) = leaves(service.sweep(1), "gap")
        assert (noticed["first"], noticed["last"], noticed["state"]) == (101, 103, "open")
        assert service.sweep(15) == Outcome()
        found = findings(service.sweep(16))
        assert found["gap-open"]["severity"] == "medium"
        assert found["gap-open"]["details"] == {"first": 101, "last": 103, "missing": 3}
        assert service.sweep(17) == Outcome()


def test_a_gap_that_closes_in_time_is_recorded_and_no_finding(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=1)
        service.sweep(1)
        service.receive_at(101, live.NOISE)
        (closed,) = leaves(service.sweep(20), "gap")
        assert closed["state"] == "closed"
        assert service.sweep(40) == Outcome()


def test_what_is_left_of_a_gap_is_not_another_gap(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=5)
        service.sweep(1)
        assert set(findings(service.sweep(20))) == {"gap-open"}
        service.receive_at(103, live.NOISE)
        assert service.sweep(40) == Outcome()
        service.receive(live.NOISE, skip=1)
        (noticed,) = leaves(service.sweep(41), "gap")
        assert (noticed["first"], noticed["last"]) == (107, 107)


def test_many_unreadable_records_are_said_at_five_and_at_twenty_five(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(*(f"{{ broken {number}".encode() for number in range(4)))
        assert findings(service.sweep(1)) == {}
        service.receive(b"{ broken too")
        assert findings(service.sweep(2))["schema-drift"]["severity"] == "low"
        service.receive(*(f"{{ more {number}".encode() for number in range(19)))
        assert findings(service.sweep(3)) == {}
        service.receive(b"{ the twenty-fifth")
        assert findings(service.sweep(4))["schema-drift"]["severity"] == "medium"
        assert findings(service.sweep(60 * 24)) == {}
        service.at(60 * 24)
        service.receive(*(f"{{ next day {number}".encode() for number in range(4)))
        assert findings(service.sweep(60 * 24)) == {}, "each day counts for itself"


def test_a_rebuilt_view_equals_the_live_one(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        flow(service, 0, 60, every=7)
        service.receive(live.NOISE, skip=2)
        service.receive(*(f"{{ broken {number}".encode() for number in range(6)))
        service.sweep(61)
        service.sweep(200)
        service.at(210)
        service.receive_at(service.next - 9, live.NOISE)
        service.sweep(211)
        kept = service.monitor.dump()
        assert sum("'stream'" in row for row in kept) >= 3
        service.monitor.rebuild()
        assert service.monitor.dump() == kept
        assert service.monitor.verify().valid
