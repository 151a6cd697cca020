"""What infra/check.py makes of checkov's report."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.check import LEAST_RESOURCES, faults, few, skips
from tests.infra.bicep import FILES, INFRA, text

NAME = "modules/a.bicep"
GOOD: dict[str, Any] = {
    "summary": {"parsing_errors": 0},
    "results": {
        "failed_checks": [],
        "skipped_checks": [{"check_id": "CKV_1"}],
        "parsing_errors": [],
    },
}
EMPTY = {"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, "resource_count": 0}


def test_a_clean_report_has_no_faults() -> None:
    assert list(faults(GOOD, "", NAME, ["CKV_1"])) == []


def test_a_file_without_resources_has_a_shorter_report() -> None:
    assert list(faults(EMPTY, "", NAME, [])) == []
    assert len(list(faults(EMPTY, "", NAME, ["CKV_1"]))) == 1


def bad(change: str) -> tuple[dict[str, Any], str, str, list[str]]:
    report, log, written = copy.deepcopy(GOOD), "", ["CKV_1"]
    if change == "could not be parsed":
        report["summary"]["parsing_errors"] = 1
    elif change == "CKV_9":
        failed = {"resource": "r", "check_id": "CKV_9", "check_name": "n"}
        report["results"]["failed_checks"] = [failed]
    elif change == "crashed":
        log = "Failed to run check CKV_7"
    else:
        written.append("CKV_2")
    return report, log, NAME, written


@pytest.mark.parametrize("word", ["could not be parsed", "CKV_9", "crashed", "CKV_2 is skipped"])
def test_each_fault_is_told_with_its_file(word: str) -> None:
    (told,) = faults(*bad(word))

    assert word in told
    assert told.startswith(NAME)


def test_too_few_resources_are_a_fault() -> None:
    assert list(few(LEAST_RESOURCES)) == []
    assert list(few(3)) == ["only 3 resources were seen"]


def test_every_skip_in_the_files_gives_a_reason() -> None:
    written, wordless = skips()

    assert wordless == []
    assert sum(map(len, written.values())) == sum(
        text(path.relative_to(INFRA).as_posix()).count("checkov:skip=") for path in FILES
    )


def test_no_report_is_not_a_pass(tmp_path: Path) -> None:
    silent = tmp_path / "checkov"
    silent.write_text("#!/bin/sh\necho broken >&2\n")
    silent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, str(INFRA / "check.py"), str(silent)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 3
    assert "broken" in done.stdout
