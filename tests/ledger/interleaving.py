"""Several writers on one log, one store operation at a time, in an order drawn from a seed."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import pytest

from monitor.errors import LedgerConflict, StorageUnavailable
from monitor.ledger.checkpoint import parse_checkpoint
from monitor.ledger.log import Batch, Log
from monitor.ledger.note import split_note
from monitor.ledger.publisher import publish
from monitor.ledger.store import Store
from monitor.ledger.verify import verify
from monitor.storage.memory import MemoryStore
from tests.ledger.faulty import Crash, WriteOnceStore
from tests.ledger.writing import KEY, deliver, entered

T = TypeVar("T")
Delivery = tuple[str, range]
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

    def __post_init__(self) -> None:
        self.stage = Stage(self.seed)
        self.view = MemoryStore()
        self.acknowledged: list[Batch] = []
        self.notes: list[bytes] = []
        self.delivered: set[tuple[str, int]] = set()

    def run(self, writers: int) -> None:
        """Deliver overlapping, re-batched and skipping windows to all writers, then the repairs."""
        windows = [self._windows(number) for number in range(writers)]
        self.stage.play([lambda w=w: self._writer(w) for w in windows])  # type: ignore[misc] # a default binds the loop's value
        repairs = [("p0", range(40)), ("p1", range(40))]
        self.stage.play([lambda: self._writer(repairs)])

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
        head = log.head()
        times = [batch.stated.time for batch in log.batches()]
        assert all(earlier <= later for earlier, later in pairwise(times))
        for note in self.notes:
            signed = parse_checkpoint(split_note(note)[0])
            assert log.root_at(signed.size) == signed.root, "a signed tree is no prefix of the log"
        assert head.cursors["p0"].missing == head.cursors["p1"].missing == 0

    def _windows(self, writer: int) -> list[Delivery]:
        """A reader's deliveries: it starts anywhere, goes on in odd steps, skips, and goes back."""
        draw, position, windows = self.stage.random, 0, list[Delivery]()
        partition = f"p{writer % 2}"
        while position < 40:
            size = draw.randint(1, 9)
            windows.append((partition, range(position, min(40, position + size))))
            position += draw.choice((size, size, size - 1, size + 2, size // 2 + 1))
        return windows

    def _writer(self, deliveries: Sequence[Delivery]) -> None:
        log = self._open()
        for partition, positions in deliveries:
            self.delivered.update((partition, position) for position in positions)
            for _ in range(MOST_TRIES):
                try:
                    batch = deliver(log, positions, partition)
                    if batch:
                        self.acknowledged.append(batch)
                    self._publish(log)
                    break
                except Crash:
                    log = self._open()
                except (LedgerConflict, StorageUnavailable):
                    continue
            else:
                pytest.fail(f"a writer got nowhere in {MOST_TRIES} tries")

    def _publish(self, log: Log) -> None:
        publish(self._staged(self.ledger), self._staged(self.view), KEY, log)

    def _open(self) -> Log:
        hint = self.stage.random.choice((-1, 0, 3, 1000))
        return self.log_class(self._staged(self.ledger), hint=hint)

    def _staged(self, store: Store) -> Store:
        return StagedStore(self, store)


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
