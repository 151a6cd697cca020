"""One evaluation, one commit: counts, repeats, Event Hub positions, races, faults."""

import json
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import InvalidInput, LedgerCorrupt, StorageUnavailable
from monitor.events.batch import EventHubPartition, Message, SourceBatch
from monitor.ledger.store import Store
from monitor.pipeline import Outcome
from monitor.pipeline.corridor import Evaluation
from monitor.storage.directory import DirectoryStore
from monitor.storage.memory import MemoryStore
from monitor.wiring import Monitor
from tests import entra
from tests.corridor import TEST, batch, findings, ingest, leaves, opened
from tests.ledger.faulty import FaultyStore, Plan
from tests.standing import standing_on

PARTITION = EventHubPartition("ns.example", "audit", "monitor", "0")
NOISE = entra.record("Update device", entra.at(), target={"type": "Device"})
EDITED = entra.policy(entra.excluding())


def delivered(first: int, *bodies: bytes) -> SourceBatch:
    """An Event Hub batch of consecutive positions."""
    messages = (
        Message(body, sequence=number, enqueued=entra.at() + timedelta(seconds=number))
        for number, body in enumerate(bodies, first)
    )
    return SourceBatch(PARTITION, tuple(messages))


def adds_up(outcome: Outcome) -> bool:
    fates = outcome.relevant + outcome.irrelevant + outcome.quarantined + outcome.repeated
    return outcome.seen == fates


def users(count: int, first: int = 0) -> list[bytes]:
    ids = [f"aaaaaaaa-0000-4000-8000-{number:012d}" for number in range(first, first + count)]
    return [entra.body(entra.add_user(entra.at(), user)) for user in ids]


def test_every_record_has_one_fate(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        change = entra.ca_change(entra.policy(), EDITED, entra.at())
        body = entra.body(NOISE, change, change, entra.add_user(entra.at()))
        outcome = monitor.ingest(batch(body, b"{ not json"))
    assert (outcome.seen, outcome.relevant, outcome.irrelevant) == (5, 2, 1)
    assert (outcome.quarantined, outcome.repeated) == (1, 1)
    assert adds_up(outcome)


def test_reading_a_file_twice_enters_nothing_twice(tmp_path: Path) -> None:
    body = entra.body(entra.ca_change(entra.policy(), EDITED, entra.at()))
    with opened(tmp_path) as monitor:
        monitor.ingest(batch(body, b"{ not json"))
        again = monitor.ingest(batch(body, b"{ not json"))
        assert again.repeated == again.seen == 2
        assert leaves(again, "change") == leaves(again, "quarantine") == []
        assert monitor.verify().valid


def test_the_same_id_with_other_bytes_is_processed_and_flagged(tmp_path: Path) -> None:
    record = entra.ca_change(entra.policy(), EDITED, entra.at())
    other = json.loads(json.dumps(record))
    other["properties"]["userAgent"] = "another"
    with opened(tmp_path) as monitor:
        ingest(monitor, record)
        outcome = ingest(monitor, other)
        assert outcome.relevant == 1
        (leaf,) = leaves(outcome, "change")
        assert leaf["src"]["altered"] is True  # type: ignore[index,call-overload]  # JSON
        assert findings(outcome) == {}


def test_a_redelivery_commits_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        first = monitor.ingest(delivered(10, *users(3)))
        assert first.relevant == 3
        before = monitor.health()["batches"]
        assert monitor.ingest(delivered(10, *users(3))) == Outcome()
        assert monitor.health()["batches"] == before


def test_an_overlapping_delivery_takes_only_what_is_new(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        monitor.ingest(delivered(10, *users(3)))
        overlap = monitor.ingest(delivered(11, *users(4, first=1)))
        assert overlap.seen == overlap.relevant == 2


def test_a_skipped_position_is_an_open_gap_that_a_later_delivery_closes(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        monitor.ingest(delivered(10, *users(1)))
        monitor.ingest(delivered(12, *users(1, first=2)))
        assert monitor.health()["open_gaps"] == 1
        late = monitor.ingest(delivered(11, *users(1, first=1)))
        assert late.relevant == 1
        assert monitor.health()["open_gaps"] == 0


def test_numbers_that_restart_stop_the_partition(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        monitor.ingest(delivered(1000, *users(1)))
        later = Message(users(1, first=5)[0], 3, entra.at() + timedelta(days=1))
        with pytest.raises(LedgerCorrupt):
            monitor.ingest(SourceBatch(PARTITION, (later,)))


def test_a_message_without_a_number_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor, pytest.raises(InvalidInput, match="sequence number"):
        monitor.ingest(SourceBatch(PARTITION, (Message(users(1)[0]),)))


def test_noise_from_a_hub_leaves_a_header(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        before = monitor.health()["batches"]
        outcome = monitor.ingest(delivered(1, entra.body(NOISE)))
        assert (outcome.seen, outcome.irrelevant) == (1, 1)
        batches = monitor.health()["batches"]
        assert isinstance(before, int)
        assert batches == before + 1


def test_a_commit_is_two_requests_while_nobody_comes_in_between(tmp_path: Path) -> None:
    """One whether the log still has what it stands on, one that creates the next batch."""
    plan = Plan()
    ledger = FaultyStore(MemoryStore(), plan)
    stores: dict[str, Store] = {"ledger": ledger, "raw": MemoryStore(), "view": MemoryStore()}
    with standing_on(stores), opened(tmp_path) as monitor:
        monitor.ingest(delivered(1, entra.body(NOISE)))
        for position in range(2, 5):
            before = len(plan.operations)
            monitor.ingest(delivered(position, entra.body(NOISE)))
            assert [kind for kind, _ in plan.operations[before:]] == ["get", "create"]


def test_who_was_last_to_append_and_no_longer_is_enters_nothing_twice(tmp_path: Path) -> None:
    stores = {"ledger": MemoryStore(), "raw": MemoryStore(), "view": MemoryStore()}
    with (
        standing_on(stores),
        opened(tmp_path / "one") as one,
        opened(tmp_path / "other") as other,
    ):
        assert one.ingest(delivered(10, *users(3))).relevant == 3
        assert other.ingest(delivered(13, *users(2, first=3))).relevant == 2
        assert one.ingest(delivered(13, *users(2, first=3))) == Outcome()
        assert one.ingest(delivered(14, *users(3, first=4))).relevant == 2
        assert other.ingest(delivered(10, *users(8))).relevant == 1
        assert one.verify().valid


def test_a_state_thrown_away_between_batches_is_made_again_before_it_judges(
    tmp_path: Path,
) -> None:
    """The last to append does not look at the ledger first; the state has to be sound even so."""
    with opened(tmp_path) as monitor:
        bodies = users(4)
        monitor.ingest(batch(*bodies[:3]))
        monitor._view._begin_anew()
        outcome = monitor.ingest(batch(*bodies))
        assert (outcome.repeated, outcome.relevant) == (3, 1)
        live = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == live


def test_a_state_thrown_away_while_it_judges_is_judged_by_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as monitor:
        bodies = users(4)
        monitor.ingest(batch(*bodies[:3]))
        judged = 0
        real = Evaluation.seal

        def seal(evaluation: Evaluation) -> None:
            nonlocal judged
            judged += 1
            real(evaluation)
            if judged == 1:
                monitor._view._begin_anew()

        monkeypatch.setattr(Evaluation, "seal", seal)
        outcome = monitor.ingest(batch(*bodies))
        assert judged == 2
        assert (outcome.repeated, outcome.relevant) == (3, 1)


def test_two_writers_enter_each_record_once(tmp_path: Path) -> None:
    """Two processes' worth of monitors on one directory, handed the same records."""
    bodies = users(40)
    outcomes: list[Outcome] = []

    def write(monitor: Monitor) -> None:
        outcomes.extend(
            monitor.ingest(batch(*bodies[start : start + 4])) for start in range(0, 40, 4)
        )

    with opened(tmp_path) as one, opened(tmp_path) as other:
        threads = [threading.Thread(target=write, args=(m,)) for m in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        report = one.verify()
        assert report.valid, report.problems
    assert sum(outcome.relevant for outcome in outcomes) == 40
    assert sum(outcome.repeated for outcome in outcomes) == 40
    keys = Counter(
        str(leaf["src"]["key"])  # type: ignore[index,call-overload]  # JSON
        for outcome in outcomes
        for leaf in leaves(outcome, "enrolment")
    )
    assert set(keys.values()) == {1}


def test_a_store_out_of_reach_is_raised_and_the_batch_can_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = users(1)[0]
    with opened(tmp_path) as monitor:

        def refuse(_store: DirectoryStore, name: str, _content: bytes) -> bool:
            raise StorageUnavailable(f"{name}: no room")

        with monkeypatch.context() as patch:
            patch.setattr(DirectoryStore, "create", refuse)
            with pytest.raises(StorageUnavailable):
                monitor.ingest(SourceBatch(TEST, (Message(body),)))
        assert monitor.ingest(SourceBatch(TEST, (Message(body),))).relevant == 1


def test_a_document_too_large_for_a_leaf_is_kept_beside_it(tmp_path: Path) -> None:
    groups = [f"aaaaaaaa-0000-4000-8000-{number:012d}" for number in range(2000)]
    patch = {"op": "replace", "path": "/conditions/users/excludeGroups", "value": groups}
    large = entra.policy(patch)
    with opened(tmp_path) as monitor:
        change = ingest(monitor, entra.ca_change(entra.policy(), large, entra.at()))
        index = next(f.index for f in change.entries if f.leaf["t"] == "change")
        filed = monitor.entry(index)
        assert filed is not None
        doc = filed.leaf["doc"]
        assert isinstance(doc, dict)
        assert doc["conditions"]["users"]["excludeGroups"] == groups  # type: ignore[index,call-overload]  # JSON
        renamed = entra.saved(large, entra.at()) | {"displayName": "Renamed"}
        after = ingest(
            monitor, entra.ca_change(entra.saved(large, entra.at()), renamed, entra.at(9))
        )
        assert findings(after) == {}
        live = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == live
        assert monitor.verify().valid


def test_what_a_replay_finds_wakes_nobody_later(tmp_path: Path) -> None:
    from monitor.wiring import open_monitor  # noqa: PLC0415 - the other way to open

    with open_monitor(tmp_path, None, replay=True, notify=False) as monitor:
        outcome = ingest(monitor, entra.ca_change(entra.policy(), EDITED, entra.at()))
        assert findings(outcome)["ca-weakened"]["notify"] is False
        assert monitor.health()["undelivered"] == 0


@pytest.mark.parametrize("path", ["correlationId", "id", "activityDisplayName"])
def test_a_field_of_absurd_length_is_quarantined(tmp_path: Path, path: str) -> None:
    record = entra.add_user(entra.at())
    long = "Add user" if path == "activityDisplayName" else ""
    record["properties"][path] = long + "c" * 70_000
    with opened(tmp_path) as monitor:
        outcome = ingest(monitor, record, entra.add_user(entra.at(1), "another"))
        assert outcome.seen == 2
        assert outcome.relevant == 1
        assert outcome.quarantined + outcome.irrelevant == 1
        monitor.publish()
        assert monitor.verify().valid


def test_a_name_too_long_for_an_entry_is_quarantined(tmp_path: Path) -> None:
    vast = entra.policy(displayName="n" * 200_000)
    with opened(tmp_path) as monitor:
        outcome = ingest(monitor, entra.ca_change(entra.policy(), vast, entra.at()))
        codes = [leaf["code"] for leaf in leaves(outcome, "quarantine")]
        assert outcome.quarantined == 1
        assert codes in (["too-large"], ["bad-field"])
        assert ingest(monitor, entra.add_user(entra.at(1))).relevant == 1


@pytest.mark.parametrize("value", ["x", {"doc_sha256": "0" * 64, "len": 7}])
def test_a_document_that_looks_like_a_reference_is_none(tmp_path: Path, value: object) -> None:
    odd = entra.policy(doc_sha256=value, len=7)
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(entra.policy(), odd, entra.at()))
        after = ingest(
            monitor, entra.ca_change(entra.saved(odd, entra.at()), entra.policy(), entra.at(5))
        )
        assert after.relevant == 1
        live = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == live
        assert monitor.verify().valid


@pytest.mark.parametrize("result", [None, "", "timeout", "unknownFutureValue"])
def test_a_result_nobody_can_read_is_judged_as_if_it_had_happened(
    tmp_path: Path, result: str | None
) -> None:
    record = entra.ca_change(entra.policy(), EDITED, entra.at())
    record["properties"]["result"] = result
    with opened(tmp_path) as monitor:
        found = findings(ingest(monitor, record))
        assert set(found) == {"ca-weakened", "change-not-understood"}


def test_a_policy_without_a_modification_time_moves_on(tmp_path: Path) -> None:
    def plain(*patch: entra.Json) -> entra.Json:
        body = entra.policy(*patch)
        del body["modifiedDateTime"]
        return body

    def changed(old: entra.Json | None, new: entra.Json, minutes: float) -> entra.Json:
        record = entra.ca_change(old, new, entra.at(minutes))
        prop = record["properties"]["targetResources"][0]["modifiedProperties"][0]
        prop["newValue"] = json.dumps(new)
        return record

    with opened(tmp_path) as monitor:
        ingest(monitor, changed(None, plain(), 1))
        ingest(monitor, changed(plain(), plain(entra.excluding()), 2))
        posture = monitor.posture(entra.TENANT)
        assert posture.policies[entra.POLICY].conditions.users.exclude_groups


def test_an_id_in_another_case_is_the_same_policy(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(None, entra.policy(), entra.at(1)))
        old = entra.saved(entra.policy(), entra.at(1))
        record = entra.ca_change(old, EDITED, entra.at(2))
        record["properties"]["targetResources"][0]["id"] = entra.POLICY.upper()
        assert set(findings(ingest(monitor, record))) == {"ca-weakened"}
        assert monitor.health()["pending"] == 0
