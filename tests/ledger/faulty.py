"""Stores that fail on purpose, at one operation chosen beforehand."""

from collections.abc import Callable
from enum import Enum, auto
from typing import TypeVar

from monitor.errors import StorageUnavailable
from monitor.ledger.store import Store

T = TypeVar("T")


class Crash(Exception):
    """The process died here."""


class Fault(Enum):
    """What goes wrong with an operation."""

    CRASH_BEFORE = auto()
    CRASH_AFTER = auto()
    REFUSED = auto()
    LOST_REPLY = auto()
    LATE = auto()
    """The caller hears of a failure, and the operation happens after all, before the next one."""


class Plan:
    """Counts the operations of several stores and spoils those named."""

    def __init__(self, faults: dict[int, Fault] | None = None) -> None:
        self.calls = 0
        self._faults = faults or {}
        self._late: Callable[[], object] | None = None

    def run(self, name: str, operation: Callable[[], T]) -> T:
        """Do the operation, or not, as planned."""
        late, self._late = self._late, None
        if late:
            late()
        fault = self._faults.get(self.calls)
        self.calls += 1
        if fault is Fault.CRASH_BEFORE:
            raise Crash(name)
        if fault is Fault.REFUSED:
            raise StorageUnavailable(f"{name}: refused")
        if fault is Fault.LATE:
            self._late = operation
            raise StorageUnavailable(f"{name}: no answer")
        result = operation()
        if fault is Fault.CRASH_AFTER:
            raise Crash(name)
        if fault is Fault.LOST_REPLY:
            raise StorageUnavailable(f"{name}: answer lost")
        return result


class FaultyStore:
    """A store whose operations go through a plan."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self._store = store
        self._plan = plan

    def get(self, name: str) -> bytes | None:
        return self._plan.run(name, lambda: self._store.get(name))

    def create(self, name: str, content: bytes) -> bool:
        return self._plan.run(name, lambda: self._store.create(name, content))

    def put(self, name: str, content: bytes) -> None:
        self._plan.run(name, lambda: self._store.put(name, content))


class WriteOnceStore:
    """A container under a locked retention policy: what is created stays as it is."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self.objects.get(name)

    def create(self, name: str, content: bytes) -> bool:
        if name in self.objects:
            return False
        self.objects[name] = content
        return True

    def put(self, name: str, content: bytes) -> None:
        raise AssertionError(f"{name}: the ledger tried to write over a locked object")
