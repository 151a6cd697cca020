"""Page, dashboards and alarm rules speak of what the code tells, all of it and no more."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.telemetry.catalogue import ATTRIBUTES, METRICS, Kind, Metric, SpanName
from tests.telemetry.sources import events

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8")
WORKBOOK = json.loads((ROOT / "infra" / "dashboard" / "workbook.json").read_text())
GRAFANA = json.loads((ROOT / "infra" / "dashboard" / "grafana.json").read_text())
ALERTS = ROOT / "infra" / "modules" / "alerts.bicep"
NAMES = {metric.name for metric in METRICS}


def rows(section: str) -> dict[str, list[str]]:
    """The rows of a section's table, by the name in their first cell."""
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    cells = [re.split(r"(?<!\\)\s*\|\s*", line.strip("| ")) for line in text.splitlines()
             if line.startswith("| `")]  # fmt: skip
    found = {one[0].strip("`"): one[1:] for one in cells}
    assert len(found) == len(cells), f"a row of {section} stands twice"
    return found


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for inner in node.values():
            yield from strings(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from strings(inner)


def queries() -> list[str]:
    return [item["content"]["query"] for item in WORKBOOK["items"] if item["type"] == 3]


def test_every_metric_has_its_row_with_its_kind_and_unit() -> None:
    found = rows("Metrics")

    assert set(found) == NAMES
    assert {name: cells[:2] for name, cells in found.items()} == {
        metric.name: [metric.kind.value, metric.unit] for metric in METRICS
    }
    assert all(len(cells[3]) > 10 and len(cells[4]) > 5 for cells in found.values())


def test_every_span_has_its_row() -> None:
    assert set(rows("Spans")) == {name.value for name in SpanName}


def test_every_attribute_has_its_row() -> None:
    assert set(rows("Attributes")) == ATTRIBUTES


def test_every_log_event_has_its_row_with_its_level_and_what_to_do() -> None:
    found = rows("Log events")
    levels = {name: "error" if level == "exception" else level for name, level, _ in events()}

    assert set(found) == set(levels)
    assert {name: cells[0] for name, cells in found.items()} == levels
    assert all(len(cells) == 3 and len(cells[1]) > 15 for cells in found.values())


@pytest.mark.parametrize(("name", "level", "path"), list(events()))
def test_an_event_is_named_for_its_room(name: str, level: str, path: Path) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z_]+", name), f"{path}: {name}"
    assert level


def test_the_workbook_asks_for_metrics_that_there_are_and_for_all_of_them() -> None:
    plain = [re.sub(r'Properties\["[^"]+"\]', "", query) for query in queries()]
    asked = {name for query in plain for name in re.findall(r'"(mfa_monitor\.[a-z_.]+)"', query)}

    assert asked == NAMES


def test_the_workbook_splits_by_attributes_that_there_are() -> None:
    split = {name for query in queries() for name in re.findall(r'Properties\["([^"]+)"\]', query)}

    assert split
    assert split <= ATTRIBUTES


def test_the_workbook_is_one_that_the_portal_reads() -> None:
    assert WORKBOOK["version"] == "Notebook/1.0"
    assert {item["type"] for item in WORKBOOK["items"]} == {1, 3, 9}
    names = [item["name"] for item in WORKBOOK["items"]]
    assert len(set(names)) == len(names)
    tables = {re.match(r"\w+", query)[0] for query in queries()}  # type: ignore[index]  # each begins with one
    assert tables == {"AppMetrics", "AppRequests", "AppTraces"}


def translated(metric: Metric) -> set[str]:
    """The names that OpenTelemetry's Prometheus translation gives a metric."""
    name = metric.name.replace(".", "_") + ("_seconds" if metric.unit == "s" else "")
    if metric.kind is Kind.COUNTER:
        return {f"{name}_total"}
    if metric.kind is Kind.HISTOGRAM:
        return {f"{name}_bucket", f"{name}_sum", f"{name}_count"}
    return {name}


def test_grafana_asks_for_metrics_and_labels_that_there_are_and_for_all_metrics() -> None:
    expressions = [target["expr"] for panel in GRAFANA["panels"] for target in panel["targets"]]
    words = {word for text in expressions for word in re.findall(r"\bmfa_monitor_\w+", text)}
    labels = {name.replace(".", "_") for name in ATTRIBUTES}
    there = set().union(*map(translated, METRICS))

    assert words <= there | labels
    assert all(translated(metric) & words for metric in METRICS)
    by = {label for text in expressions for group in re.findall(r"by \(([^)]+)\)", text)
          for label in group.split(", ")}  # fmt: skip
    assert by <= labels | {"le"}


def test_the_alarm_rules_ask_for_metrics_that_there_are() -> None:
    asked = set(re.findall(r'"(mfa_monitor\.[a-z_.]+)"', ALERTS.read_text(encoding="utf-8")))

    assert asked
    assert asked <= NAMES


def test_no_dashboard_knows_a_deployment() -> None:
    text = "\n".join([*strings(WORKBOOK), *strings(GRAFANA)])

    assert "/subscriptions/" not in text
    assert not re.search(r"https?://(?!github\.com/Microsoft/Application-Insights-Workbooks)", text)


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER", "OTEL_SDK_DISABLED", "OTEL_SERVICE_NAME",
    "APPLICATIONINSIGHTS_CONNECTION_STRING", "PYTHON_ENABLE_OPENTELEMETRY"])  # fmt: skip
def test_the_page_names_each_variable_that_is_read(variable: str) -> None:
    assert f"`{variable}`" in PAGE
