"""`mfa-monitor run` exports as its variables say, and sends what is left when it ends."""

import os
import subprocess
import sys
from pathlib import Path

from monitor.telemetry.catalogue import METRICS, SpanName
from tests import entra
from tests.telemetry.receiver import receiving

ROOT = Path(__file__).parents[2]


def run(place: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    (place / "inbox").mkdir()
    record = entra.ca_change(entra.policy(), entra.policy(entra.excluding()), entra.at())
    (place / "inbox" / "one.json").write_bytes(entra.body(record))
    return subprocess.run(
        [sys.executable, "-m", "monitor.cli.main", "run", "--once"],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_short_run_is_told_of_whole(tmp_path: Path) -> None:
    with receiving() as receiver:
        done = run(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    assert done.returncode in (0, 1), done.stderr
    traces = b"".join(receiver.bodies["/v1/traces"])
    metrics = b"".join(receiver.bodies["/v1/metrics"])

    steps = (SpanName.INGEST, SpanName.EVALUATE, SpanName.COMMIT, SpanName.SWEEP, SpanName.PUBLISH)
    assert [step for step in steps if step.value.encode() not in traces] == []
    assert sum(metric.name.encode() in metrics for metric in METRICS) > 8
    assert b"one.json" not in traces


def test_wrong_settings_are_refused_before_anything_is_done(tmp_path: Path) -> None:
    done = run(tmp_path, OTEL_TRACES_EXPORTER="zipkin")

    assert done.returncode == 2
    assert "OTEL_TRACES_EXPORTER: 'zipkin' is not built in" in done.stderr
    assert not (tmp_path / "mfa-monitor-data").exists()
