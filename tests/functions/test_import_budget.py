"""Cold start: indexing must not pay for what an invocation may need later, or never."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

LATER = {
    "apprise": "the first alert",
    "azure.eventhub": "the consumer mode, never in Functions",
    "azure.storage": "the first invocation",
    "azure.identity": "the first invocation",
    "azure.monitor": "the host's own telemetry",
    "pysat": "the first invocation",
    "rich": "the command line",
    "starlette": "web pages",
    "uvicorn": "the command line",
    "z3": "tests",
}


def loaded_by(statement: str) -> set[str]:
    """The modules a fresh interpreter holds after `statement`."""
    code = f"{statement}; import sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_indexing_imports_no_room_behind_the_doors() -> None:
    loaded = loaded_by("import function_app")

    assert "monitor.functions.ingest" in loaded
    assert "monitor.wiring" not in loaded
    assert loaded.isdisjoint(LATER), sorted(loaded & set(LATER))


def test_opening_the_monitor_imports_nothing_that_only_a_page_or_an_alert_needs() -> None:
    # structlog brings rich where it is installed; the solver costs 25 ms, once per worker.
    later = set(LATER) - {"rich", "pysat"}
    loaded = loaded_by("import function_app, monitor.wiring")

    assert loaded.isdisjoint(later), sorted(loaded & later)
