"""The whole corridor under the service's worker library: real ledger, real judgement."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.functions.app import shared
from tests import entra
from tests.eventhub.server import StandIn
from tests.functions.day import DAY, EXCLUSION, NEWCOMER, batch
from tests.functions.ledger import entries, filed
from tests.functions.wire import Wire, partition_context

if os.environ.get("MFA_MONITOR_NEEDS_RUNTIME") != "1":
    pytest.importorskip(
        "azure_functions_runtime", reason="azure-functions-runtime needs Python 3.13"
    )
if TYPE_CHECKING:
    from tests.functions.host import Host


@pytest.fixture(scope="module")
def host() -> "Iterator[Host]":
    from tests.functions.host import running  # noqa: PLC0415 - importable on 3.13 only

    with running() as started:
        yield started


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    directory = tmp_path / "data"
    monkeypatch.setenv("MFA_MONITOR_DATA", str(directory))
    monkeypatch.delenv("MFA_MONITOR_CONFIG", raising=False)
    shared.close()
    yield directory
    shared.close()


def key(record: entra.Json) -> str:
    return f"{entra.TENANT}/{record['properties']['id']}"


def received(host: "Host", *batches: Wire) -> None:
    for one in batches:
        answer = host.receive(one)[-1]
        assert answer.ok, answer.error
    shared.close()


def test_good_and_bad_records_of_a_batch_are_recorded_and_judged(host: "Host", data: Path) -> None:
    received(host, batch(0, 6))

    found = entries(data)
    kinds = [entry.kind for entry in found.elements()]
    assert kinds.count("quarantine") == 2
    assert kinds.count("change") == 1
    (weakened,) = [entry for entry in found if entry.rule == "ca-weakened"]
    assert weakened.tenant == entra.TENANT
    assert weakened.key == key(EXCLUSION)


@pytest.mark.parametrize(
    "deliveries",
    [
        # Redelivered whole, overlapping both ways, one by one and again, and out of order.
        [(0, 6), (0, 6)],
        [(0, 4), (2, 6), (1, 3)],
        [*[(n, n + 1) for n in range(6)], (0, 6)],
        [(3, 6), (0, 3), (0, 6)],
    ],
)
def test_however_it_is_delivered_each_record_stands_in_the_ledger_once(
    host: "Host", data: Path, deliveries: list[tuple[int, int]]
) -> None:
    received(host, *(batch(first, last) for first, last in deliveries))

    found = entries(data)
    records = [entry for entry in found.elements() if entry.kind != "finding"]
    assert len(records) == len(set(records))
    assert {entry.key for entry in records if entry.kind != "quarantine"} == {
        key(EXCLUSION),
        key(NEWCOMER),
    }
    assert sum(entry.kind == "quarantine" for entry in records) == 2


def test_a_redelivered_batch_commits_nothing(host: "Host", data: Path) -> None:
    received(host, batch(0, 6))
    before = filed(data)
    received(host, batch(0, 6), batch(2, 4))

    assert filed(data) == before


def test_a_ledger_out_of_reach_keeps_the_batch_until_it_is_back(host: "Host", data: Path) -> None:
    data.write_text("a file where the mounted share should be")
    answers = host.receive(batch(0, 2), patience=3)
    assert [answer.ok for answer in answers] == [False, False, False]
    assert host.get_health()[0] == 503

    data.unlink()
    received(host, batch(0, 2))

    assert sorted(entry.kind for entry in entries(data) if entry.kind != "finding") == [
        "change",
        "quarantine",
    ]


def test_the_sweep_runs_and_health_is_ok(host: "Host", data: Path) -> None:
    assert host.receive(batch(0, 6))[-1].ok
    answer = host.tick()
    status, report = host.get_health()

    assert answer.ok, answer.error
    assert status == 200, report
    assert report["status"] == "ok"


def test_positions_that_were_skipped_are_read_again_by_the_repair(
    host: "Host", data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "insights-logs-auditlogs"
    with StandIn(hub=name, groups=("mfa-monitor", "mfa-monitor-repair")) as hub:
        monkeypatch.setenv("EventHubConnection", hub.connection_string)
        monkeypatch.setenv("EVENTHUB_NAME", name)
        monkeypatch.setenv("EVENTHUB_CONSUMER_GROUP", "mfa-monitor")
        monkeypatch.setenv("EVENTHUB_REPAIR_GROUP", "mfa-monitor-repair")
        for number, body in enumerate(DAY):
            entered = Wire(DAY).enqueued(number)
            hub.send(body, enqueued=int(entered.timestamp() * 1000))
        # The stand-in is 127.0.0.1 to its client: that is how the ledger knows its partition.
        here = partition_context(FullyQualifiedNamespace="127.0.0.1")
        for first, last in [(0, 1), (4, 6)]:
            received_one = Wire(DAY[first:last], first=first, context=here)
            answer = host.receive(received_one)[-1]
            assert answer.ok, answer.error
        assert host.get_health()[1]["open_gaps"] == 3
        answer = host.tick("gap_repair")
        assert answer.ok, answer.error
        health = host.get_health()[1]
    shared.close()

    assert (health["open_gaps"], health["lost_positions"]) == (0, 0)
    kinds = [entry.kind for entry in entries(data).elements()]
    assert kinds.count("quarantine") == 2
    assert kinds.count("enrolment") == 1
