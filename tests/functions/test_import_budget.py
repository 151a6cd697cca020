"""Cold start: indexing must not pay for what an invocation may need later, or never."""

import json
import subprocess
import sys
from pathlib import Path

MOST_OF_OURS = 24
ROOT = Path(__file__).parents[2]

LATER = {
    "apprise": "the first alert",
    "azure.eventhub": "the repair timer",
    "azure.storage": "the first invocation, where the ledger stands in Blob storage",
    "azure.identity": "the first invocation, where the ledger stands in Blob storage",
    "azure.monitor": "the first invocation, where telemetry goes to Azure Monitor",
    "fpdf": "an evidence pack",
    "google.protobuf": "the first invocation, where telemetry goes to a collector",
    "httpx": "a timestamp or a cosignature",
    "jinja2": "an evidence pack",
    "opentelemetry.sdk": "the first invocation, where something is exported",
    "opentelemetry.exporter": "the first invocation, where something is exported",
    "pyarrow": "an evidence pack",
    "pysat": "the first invocation",
    "requests": "the first alert, or the first export",
    "rfc3161_client": "a timestamp",
    "rich": "the command line",
    "starlette": "web pages",
    "uvicorn": "the command line",
    "xlsxwriter": "an evidence pack",
    "z3": "tests",
}
AT_THE_FIRST_INVOCATION = ("monitor.wiring", "msgspec", "opentelemetry", "structlog", "sqlite3")


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
    assert loaded.isdisjoint(LATER), sorted(loaded & set(LATER))
    assert loaded.isdisjoint(AT_THE_FIRST_INVOCATION), loaded & set(AT_THE_FIRST_INVOCATION)


def test_indexing_imports_few_modules_of_our_own() -> None:
    ours = {name for name in loaded_by("import function_app") if name.startswith("monitor.")}

    # The doors, what they share, and the words they speak: a room behind them is a slip.
    rooms = {name.split(".")[1] for name in ours}
    assert rooms <= {"functions", "errors", "clock", "events", "ledger", "pipeline", "sources"}
    assert len(ours) <= MOST_OF_OURS, sorted(ours)


def test_opening_the_monitor_imports_nothing_that_only_a_page_or_an_alert_needs() -> None:
    # structlog brings rich where it is installed; the solver costs 25 ms, once per worker.
    later = set(LATER) - {"rich", "pysat"}
    loaded = loaded_by("import function_app, monitor.wiring")

    assert loaded.isdisjoint(later), sorted(loaded & later)
