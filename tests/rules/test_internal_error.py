"""internal-error: the record is quarantined, the finding is critical, and the batch goes on."""

from pathlib import Path

import pytest

from monitor.pipeline import corridor
from tests import entra
from tests.corridor import findings, ingest, leaves, opened

EDITED = entra.policy(entra.excluding())


def test_a_failing_judgement_is_a_critical_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("kim.admin@hospital.example")

    with opened(tmp_path) as monitor:
        monkeypatch.setattr(corridor, "compare", broken)
        outcome = ingest(
            monitor,
            entra.ca_change(entra.policy(), EDITED, entra.at()),
            entra.add_user(entra.at(1)),
        )
        assert (outcome.seen, outcome.relevant, outcome.quarantined) == (2, 1, 1)
        found = findings(outcome)
        assert set(found) == {"internal-error"}
        assert found["internal-error"]["severity"] == "critical"
        assert "kim.admin" not in str(found["internal-error"]["witness"])
        assert [leaf["code"] for leaf in leaves(outcome, "quarantine")] == ["internal-error"]
        assert len(leaves(outcome, "enrolment")) == 1


def test_a_record_that_cannot_be_read_is_no_fault_of_ours(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        record = entra.ca_change(entra.policy(), EDITED, entra.at())
        record["time"] = record["properties"]["activityDateTime"] = "not a time"
        outcome = ingest(monitor, record)
        assert outcome.quarantined == 1
        assert findings(outcome) == {}
