"""Run checkov over infra/ and judge its report: `python infra/check.py PATH_OF_CHECKOV`.

checkov ends well when it could not parse a file, so its exit code says little. This fails when a
file was not parsed, a check failed or crashed, a skip gives no reason, or a skip is not used.
"""  # noqa: INP001 - a script of its own: infra/ is no package

# ruff: noqa: T201 - it talks to whoever runs it

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

INFRA = Path(__file__).parent
SKIP = re.compile(r"//\s*checkov:skip=(\w+)(?::\s*(.*))?")
LEAST_RESOURCES = 30
"""Far fewer means that files were passed over."""


def faults(report: Mapping[str, Any], log: str, written: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield what is wrong, in words.

    `report` is checkov's JSON, `log` its standard error, `written` the ids of the skips that stand
    in each file, by the path checkov gives it (`/modules/hub.bicep`).
    """
    summary, results = report["summary"], report["results"]
    if summary["parsing_errors"] or results.get("parsing_errors"):
        yield f"{summary['parsing_errors']} files could not be parsed"
    if summary["resource_count"] < LEAST_RESOURCES:
        yield f"only {summary['resource_count']} resources were seen"
    for one in results["failed_checks"]:
        yield f"{one['file_path']}: {one['resource']}: {one['check_id']} {one['check_name']}"
    if "Failed to run check" in log:
        yield "a check crashed:\n" + log
    used: dict[str, list[str]] = {}
    for one in results["skipped_checks"]:
        used.setdefault(one["file_path"], []).append(one["check_id"])
    for path, ids in written.items():
        for unused in sorted(set(ids) - set(used.get(path, []))):
            yield f"{path}: {unused} is skipped, but nothing would have failed"


def skips() -> tuple[dict[str, list[str]], list[str]]:
    """Return the skips by file, and the faults of those that give no reason."""
    written: dict[str, list[str]] = {}
    wordless = []
    for path in sorted(INFRA.rglob("*.bicep")):
        name = f"/{path.relative_to(INFRA).as_posix()}"
        for check, reason in SKIP.findall(path.read_text()):
            written.setdefault(name, []).append(check)
            if not reason.strip():
                wordless.append(f"{name}: {check} is skipped without a reason")
    return written, wordless


def main(checkov: str) -> int:
    """Run checkov, print what is wrong, return the exit code."""
    command = [checkov, "-d", str(INFRA), "--framework", "bicep", "--compact", "--skip-download"]
    done = subprocess.run(  # noqa: S603 - the caller names the program
        [*command, "--output", "json"], capture_output=True, text=True, check=False
    )
    if not done.stdout.lstrip().startswith("{"):
        print(f"checkov gave no report (exit {done.returncode}):\n{done.stdout}{done.stderr}")
        return 3
    report = json.loads(done.stdout)
    written, wrong = skips()
    wrong += faults(report, done.stderr, written)
    for one in wrong:
        print(one)
    counts = report["summary"]
    told = ", ".join(f"{counts[word]} {word}" for word in ("passed", "failed", "skipped"))
    print(f"checkov: {told}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["checkov"]))
