"""On which checkpoint a pack stands, what vouches for it, and what happens when something fails."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.evidence.pack import Request
from monitor.evidence.scope import Filter, Profile, Scope
from monitor.ledger import layout
from monitor.pipeline.leaves import Leaf
from monitor.wiring import Monitor
from monitor.wiring.exporting import Exporter, Order
from tests import entra
from tests.corridor import ingest, opened
from tests.evidence import packs

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[Monitor]:
    with opened(tmp_path / "data") as one:
        for hour in range(3):
            before, after = entra.policy(), entra.policy(entra.excluding())
            ingest(one, entra.ca_change(before, after, entra.at(hour)))
            one.publish()
        yield one


def order(out: Path, **more: Any) -> Order:
    since = datetime(2026, 9, 1, tzinfo=UTC)
    scope = Scope(since, since + timedelta(days=40))
    return Order(Request(scope, NOW, "N. Auditor", "audit"), out, **more)


def exporter(monitor: Monitor, record: Callable[..., object] | None = None) -> Exporter:
    publishing = monitor.publishing
    return Exporter(
        monitor.places,
        monitor.settings,
        monitor._view,
        publishing.signers,
        ring=publishing.ring,
        publish=monitor.publish,
        record=record or (lambda decide: monitor._pipeline.record("export", decide)),
    )


def vkey(monitor: Monitor) -> str:
    return monitor.publishing.signers[0].vkey


def sizes(monitor: Monitor) -> list[int]:
    ledger: Any = monitor.places.store("ledger")
    found = [layout.tree_size(name) for name in ledger.names(layout.TREE_HEADS)]
    return sorted(one for one in found if one is not None)


def test_a_pack_stands_on_the_newest_checkpoint_before_its_own_entry(
    monitor: Monitor, tmp_path: Path
) -> None:
    newest = sizes(monitor)[-1]
    exported = monitor.export(order(tmp_path / "pack.zip"))
    assert exported.checkpoint.size == newest
    assert sizes(monitor)[-1] > newest, "the entry of the export is signed too"
    assert packs.verify(tmp_path / "pack.zip", vkey=vkey(monitor)).code == 0


def test_a_checkpoint_that_is_dated_is_taken_before_a_newer_one_that_is_not(
    monitor: Monitor, tmp_path: Path
) -> None:
    ledger = monitor.places.store("ledger")
    monitor.export(order(tmp_path / "one.zip"))
    monitor.export(order(tmp_path / "two.zip"))
    dated = sizes(monitor)[-2]
    ledger.create(layout.timestamp(dated, "tsa"), b"reply")
    exported = monitor.export(order(tmp_path / "three.zip"))
    assert exported.checkpoint.size == dated
    assert packs.contents(tmp_path / "three.zip")["timestamp/tsa.tsr"] == b"reply"
    said = packs.verify(tmp_path / "three.zip", vkey=vkey(monitor))
    assert said.code == 0
    assert not any("checkpoint ends there" in line for line in said.passed)


def test_a_dated_checkpoint_that_does_not_reach_behind_the_period_is_not_taken(
    monitor: Monitor, tmp_path: Path
) -> None:
    ledger = monitor.places.store("ledger")
    first, newest = sizes(monitor)[0], sizes(monitor)[-1]
    ledger.create(layout.timestamp(first, "tsa"), b"reply")
    assert monitor.export(order(tmp_path / "pack.zip")).checkpoint.size == newest


def test_cosignatures_are_put_under_the_note(monitor: Monitor, tmp_path: Path) -> None:
    ledger, newest = monitor.places.store("ledger"), sizes(monitor)[-1]
    note = ledger.get(layout.tree_head(newest))
    assert note is not None
    checkpoint = monitor.publishing.ring().open(note)
    ledger.create(layout.cosignature(newest, "w1"), packs.cosignature(checkpoint))
    monitor.export(order(tmp_path / "pack.zip"))
    ask = ("--witness", packs.witness_vkey())
    assert packs.verify(tmp_path / "pack.zip", *ask, vkey=vkey(monitor)).code == 0


def test_a_pack_of_which_the_ledger_cannot_take_note_is_not_handed_over(
    monitor: Monitor, tmp_path: Path
) -> None:
    def refuse(_: Callable[[], Sequence[Leaf]]) -> object:
        raise StorageUnavailable("the ledger takes nothing")

    out = tmp_path / "packs"
    out.mkdir()
    with pytest.raises(StorageUnavailable, match="takes nothing"):
        exporter(monitor, refuse).export(order(out / "pack.zip"), NOW)
    assert list(out.iterdir()) == []


def test_the_entry_is_there_before_the_pack_is(monitor: Monitor, tmp_path: Path) -> None:
    out, seen = tmp_path / "pack.zip", list[Leaf]()

    def look(decide: Callable[[], Sequence[Leaf]]) -> object:
        assert not out.exists()
        seen.extend(decide())
        return monitor._pipeline.record("export", decide)

    exported = exporter(monitor, look).export(order(out), NOW)
    (leaf,) = seen
    assert (leaf["t"], leaf["manifest"], leaf["profile"]) == (
        "export",
        exported.made.digest,
        "full",
    )
    assert json.loads(packs.contents(out)["manifest.json"])["range"] == leaf["range"]


def test_a_checkpoint_of_another_log_is_no_previous_one(monitor: Monitor, tmp_path: Path) -> None:
    scene = packs.scene()
    scene.pack(tmp_path / "other.zip", packs.request())
    with pytest.raises(InvalidInput, match="no checkpoint that this log signed"):
        monitor.export(order(tmp_path / "pack.zip", previous=tmp_path / "other.zip"))


def test_profiles_of_a_real_corridor_give_packs_that_are_valid(
    monitor: Monitor, tmp_path: Path
) -> None:
    asked = order(tmp_path / "pack.zip")
    for number, profile in enumerate(Profile):
        for filters in (Filter(), Filter(severity="high"), Filter(rule="none")):
            scope = Scope(
                asked.request.scope.since, asked.request.scope.until, filters, None, profile
            )
            out = tmp_path / f"{number}-{len(filters.given())}-{filters.rule}.zip"
            monitor.export(Order(Request(scope, NOW), out))
            said = packs.verify(out, vkey=vkey(monitor))
            assert (said.code, said.problems) == (0, []), scope
