"""Gaps: read again, partly read again, or lost; never entered twice, never taken from a reader."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.events.batch import Message, SourceBatch
from monitor.sources.eventhub.repair import (
    Report,
    repair,
    repair_gaps,
    retained,
    spans,
    where_is,
)
from monitor.wiring import Monitor
from monitor.wiring.gaps import Gap
from tests.corridor import findings
from tests.eventhub.server import GROUP, StandIn
from tests.sources.eventhub.desk import (
    deployment,
    expected,
    hub_at,
    reading,
    record,
    users,
    wait_for,
)

ENQUEUED = 1_800_000_000_000
HUB = hub_at("")
KEY = HUB.partition("0").key


def enqueued(number: int) -> datetime:
    return datetime.fromtimestamp(ENQUEUED / 1000 + number, UTC)


def fill(server: StandIn, count: int, partition: str = "0") -> None:
    """Records in the hub, one a second."""
    for number in range(count):
        moment = ENQUEUED + 1000 * number
        server.send(record(number), partition=partition, enqueued=moment)


def enter(monitor: Monitor, *numbers: int) -> None:
    """Let these positions arrive, and no others."""
    messages = tuple(Message(record(one), one, enqueued(one)) for one in numbers)
    monitor.ingest(SourceBatch(HUB.partition("0"), messages))


def test_what_the_hub_keeps_is_read_again_and_what_it_does_not_is_lost(tmp_path: Path) -> None:
    with StandIn() as server, deployment(tmp_path) as monitor:
        fill(server, 60)
        enter(monitor, *range(5, 10))
        enter(monitor, *range(20, 30), 32)
        enter(monitor, *range(40, 60))
        monitor.sweep()
        server.forget_before(25)
        hub = hub_at(server.connection_string)
        assert [(gap.first, gap.last) for gap in monitor.gaps()] == [(10, 19), (30, 31), (33, 39)]
        assert [*retained(hub, monitor.gaps()).values()] == [0, 2, 7]
        told: list[int] = []
        report = repair(monitor, hub, progress=told.append)
        assert report == Report(found=19, repaired=9, lost=10, elsewhere=0, left=0)
        assert sum(told) == 19
        (lost,) = monitor.gaps()
        assert (lost.first, lost.last, lost.lost) == (10, 19, True)
        assert (monitor.health()["open_gaps"], monitor.health()["lost_positions"]) == (0, 10)
        assert repair(monitor, hub) == Report()
        found = [leaf for leaf in _findings(monitor) if leaf["rule"] == "records-lost"]
        assert [leaf["severity"] for leaf in found] == ["high"]
        (details,) = [leaf["details"] for leaf in found]
        assert isinstance(details, dict)
        assert details["after"] == "2027-01-15T08:00:09.000000Z"
        assert details["before"] == "2027-01-15T08:00:32.000000Z"
        assert monitor.verify().valid
        kept = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == kept
    assert users(tmp_path) == expected(*range(5, 10), *range(20, 60))


def _findings(monitor: Monitor) -> list[dict[str, object]]:
    from monitor.view.history import Question  # noqa: PLC0415 - only here

    return [dict(filed.leaf) for filed in monitor.history(Question(kinds=("finding",)))]


class Stubborn:
    """A monitor whose store fails after so many batches."""

    def __init__(self, monitor: Monitor, batches: int) -> None:
        self.gaps, self.lose_gap = monitor.gaps, monitor.lose_gap
        self._monitor = monitor
        self._left = batches

    def ingest(self, batch: SourceBatch) -> object:
        if not self._left:
            raise StorageUnavailable("no disk")
        self._left -= 1
        return self._monitor.ingest(batch)


def test_a_repair_that_breaks_off_is_carried_on_beside_the_reader(tmp_path: Path) -> None:
    with StandIn() as server, deployment(tmp_path) as monitor:
        fill(server, 200)
        enter(monitor, 0)
        enter(monitor, 199)
        with reading(monitor, server):
            wait_for(lambda: server.readers() == 1)
            same_group = repair(monitor, hub_at(server.connection_string, repair_group=GROUP))
            assert (same_group.left, len(same_group.faults)) == (198, 1)
            assert "stolen" in same_group.faults[0], "the reader of a group lets no repair in"
            hub = hub_at(server.connection_string)
            with pytest.raises(StorageUnavailable):
                repair(Stubborn(monitor, 2), hub)  # type: ignore[arg-type]  # as much of it as is used
            (left,) = monitor.gaps()
            assert 1 < left.first <= 65
            assert repair(monitor, hub).left == 0
            assert (server.stolen(), server.readers()) == (0, 1), "and it takes nothing from it"
    assert users(tmp_path) == expected(*range(200))


def test_without_open_gaps_nobody_is_asked(tmp_path: Path) -> None:
    with deployment(tmp_path) as monitor:
        assert repair_gaps(monitor, {}) == Report()
        enter(monitor, 0)
        enter(monitor, 2)
        with pytest.raises(InvalidInput, match="eventhub"):
            repair_gaps(monitor, {})


def test_gaps_of_a_hub_that_was_deleted_are_lost_and_of_another_one_left_alone(
    tmp_path: Path,
) -> None:
    with deployment(tmp_path) as monitor:
        enter(monitor, 0)
        enter(monitor, 4)
        later = hub_at("", epoch="1")
        assert repair(monitor, later) == Report(found=3, elsewhere=3, left=3)
        message = Message(record(9), 0, enqueued(9))
        monitor.ingest(SourceBatch(later.partition("1"), (message,)))
        assert repair(monitor, hub_at("", epoch="0")).lost == 0, "the positions are its own"
        assert repair(monitor, later) == Report(found=3, lost=3)
        enter(monitor, 9)
        other = repair(monitor, type(HUB)("other", "hub", GROUP, "g", "0"))
        assert other == Report(found=4, elsewhere=4, left=4)


def test_with_a_forgotten_epoch_nothing_is_lost(tmp_path: Path) -> None:
    """The positions are still kept: it is the setting that is old, and the hub is the new one."""
    with deployment(tmp_path) as monitor:
        enter(monitor, 0)
        newer = hub_at("", epoch="1")
        for number in (5, 9):
            message = Message(record(number), number, enqueued(number))
            monitor.ingest(SourceBatch(newer.partition("0"), (message,)))
        assert repair(monitor, HUB) == Report(found=3, elsewhere=3, left=3)


def gap(first: int, last: int) -> Gap:
    return Gap(KEY, first, last, None)


def test_near_gaps_are_read_in_one_go() -> None:
    a, b, c = gap(1, 2), gap(10, 20), gap(400, 400)
    assert [*spans([a, b, c], near=100)] == [((1, 20), [a, b]), ((400, 400), [c])]
    assert [*spans([], near=100)] == []


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (KEY, ("0", False)),
        (KEY.replace("/0/0", "/old/3"), ("3", True)),
        ("other.example/hub/group/0/0", None),
    ],
)
def test_a_cursor_key_is_read_backwards(key: str, found: tuple[str, bool] | None) -> None:
    where = where_is(HUB, key)
    assert (where and (where.partition, where.gone)) == found


def test_the_open_gap_alarm_settles_when_the_gap_is_lost(tmp_path: Path) -> None:
    from tests import live  # noqa: PLC0415 - only here

    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=4)
        service.sweep(1)
        key = live.PARTITION.key
        outcome = service.monitor.lose_gap(key, 101, 102)
        assert set(findings(outcome)) == {"records-lost"}
        found = findings(service.sweep(20))
        assert found["gap-open"]["details"] == {"first": 101, "last": 104, "missing": 2}
        service.monitor.lose_gap(key, 101, 104)
        (closed,) = [one.leaf for one in service.sweep(21).entries]
        assert (closed["t"], closed["state"]) == ("gap", "closed")
        assert service.sweep(40).entries == ()
