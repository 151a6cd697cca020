"""Publishing with witnesses and authorities: what is kept, shown, embedded, and never held up."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from monitor.anchors.anchoring import Anchoring, Anchors
from monitor.anchors.timestamp import Authority, read_chain, read_timestamp
from monitor.anchors.witness import Witness
from monitor.errors import MonitorError
from monitor.ledger import layout
from monitor.ledger.cosignature import parse_witness_key, read_cosignature
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Log
from monitor.ledger.note import split_note
from monitor.ledger.publisher import Publisher, witnessed
from monitor.ledger.store import Store
from monitor.ledger.verify import verify
from monitor.storage.memory import MemoryStore
from tests.anchors.stamping import MISSING, OPENSSL, AuthorityState, authority
from tests.anchors.witnessing import WitnessState, witness
from tests.ledger.faulty import Crash, Fault, FaultyStore, Plan, WriteOnceStore
from tests.ledger.writing import KEY, NOW, deliver

pytestmark = pytest.mark.skipif(OPENSSL is None, reason=MISSING)


@dataclass
class Time:
    """A clock that stands until it is moved."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def on(self, **spent: float) -> None:
        self.moment += timedelta(**spent)


@dataclass
class Place:
    """One deployment: its stores, and what it asks; `start` is a process."""

    anchors: Anchors
    ledger: WriteOnceStore = field(default_factory=WriteOnceStore)
    view: MemoryStore = field(default_factory=MemoryStore)
    clock: Time = field(default_factory=Time)

    def start(self, ledger: Store | None = None, view: Store | None = None) -> "Process":
        return Process(self, ledger or self.ledger, view or self.view)

    def names(self, folder: str) -> list[str]:
        return sorted(name for name in self.ledger.objects if name.startswith(f"{folder}/"))


class Process:
    """What one process has open."""

    def __init__(self, place: Place, ledger: Store, view: Store) -> None:
        self.log = Log(ledger)
        self.anchoring = Anchoring(ledger, view, self.log, place.anchors, place.clock)
        ring = Follower(self.log).ring
        self.publisher = Publisher(ledger, view, self.log, (KEY,), ring, self.anchoring)


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[AuthorityState]:
    with authority(tmp_path) as running:
        yield running


@pytest.fixture
def wit() -> Iterator[WitnessState]:
    with witness() as running:
        running.logs[KEY.name] = KEY.vkey
        yield running


@pytest.fixture
def place(tsa: AuthorityState, wit: WitnessState) -> Place:
    witnesses = [Witness("w1", wit.url, parse_witness_key(wit.vkey))]
    authorities = [Authority("tsa", tsa.url, read_chain(tsa.ca_file))]
    return Place(Anchors(witnesses, authorities, limit_seconds=20))


def test_a_checkpoint_is_cosigned_stamped_and_shown(
    place: Place, wit: WitnessState, tsa: AuthorityState
) -> None:
    process = place.start()
    deliver(process.log, range(3))
    process.publisher.publish()
    note = place.ledger.objects["sth/000000000004"]
    line = place.ledger.objects["cosig/000000000004/w1"]
    reply = place.ledger.objects["tsr/000000000004/tsa"]
    assert place.view.objects["checkpoint"] == note + line
    assert read_cosignature(note, line, parse_witness_key(wit.vkey)).line == line
    assert tsa.verifies(reply, note)
    assert len(split_note(place.view.objects["checkpoint"])[1]) == 2
    assert witnessed(place.view, (KEY.verifier,)) is not None
    assert verify(place.ledger, place.view, KEY.vkey).valid


def test_each_is_asked_at_its_own_pace(
    place: Place, wit: WitnessState, tsa: AuthorityState
) -> None:
    process = place.start()
    for step in range(8):
        deliver(process.log, [step])
        process.publisher.publish()
        process.publisher.publish()
        place.clock.on(seconds=30)
    assert len(place.names("cosig")) == len(wit.requests) == 4
    assert len(place.names("tsr")) == len(tsa.requests) == 1
    place.clock.on(hours=1)
    process.publisher.publish()
    assert len(place.names("tsr")) == 2, "what was shown unstamped is stamped when it is due"
    place.clock.on(hours=3)
    process.publisher.publish()
    assert len(place.names("tsr")) == 2, "there was nothing new to stamp"


def test_the_newest_stands_in_the_next_header_once(place: Place) -> None:
    process = place.start()
    deliver(process.log, [1])
    process.publisher.publish()
    digest = process.anchoring.newest()
    objects = [*place.names("cosig"), *place.names("tsr")]
    assert digest in {sha256(place.ledger.objects[name]).digest() for name in objects}
    assert digest is not None
    process.log.anchor(digest)
    batch = deliver(process.log, [2])
    assert batch is not None
    assert batch.stated.anchor == digest == process.log.anchored
    process.anchoring.embedded(digest)
    assert process.anchoring.newest() is None
    later = deliver(process.log, [3])
    assert later is not None
    assert later.stated.anchor is None
    assert place.start().anchoring.newest() is None, "another process knows it too"
    process.publisher.publish()
    assert verify(place.ledger, place.view, KEY.vkey).valid


def test_another_process_finds_what_is_to_be_embedded(place: Place) -> None:
    first = place.start()
    deliver(first.log, [1])
    first.publisher.publish()
    assert place.start().anchoring.newest() == first.anchoring.newest() is not None


@pytest.mark.parametrize("kind", ["gone", "changed", "elsewhere"])
def test_an_anchor_that_does_not_stand_in_the_ledger_is_not_named(place: Place, kind: str) -> None:
    process = place.start()
    deliver(process.log, [1])
    process.publisher.publish()
    for name in [*place.names("cosig"), *place.names("tsr")]:
        if kind == "gone":
            del place.ledger.objects[name]
        elif kind == "changed":
            place.ledger.objects[name] += b" "
    if kind == "elsewhere":
        held = place.view.objects["anchors"]
        for folder in (b"cosig", b"tsr"):
            held = held.replace(b'"object":"' + folder, b'"object":"b')
        place.view.objects["anchors"] = held
    assert place.start().anchoring.newest() is None


def test_who_is_down_holds_nothing_up(place: Place, wit: WitnessState, tsa: AuthorityState) -> None:
    process = place.start()
    for step in range(3):
        wit.answers.append((503, "text/plain", b"down"))
        tsa.answers.append((503, "text/plain", b"down"))
        deliver(process.log, [step])
        assert process.publisher.publish() == witnessed(place.view, (KEY.verifier,))
        place.clock.on(hours=1)
    assert [*place.names("cosig"), *place.names("tsr")] == []
    problems = process.anchoring.problems()
    assert len(problems) == 2
    assert "cosig/w1 has not vouched for a checkpoint 3 times in a row" in problems[0]
    assert not any("HTTP" in one for one in problems), "anybody may see health"
    other = place.start().anchoring
    assert other.problems() == []
    other.look()
    assert other.problems() == problems, "a process that asks nobody can tell of it too"
    assert place.start().publisher.publish() is not None
    assert len([*place.names("cosig"), *place.names("tsr")]) == 2, "both are well again"


def test_a_round_ends_with_its_limit(place: Place) -> None:
    place.anchors = Anchors(place.anchors.witnesses, place.anchors.authorities, limit_seconds=0.1)
    process = place.start()
    deliver(process.log, [1])
    assert process.publisher.publish() is not None
    assert [*place.names("cosig"), *place.names("tsr")] == []


def test_damaged_tiles_are_not_proved_with(place: Place, wit: WitnessState) -> None:
    process = place.start()
    for step in range(4):
        deliver(process.log, range(5 * step, 5 * step + 5))
        process.publisher.publish()
        place.clock.on(minutes=2)
    deliver(process.log, [100])
    process.publisher._anchoring = None
    process.publisher.publish()
    name = next(name for name in place.view.objects if name.startswith("tile/0/000.p/26"))
    place.view.objects[name] = bytes(len(place.view.objects[name]))
    asked, fresh = len(wit.requests), place.start()
    fresh.publisher.publish()
    assert len(wit.requests) == asked
    held = fresh.anchoring._standings
    assert held is not None
    assert "the tiles do not prove it" in str(held.of("cosig/w1").error)


def test_a_foreign_object_under_the_name_is_not_shown(place: Place) -> None:
    process = place.start()
    deliver(process.log, [1])
    for name in (layout.cosignature(2, "w1"), layout.timestamp(2, "tsa")):
        place.ledger.objects[name] = b"nonsense"
    process.publisher.publish()
    assert place.view.objects["checkpoint"] == place.ledger.objects["sth/000000000002"]
    assert process.anchoring.newest() is None


def test_two_processes_keep_one_object(place: Place, wit: WitnessState) -> None:
    """Both ask about the same tree; the later finds the other's line and shows that."""
    first, second = place.start(), place.start()
    deliver(first.log, [1])
    first.publisher.publish()
    wit.now += 60
    place.view.objects.clear()
    second.publisher.publish()
    line = place.ledger.objects["cosig/000000000002/w1"]
    assert place.view.objects["checkpoint"].endswith(line)


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_at_every_operation_is_repaired(
    place: Place, wit: WitnessState, fault: Fault
) -> None:
    """Of tiles, note, cosignature, timestamp, checkpoint, head and what is noted of them."""
    deliver(Log(place.ledger), range(3))
    before, plan = dict(place.ledger.objects), Plan()
    counted = place.start(FaultyStore(place.ledger, plan), FaultyStore(place.view, plan))
    counted.publisher.publish()
    kinds = {name.partition("/")[0] for name in (*place.ledger.objects, *place.view.objects)}
    assert kinds == {"b", "sth", "cosig", "tsr", "tile", "checkpoint", "head", "anchors"}
    for at in range(plan.calls):
        place.ledger.objects = dict(before)
        place.view.objects.clear()
        wit.seen.clear()  # each turn is another log: the witness would tell
        spoiled = Plan({at: fault})
        process = place.start(FaultyStore(place.ledger, spoiled), FaultyStore(place.view, spoiled))
        with suppress(Crash, MonitorError):
            process.publisher.publish()
        place.clock.on(hours=2)
        deliver(Log(place.ledger), [50])
        healed = place.start()
        healed.publisher.publish()
        report = verify(place.ledger, place.view, KEY.vkey)
        assert report.valid, (at, report.problems)
        assert report.unsigned == 0
        note = place.ledger.objects["sth/000000000006"]
        chain = place.anchors.authorities[0].chain
        read_timestamp(place.ledger.objects["tsr/000000000006/tsa"], note, chain)
        assert place.view.objects["checkpoint"] == (
            note + place.ledger.objects["cosig/000000000006/w1"]
        )
