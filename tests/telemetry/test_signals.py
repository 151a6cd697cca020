from collections.abc import Iterator

import pytest
from opentelemetry.trace import StatusCode

from monitor.errors import StorageUnavailable
from monitor.telemetry import catalogue as names
from monitor.telemetry import signals
from monitor.telemetry.catalogue import METRICS, Kind, SpanName
from monitor.telemetry.signals import install, operation, record, span, timed
from tests.telemetry.recorded import Recorded, recording


@pytest.fixture
def kept() -> Iterator[Recorded]:
    with recording() as kept:
        yield kept


def test_every_metric_arrives_under_its_name_unit_and_kind(kept: Recorded) -> None:
    for metric in METRICS:
        record(metric, 7, {names.SEVERITY: "high"})
    data = kept._reader.get_metrics_data()
    assert data is not None
    (scope,) = data.resource_metrics[0].scope_metrics

    assert {one.name: one.unit for one in scope.metrics} == {m.name: m.unit for m in METRICS}
    kinds = {
        Kind.COUNTER: "Sum",
        Kind.GAUGE: "Gauge",
        Kind.HISTOGRAM: "Histogram",
    }
    assert {one.name: type(one.data).__name__ for one in scope.metrics} == {
        metric.name: kinds[metric.kind] for metric in METRICS
    }


def test_histograms_have_the_bounds_of_what_they_measure(kept: Recorded) -> None:
    record(names.LAG, 20)
    record(names.COMMIT_DURATION, 0.02)
    points = kept.points()

    assert points[names.LAG.name][0].explicit_bounds == names.LONG
    assert points[names.COMMIT_DURATION.name][0].explicit_bounds == names.SHORT


def test_a_gauge_that_nobody_sets_any_more_is_not_told_for_ever(
    kept: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(names.OPEN_GAPS, 3)
    record(names.POSITIONS_BEHIND, 1, {names.PARTITION: "0"})
    record(names.POSITIONS_BEHIND, 2, {names.PARTITION: "1"})

    points = kept.points()
    assert [point.value for point in points[names.OPEN_GAPS.name]] == [3]
    assert {point.value for point in points[names.POSITIONS_BEHIND.name]} == {1, 2}
    assert names.OPEN_GAPS.name in kept.points()
    monkeypatch.setattr(signals, "FRESH_SECONDS", -1.0)
    assert names.OPEN_GAPS.name not in kept.points()


def test_names_are_ours_or_the_conventions() -> None:
    conventions = ("messaging.", "error.", "mfa_monitor.")

    assert all(name.startswith(conventions) for name in names.ATTRIBUTES)
    assert all(metric.name.startswith("mfa_monitor.") for metric in METRICS)
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    constants = {value for value in vars(names).values() if isinstance(value, names.Metric)}
    assert constants == set(METRICS)


def test_a_span_within_a_span_is_its_child(kept: Recorded) -> None:
    with span(SpanName.INGEST) as outer, span(SpanName.COMMIT) as inner:
        outer.tell({names.MESSAGES: 3})
        inner.tell({names.SEQ: 7})
    inside, outside = kept.spans()

    assert inside.parent is not None
    assert inside.parent.span_id == outside.context.span_id
    assert outside.attributes == {names.MESSAGES: 3}
    assert inside.attributes == {names.SEQ: 7}
    assert outside.status.status_code is StatusCode.UNSET


def test_an_error_of_ours_is_recorded_with_its_masked_text(kept: Recorded) -> None:
    with pytest.raises(StorageUnavailable), span(SpanName.COMMIT):
        raise StorageUnavailable("https://account.example/ledger: away")
    (one,) = kept.spans()
    (event,) = one.events

    assert one.status.status_code is StatusCode.ERROR
    assert one.attributes == {"error.type": "StorageUnavailable"}
    assert event.attributes is not None
    assert event.attributes["exception.message"] == "https://*** away"
    assert "test_signals" in str(event.attributes["exception.stacktrace"])


def test_of_another_error_no_word_and_no_line_of_code_is_recorded(kept: Recorded) -> None:
    with pytest.raises(KeyError), span(SpanName.EVALUATE):
        raise KeyError("Kim Example")
    text = kept.everything()

    assert '"exception.type": "KeyError"' in text
    assert "Kim" not in text
    assert "raise KeyError" not in text


def test_texts_on_a_span_are_masked(kept: Recorded) -> None:
    with span(SpanName.INGEST) as told:
        told.tell({names.DESTINATION: "kim@hospital.example"})

    assert kept.spans()[0].attributes == {names.DESTINATION: "***@***"}


def test_an_operation_is_timed_where_it_succeeds_and_counted_where_it_fails(
    kept: Recorded,
) -> None:
    with operation(SpanName.SWEEP, names.SWEEP_DURATION):
        pass
    with pytest.raises(ZeroDivisionError), operation(SpanName.SWEEP, names.SWEEP_DURATION):
        raise ZeroDivisionError
    points = kept.points()

    assert points[names.SWEEP_DURATION.name][0].count == 1
    (fault,) = points[names.FAULTS.name]
    assert fault.value == 1
    assert fault.attributes == {names.STEP: "sweep", "error.type": "ZeroDivisionError"}


def test_what_fails_is_not_timed(kept: Recorded) -> None:
    with pytest.raises(ZeroDivisionError), timed(names.COMMIT_DURATION):
        raise ZeroDivisionError

    assert names.COMMIT_DURATION.name not in kept.points()


def test_off_everything_may_be_told_and_nobody_listens() -> None:
    install(None)
    for metric in METRICS:
        record(metric, 1)
    with operation(SpanName.INGEST) as told:
        told.tell({names.MESSAGES: 1})
        told.failed(ValueError())
