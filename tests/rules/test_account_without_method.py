"""account-without-method: raised by the sweep at the deadline, once."""

from datetime import timedelta
from pathlib import Path

from monitor.clock import EventClock
from tests import acts, entra
from tests.corridor import findings, ingest, opened


def overdue_after(data: Path, *records: entra.Json, hours: float = 25) -> set[str]:
    with opened(data) as monitor:
        ingest(monitor, *records)
        assert isinstance(monitor.clock, EventClock)
        monitor.clock.advance(entra.at() + timedelta(hours=hours))
        found = set(findings(monitor.sweep()))
        assert findings(monitor.sweep()) == {}
        return found


def test_a_member_without_a_method_is_overdue(tmp_path: Path) -> None:
    assert overdue_after(tmp_path, entra.add_user(entra.at())) == {"account-without-method"}


def test_nothing_is_due_before_the_deadline(tmp_path: Path) -> None:
    assert overdue_after(tmp_path, entra.add_user(entra.at()), hours=23.9) == set()


def test_a_person_who_registers_is_silent(tmp_path: Path) -> None:
    records = (entra.add_user(entra.at()), entra.registered(entra.at(60)))
    assert overdue_after(tmp_path, *records) == set()


def test_a_guest_and_a_disabled_account_are_silent(tmp_path: Path) -> None:
    guest = entra.add_user(entra.at(), kind="Guest")
    disabled = entra.add_user(entra.at(), user=entra.USER[:-1] + "2", enabled=False)
    assert overdue_after(tmp_path, guest, disabled) == set()


def test_an_account_that_lost_its_last_method_is_overdue_again(tmp_path: Path) -> None:
    records = (entra.add_user(entra.at()), entra.registered(entra.at(60)))
    emptied = acts.methods(entra.at(120), [6], [])
    with opened(tmp_path) as monitor:
        ingest(monitor, *records, emptied)
        assert isinstance(monitor.clock, EventClock)
        monitor.clock.advance(entra.at() + timedelta(hours=25.9))
        assert findings(monitor.sweep()) == {}
        monitor.clock.advance(entra.at() + timedelta(hours=26.1))
        leaf = findings(monitor.sweep())["account-without-method"]
    assert "lost its last MFA method 2026-09-15 10:00 UTC" in str(leaf["witness"])
