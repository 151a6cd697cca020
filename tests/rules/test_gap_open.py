"""gap-open: skipped positions, after a quarter of an hour."""

from pathlib import Path

import pytest

from monitor.rules.case import GapCase
from monitor.rules.registry import judge
from tests import live
from tests.corridor import findings


@pytest.mark.parametrize(
    ("missing", "words"), [(1, "1 position between"), (9, "9 positions between")]
)
def test_the_witness_counts(missing: int, words: str) -> None:
    (finding,) = judge(GapCase("ns/hub/0", 41, 49, missing))
    assert words in finding.judgement.witness
    assert finding.judgement.severity.value == "medium"


def test_skipped_positions_fire(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=1)
        service.sweep(1)
        assert set(findings(service.sweep(20))) == {"gap-open"}


def test_consecutive_positions_are_silent(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE, live.NOISE)
        service.receive(live.NOISE)
        assert service.sweep(20).entries == ()


def test_positions_that_come_out_of_order_are_silent(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        service.receive(live.NOISE, skip=1)
        service.receive_at(101, live.NOISE)
        assert service.sweep(20).entries == ()
