"""The exit code follows from what was found, and nothing is lost in the sum."""

import pytest
from pydantic import JsonValue

from monitor.cli.tally import CLEAN, FAILED, FOUND, USAGE, Tally
from monitor.errors import InvalidInput, StorageUnavailable
from monitor.pipeline.outcome import Filed, Outcome


def found(*severities: str) -> Outcome:
    leaves: list[dict[str, JsonValue]] = [{"t": "finding", "severity": s} for s in severities]
    return Outcome(entries=tuple(Filed(i, leaf) for i, leaf in enumerate(leaves)))


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([], CLEAN),
        ([Outcome(seen=3, irrelevant=2, repeated=1)], CLEAN),
        ([found("info")], CLEAN),
        ([found("low")], FOUND),
        ([found("info"), found("critical")], FOUND),
        ([Outcome(seen=1, quarantined=1)], FOUND),
    ],
)
def test_exit_code(outcomes: list[Outcome], code: int) -> None:
    tally = Tally()
    for outcome in outcomes:
        tally.add(outcome)
    assert tally.code == code


def test_a_file_not_read_to_its_end_outweighs_findings() -> None:
    tally = Tally()
    tally.add(found("high"))
    tally.faults.append(InvalidInput("cut off"))
    assert tally.code == USAGE
    tally.faults.append(StorageUnavailable("no permission"))
    assert tally.code == FAILED


def test_the_summary_adds_up_and_names_every_severity() -> None:
    tally = Tally()
    tally.add(Outcome(10, 4, 3, 2, 1, found("high", "info").entries))
    tally.add(Outcome(5, 1, 4, 0, 0, found("high").entries))
    assert tally.summary() == {
        "kind": "summary",
        "seen": 15,
        "relevant": 5,
        "irrelevant": 7,
        "quarantined": 2,
        "repeated": 1,
        "findings": {"info": 1, "low": 0, "medium": 0, "high": 2, "critical": 0},
    }


def test_the_gravest_finding_is_the_first_of_its_severity() -> None:
    tally = Tally()
    tally.add(found("low", "critical", "critical", "high"))
    assert tally.gravest is not None
    assert tally.gravest.index == 1
