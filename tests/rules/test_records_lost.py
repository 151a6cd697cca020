"""records-lost: retention has passed over positions that were never read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.rules.case import LostCase
from monitor.rules.registry import judge
from tests import live
from tests.corridor import findings

BEFORE = datetime(2026, 9, 15, 9, 30, tzinfo=UTC)
AFTER = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "after", "before", "words"),
    [
        (41, None, None, "1 position (41 to 41), enqueued nobody knows when,"),
        (51, AFTER, None, "11 positions (41 to 51), enqueued after 2026-09-15 08:00:00 UTC,"),
        (51, None, BEFORE, "enqueued before 2026-09-15 09:30:00 UTC,"),
        (51, AFTER, BEFORE, "enqueued between 2026-09-15 08:00:00 and 2026-09-15 09:30:00 UTC,"),
    ],
)
def test_the_witness_says_how_many_and_from_when(
    last: int, after: datetime | None, before: datetime | None, words: str
) -> None:
    (finding,) = judge(LostCase("ns/hub/0", 41, last, after, before))
    assert words in finding.judgement.witness
    assert finding.judgement.severity.value == "high"


def test_positions_the_hub_no_longer_keeps_fire_once(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=2)
        service.sweep(1)
        outcome = service.monitor.lose_gap(live.PARTITION.key, 101, 102)
        assert set(findings(outcome)) == {"records-lost"}
        assert service.monitor.lose_gap(live.PARTITION.key, 101, 102).entries == ()


def test_positions_that_came_meanwhile_are_silent(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=1)
        service.receive_at(101, live.NOISE)
        assert service.monitor.lose_gap(live.PARTITION.key, 101, 101).entries == ()


def test_a_hub_that_was_old_before_we_came_is_silent(tmp_path: Path) -> None:
    """Its first position here is 100; what was before was never expected."""
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.sweep(1)
        assert service.monitor.gaps() == ()
        assert service.monitor.lose_gap(live.PARTITION.key, 0, 99).entries == ()
