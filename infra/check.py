"""Run checkov over infra/ and judge its report: `python infra/check.py PATH_OF_CHECKOV`.

checkov ends well when it could not parse a file, so its exit code says little. This fails when a
file was not parsed, a check failed or crashed, a skip gives no reason, or a skip is not used.
"""  # noqa: INP001 - a script of its own: infra/ is no package

# ruff: noqa: T201 - it talks to whoever runs it

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

INFRA = Path(__file__).parent
SKIP = re.compile(r"//\s*checkov:skip=(\w+)(?::\s*(.*))?")
LEAST_RESOURCES = 30
"""Far fewer means that files were passed over."""
TOLD = ("passed", "failed", "skipped")


def named(path: Path) -> str:
    """Return a file's path as it is told: `modules/hub.bicep`."""
    return path.relative_to(INFRA).as_posix()


def faults(report: Mapping[str, Any], log: str, name: str, written: list[str]) -> Iterator[str]:
    """Yield what is wrong with one file, in words.

    `report` is checkov's JSON for the file `name`, `log` its standard error, `written` the ids of
    the skips that stand in the file.
    """
    summary, results = report.get("summary", report), report.get("results", {})
    if summary["parsing_errors"] or results.get("parsing_errors"):
        yield f"{name}: could not be parsed"
    for one in results.get("failed_checks", []):
        yield f"{name}: {one['resource']}: {one['check_id']} {one['check_name']}"
    if "Failed to run check" in log:
        yield f"{name}: a check crashed:\n{log}"
    used = {one["check_id"] for one in results.get("skipped_checks", [])}
    for unused in sorted(set(written) - used):
        yield f"{name}: {unused} is skipped, but nothing would have failed"


def few(resources: int) -> Iterator[str]:
    """Yield a fault if so few resources were seen that files must have been passed over."""
    if resources < LEAST_RESOURCES:
        yield f"only {resources} resources were seen"


def skips() -> tuple[dict[str, list[str]], list[str]]:
    """Return the skips by file, and the faults of those that give no reason."""
    written: dict[str, list[str]] = {}
    wordless = []
    for path in sorted(INFRA.rglob("*.bicep")):
        name = named(path)
        for check, reason in SKIP.findall(path.read_text()):
            written.setdefault(name, []).append(check)
            if not reason.strip():
                wordless.append(f"{name}: {check} is skipped without a reason")
    return written, wordless


def reported(checkov: str, path: Path) -> tuple[dict[str, Any], str]:
    """Run checkov over one file: return its report and its standard error.

    One at a time: over a folder checkov gives a parameter the value some other file has for its
    name, and which file that is changes with the hash seed and the folder's place.

    Raises RuntimeError, with what was said, if there is no report.
    """
    command = [checkov, "-f", str(path), "--framework", "bicep", "--compact", "--skip-download"]
    done = subprocess.run(  # noqa: S603 - the caller names the program
        [*command, "--output", "json"], capture_output=True, text=True, check=False
    )
    if not done.stdout.lstrip().startswith("{"):
        message = f"checkov gave no report (exit {done.returncode}):\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)
    return json.loads(done.stdout), done.stderr


def main(checkov: str) -> int:
    """Run checkov, print what is wrong, return the exit code."""
    paths = sorted(INFRA.rglob("*.bicep"))
    try:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            reports = list(threads.map(partial(reported, checkov), paths))
    except RuntimeError as error:
        print(error)
        return 3
    written, wrong = skips()
    counts: Counter[str] = Counter()
    for path, (report, log) in zip(paths, reports, strict=True):
        name = named(path)
        wrong += faults(report, log, name, written.get(name, []))
        summary = report.get("summary", report)
        counts.update({word: summary[word] for word in (*TOLD, "resource_count")})
    wrong += few(counts["resource_count"])
    for one in wrong:
        print(one)
    print("checkov: " + ", ".join(f"{counts[word]} {word}" for word in TOLD))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["checkov"]))
