"""Several writers on one log, one store operation at a time, in an order drawn from a seed."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TypeVar

import pytest

from monitor.errors import LedgerConflict, StorageUnavailable
from monitor.ledger.checkpoint import parse_checkpoint
from monitor.ledger.fsck import Stores, Trusted, fsck
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Batch, Log
from monitor.ledger.note import split_note
from monitor.ledger.publisher import Publisher
from monitor.ledger.store import Store
from monitor.ledger.verify import verify
from monitor.storage.memory import MemoryStore
from tests.ledger.faulty import Crash, WriteOnceStore
from tests.ledger.writing import KEY, deliver, entered

T = TypeVar("T")
Delivery = tuple[str, Sequence[int]]
MOST_TRIES = 300


class Stage:
    """Hands the turn to one of the writers that are waiting at a store operation."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._waiting = threading.Semaphore(0)
        self._turns: dict[int, threading.Semaphore] = {}
        self.errors: list[BaseException] = []

    def play(self, parts: Sequence[Callable[[], None]]) -> None:
        """Run all parts to their end."""
        threads = [threading.Thread(target=self._act, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
            self._waiting.acquire()
        alive = {thread.ident: thread for thread in threads}
        while alive:
            ident = self.random.choice(sorted(i for i in alive if i is not None))
            self._turns[ident].release()
            self._waiting.acquire()
            if ident not in self._turns:
                alive.pop(ident).join()
        if self.errors:
            raise self.errors[0]

    def _act(self, part: Callable[[], None]) -> None:
        me = threading.get_ident()
        self._turns[me] = threading.Semaphore(0)
        self.wait()
        try:
            part()
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that plays
            self.errors.append(error)
        del self._turns[me]
        self._waiting.release()

    def wait(self) -> None:
        """Wait for the turn."""
        turn = self._turns[threading.get_ident()]
        self._waiting.release()
        turn.acquire()


@dataclass
class World:
    """Hub, stores and what the writers were told: the truth a run is compared with."""

    seed: int
    log_class: type[Log] = Log
    ledger: Store = field(default_factory=WriteOnceStore)
    faults: float = 0.03
    swapping: bool = False

    def __post_init__(self) -> None:
        self.stage = Stage(self.seed)
        self.view = MemoryStore()
        self.acknowledged: list[Batch] = []
        self.notes: list[bytes] = []
        self.repaired = 0
        # what the trigger skips for every reader: only the repair brings it
        starts = {partition: self.stage.random.randint(5, 30) for partition in ("p0", "p1")}
        self.lost = {partition: range(at, at + 3) for partition, at in starts.items()}
        self.delivered: set[tuple[str, int]] = set()

    def run(self, writers: int) -> None:
        """Deliver overlapping, re-batched and skipping windows to all writers.

        A publisher that only publishes and a repairer of gaps are at work all the while, and the
        repairer once more in the end.
        """
        windows = [self._windows(number) for number in range(writers)]
        parts: list[Callable[[], None]] = [partial(self._writer, one) for one in windows]
        self.stage.play([*parts, self._publisher, partial(self._repairer, rounds=4)])
        self.stage.play([partial(self._repairer, rounds=MOST_TRIES)])

    def check(self) -> None:
        """Assert that the log is linear, exactly once, and contains all that was promised."""
        found = Counter(entered(self.ledger))
        assert set(found) == self.delivered
        assert set(found.values()) == {1}
        log = Log(self.ledger)
        for batch in self.acknowledged:
            assert log.read(batch.seq) == batch, "an acknowledged batch does not stand in the log"
        report = verify(self.ledger, self.view, KEY.vkey)
        assert report.valid, report.problems
        found_all = fsck(Stores(self.ledger, self.view), Trusted(KEY.vkey))
        assert found_all.report.valid, found_all.report.problems
        head = log.head()
        times = [batch.stated.time for batch in log.batches()]
        assert all(earlier <= later for earlier, later in pairwise(times))
        for note in self.notes:
            signed = parse_checkpoint(split_note(note)[0])
            assert log.root_at(signed.size) == signed.root, "a signed tree is no prefix of the log"
        assert head.cursors["p0"].missing == head.cursors["p1"].missing == 0

    def _windows(self, writer: int) -> list[Delivery]:
        """A reader's deliveries: odd steps on, skipping, going back, without what is lost."""
        draw, position, windows = self.stage.random, 0, list[Delivery]()
        partition = f"p{writer % 2}"
        lost = self.lost[partition]
        while position < 40:
            size = draw.randint(1, 9)
            taken = [at for at in range(position, min(40, position + size)) if at not in lost]
            windows.append((partition, taken))
            position += draw.choice((size, size, size - 1, size + 2, size // 2 + 1))
        return windows

    def _writer(self, deliveries: Sequence[Delivery]) -> None:
        log, publisher = self._open()
        for partition, positions in deliveries:
            self.delivered.update((partition, position) for position in positions)
            for _ in range(MOST_TRIES):
                try:
                    batch = deliver(log, positions, partition)
                    if batch:
                        self.acknowledged.append(batch)
                    publisher.publish()
                    break
                except Crash:
                    log, publisher = self._open()
                except (LedgerConflict, StorageUnavailable):
                    continue
            else:
                pytest.fail(f"a writer got nowhere in {MOST_TRIES} tries")

    def _publisher(self) -> None:
        """Sign what others commit, and nothing else."""
        _, publisher = self._open()
        for _ in range(12):
            try:
                publisher.publish()
            except Crash:
                _, publisher = self._open()
            except StorageUnavailable:
                continue

    def _repairer(self, rounds: int) -> None:
        """Read the gaps that stand open from the hub again, as `gaps repair` does."""
        log, _ = self._open()
        for _ in range(rounds):
            try:
                cursors = log.head().cursors
            except Crash:
                log, _ = self._open()
                continue
            except StorageUnavailable:
                continue
            open_gaps = [
                (partition, range(first, last + 1))
                for partition, cursor in cursors.items()
                for first, last in cursor.gaps
            ]
            if open_gaps:
                self._writer(open_gaps)
                self.repaired += len(open_gaps)
            elif rounds == MOST_TRIES:
                return

    def _open(self) -> tuple[Log, Publisher]:
        hint = self.stage.random.choice((-1, 0, 3, 1000))
        log = self.log_class(self._staged(self.ledger), hint=hint)
        ring = Follower(Log(self.ledger)).ring
        view = self._staged(self.view)
        return log, Publisher(self._staged(self.ledger), view, log, (KEY,), ring)

    def _staged(self, store: Store) -> Store:
        swaps = self.swapping and isinstance(store, MemoryStore)
        return SwappingStore(self, store) if swaps else StagedStore(self, store)


class StagedStore:
    """Waits for its turn before each operation, which sometimes fails, before or after."""

    def __init__(self, world: World, store: Store) -> None:
        self._world = world
        self._store = store

    def get(self, name: str) -> bytes | None:
        return self._take(name, lambda: self._store.get(name))

    def create(self, name: str, content: bytes) -> bool:
        if name.startswith("sth/"):
            self._world.notes.append(content)
        return self._take(name, lambda: self._store.create(name, content))

    def put(self, name: str, content: bytes) -> None:
        self._take(name, lambda: self._store.put(name, content))

    def _take(self, name: str, operation: Callable[[], T]) -> T:
        world = self._world
        world.stage.wait()
        luck = world.stage.random.random()
        if luck < world.faults:
            raise Crash(name)
        result = operation()
        if luck > 1 - world.faults / 2:
            raise Crash(name)
        if luck > 1 - world.faults:
            raise StorageUnavailable(f"{name}: answer lost")
        return result


class SwappingStore(StagedStore):
    """The view on a store that can swap; it sees to it that the checkpoint never goes back."""

    def put(self, name: str, content: bytes) -> None:
        assert name != "checkpoint", "the checkpoint was put without a look at what stands there"
        super().put(name, content)

    def swap(self, name: str, expected: bytes | None, content: bytes) -> bool:
        def checked() -> bool:
            held = self._world.view.objects.get(name)
            done = self._world.view.swap(name, expected, content)
            if done and held is not None:
                before, after = (parse_checkpoint(split_note(n)[0]).size for n in (held, content))
                assert before <= after, "the checkpoint went backwards"
            return done

        return self._take(name, checked)
