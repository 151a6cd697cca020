from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from monitor.anchors.standing import Standing, Standings, read_standings, write_standings
from monitor.errors import StorageUnavailable
from monitor.storage.memory import MemoryStore
from tests.ledger.faulty import Fault, FaultyStore, Plan

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_who_was_never_asked_is_due() -> None:
    assert Standing().due(1, NOW, HOUR)
    assert not Standing().due(0, NOW, HOUR)


def test_nobody_is_asked_twice_about_a_tree_nor_too_soon() -> None:
    done = Standing().succeeded("tsr/000000000007/a", "00" * 32, 7, NOW)
    assert not done.due(7, NOW + 2 * HOUR, HOUR)
    assert not done.due(8, NOW + HOUR - timedelta(seconds=1), HOUR)
    assert done.due(8, NOW + HOUR, HOUR)


def test_after_failures_the_pause_grows_to_an_hour() -> None:
    standing, pauses = Standing(), []
    for _ in range(9):
        standing = standing.failed("no answer", NOW)
        minutes = next(m for m in range(200) if standing.due(5, NOW + timedelta(minutes=m), HOUR))
        pauses.append(minutes)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert standing.succeeded("cosig/000000000005/w", "00" * 32, 5, NOW).failures == 0


def test_a_failure_keeps_what_was_made_before() -> None:
    done = Standing().succeeded("tsr/000000000007/a", "00" * 32, 7, NOW)
    failed = done.failed("gone", NOW + HOUR)
    assert (failed.object, failed.size, failed.error) == (done.object, 7, "gone")


def test_the_newest_is_what_no_header_carries() -> None:
    first = Standing().succeeded("tsr/000000000007/a", "11" * 32, 7, NOW)
    later = Standing().succeeded("cosig/000000000009/w", "22" * 32, 9, NOW + HOUR)
    held = Standings({"tsr/a": first, "cosig/w": later, "cosig/x": Standing().failed("no", NOW)})
    assert held.newest() == ("cosig/w", later)
    assert Standings(held.anchors, embedded="22" * 32).newest() is None
    assert Standings().newest() is None


def test_they_are_shared_through_the_view() -> None:
    view = MemoryStore()
    held = Standings({"tsr/a": Standing().failed("no", NOW)}, embedded="11" * 32)
    write_standings(view, held)
    assert read_standings(view) == held
    assert read_standings(MemoryStore()) == Standings()


def test_a_moment_in_the_future_is_no_moment() -> None:
    """A clock that was wrong once, or somebody who writes to the view, puts nothing off."""
    ahead = Standing().succeeded("tsr/000000000007/a", "00" * 32, 7, NOW + 1000 * HOUR)
    assert ahead.due(8, NOW, HOUR)
    assert ahead.failed("no", NOW + 1000 * HOUR).due(8, NOW, HOUR)


def test_what_the_ledger_does_not_bear_out_counts_for_nothing() -> None:
    ledger = MemoryStore()
    ledger.create("tsr/000000000007/a", b"reply")
    made = Standing().succeeded("tsr/000000000007/a", sha256(b"reply").hexdigest(), 7, NOW)
    forged = (
        Standing("tsr/000000000009/a", made.sha256, 9, made.at),
        Standing("tsr/000000000007/a", "00" * 32, 7, made.at),
        Standing("tsr/000000000007/a", made.sha256, 999_999, made.at),
        Standing("cosig/000000000007/a", made.sha256, 7, made.at),
        Standing("../keys/ledger.key", made.sha256, 7, made.at),
        Standing("b/000", made.sha256, 7, made.at),
    )
    held = Standings({"tsr/a": made})
    assert held.believed(ledger, ["tsr/a", "cosig/w"]) is held
    for one in forged:
        assert not one.stands(ledger, "tsr/a")
        assert Standings({"tsr/a": one}).believed(ledger, ["tsr/a"]).of("tsr/a") == Standing()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"anchors":{"a":{"size":"x"}}}',
        b'{"anchors":{"a":{"at":99999999999999999999}}}',
        b'{"anchors":{"a":{"at":-1}}}',
        b'{"anchors":{"a":{"failures":-1}}}',
        b"\xff",
    ],
)
def test_a_damaged_object_is_no_hint(content: bytes) -> None:
    view = MemoryStore()
    view.put("anchors", content)
    assert read_standings(view) == Standings()


def test_what_cannot_be_noted_fails_nothing() -> None:
    broken = FaultyStore(MemoryStore(), Plan({0: Fault.REFUSED, 1: Fault.REFUSED}))
    write_standings(broken, Standings())
    with pytest.raises(StorageUnavailable):
        read_standings(broken)
