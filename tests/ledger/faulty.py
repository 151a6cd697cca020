"""Stores that fail on purpose, at one operation chosen beforehand."""

from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import TypeVar

from monitor.errors import StorageUnavailable
from monitor.ledger.store import Store

T = TypeVar("T")


class Crash(BaseException):
    """The process died here: no handler for errors is to take it for one."""


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
        self.operations: list[tuple[str, str]] = []
        self._faults = faults or {}
        self._late: Callable[[], object] | None = None

    def run(self, kind: str, name: str, operation: Callable[[], T]) -> T:
        """Do the operation (`get`, `create` or `put`), or not, as planned."""
        self.operations.append((kind, name))
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
        return self._plan.run("get", name, lambda: self._store.get(name))

    def create(self, name: str, content: bytes) -> bool:
        return self._plan.run("create", name, lambda: self._store.create(name, content))

    def put(self, name: str, content: bytes) -> None:
        self._plan.run("put", name, lambda: self._store.put(name, content))


class WriteOnceStore:
    """A container under a locked retention policy: what is created stays as it is.

    It has no way to overwrite or delete, and whoever asks for one fails the test.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refused: list[str] = []

    def get(self, name: str) -> bytes | None:
        return self.objects.get(name)

    def create(self, name: str, content: bytes) -> bool:
        if name in self.objects:
            return False
        self.objects[name] = content
        return True

    def put(self, name: str, content: bytes) -> None:
        self.refused.append(name)
        raise AssertionError(f"{name}: the ledger tried to write over a locked object")

    def names(self, folder: str) -> Iterator[str]:
        yield from [name for name in self.objects if name.rpartition("/")[0] == folder]
