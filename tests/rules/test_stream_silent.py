"""stream-silent: the words and severities; when it is shown a case is in tests/pipeline."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.rules.case import SilenceCase
from monitor.rules.registry import judge
from tests import entra, live
from tests.corridor import findings, judged

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("watched", "severity", "certainty"),
    [(timedelta(days=1), "high", "certain"), (timedelta(hours=23), "medium", "possible")],
)
def test_silence_is_graver_when_a_day_is_known(
    watched: timedelta, severity: str, certainty: str
) -> None:
    case = SilenceCase(entra.TENANT, entra.at(), HOUR, watched, entra.at(125))
    (finding,) = judge(case)
    judgement = finding.judgement
    assert (judgement.severity.value, judgement.certainty) == (severity, certainty)
    assert "2026-09-15 08:00 UTC" in judgement.witness
    assert "2 h 05 min" in judgement.witness


def test_an_hour_without_a_record_fires(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        assert set(findings(service.sweep(60))) == {"stream-silent"}


def test_forty_minutes_are_silent(tmp_path: Path) -> None:
    with live.serving(tmp_path) as service:
        service.receive(live.NOISE)
        assert findings(service.sweep(40)) == {}


def test_a_replay_that_ends_is_silent(tmp_path: Path) -> None:
    assert judged(tmp_path, entra.record("Update device", entra.at())) == {}
