"""What infra/check.py makes of checkov's report."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.check import LEAST_RESOURCES, faults, skips
from tests.infra.bicep import FILES, INFRA, text

GOOD: dict[str, Any] = {
    "summary": {
        "passed": 3,
        "failed": 0,
        "skipped": 1,
        "parsing_errors": 0,
        "resource_count": LEAST_RESOURCES,
    },
    "results": {
        "failed_checks": [],
        "skipped_checks": [{"file_path": "/modules/a.bicep", "check_id": "CKV_1"}],
        "parsing_errors": [],
    },
}
WRITTEN = {"/modules/a.bicep": ["CKV_1"]}


def test_a_clean_report_has_no_faults() -> None:
    assert list(faults(GOOD, "", WRITTEN)) == []


def bad(change: str) -> tuple[dict[str, Any], str, dict[str, list[str]]]:
    report, log, written = copy.deepcopy(GOOD), "", dict(WRITTEN)
    if change == "could not be parsed":
        report["summary"]["parsing_errors"] = 1
    elif change == "resources were seen":
        report["summary"]["resource_count"] = 3
    elif change == "CKV_9":
        failed = {"file_path": "/x", "resource": "r", "check_id": "CKV_9", "check_name": "n"}
        report["results"]["failed_checks"] = [failed]
    elif change == "crashed":
        log = "Failed to run check CKV_7"
    else:
        written = {"/modules/a.bicep": ["CKV_1", "CKV_2"]}
    return report, log, written


@pytest.mark.parametrize(
    "word", ["could not be parsed", "resources were seen", "CKV_9", "crashed", "CKV_2 is skipped"]
)
def test_each_fault_is_told(word: str) -> None:
    (told,) = faults(*bad(word))

    assert word in told


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
