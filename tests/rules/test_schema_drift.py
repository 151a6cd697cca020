"""schema-drift: many records of one day that cannot be read or understood."""

from pathlib import Path

import pytest

from monitor.rules.case import DriftCase
from monitor.rules.registry import judge
from tests import entra
from tests.corridor import batch, ingest, leaves, opened


@pytest.mark.parametrize(
    ("unreadable", "not_understood", "severity"),
    [(5, 0, "low"), (0, 24, "low"), (20, 5, "medium"), (25, 0, "medium")],
)
def test_the_severity_follows_the_number(
    unreadable: int, not_understood: int, severity: str
) -> None:
    (finding,) = judge(DriftCase(entra.TENANT, "2026-09-15", unreadable, not_understood))
    assert finding.judgement.severity.value == severity


def unread(number: int) -> entra.Json:
    """A change of a policy in a shape nobody knows."""
    record = entra.ca_change(None, entra.policy(id=f"policy-{number}"), entra.at())
    record["properties"]["targetResources"][0]["modifiedProperties"] = []
    return record


def test_many_changes_not_understood_fire(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        ingest(monitor, *map(unread, range(5)))
        found = leaves(monitor.sweep(), "finding")
    assert [leaf["rule"] for leaf in found] == ["schema-drift"]


def test_two_broken_records_are_silent(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        monitor.ingest(batch(b"{ one", b"{ two"))
        assert monitor.sweep().entries == ()


def test_faults_of_our_own_are_counted_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("monitor.pipeline.corridor.fold", fail)
    with opened(tmp_path) as monitor:
        ingest(monitor, *map(unread, range(6)))
        assert leaves(monitor.sweep(), "finding") == []
