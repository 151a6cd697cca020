"""A store in memory: for tests, and for a replay that is to leave nothing behind."""

from collections.abc import Iterator
from threading import Lock

from monitor.storage.names import checked


class MemoryStore:
    """The ledger's store in a dictionary; nothing survives the process. Safe among threads.

    Names follow the same rules as elsewhere (ValueError), or a test would allow what fails later.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self._lock = Lock()

    def get(self, name: str) -> bytes | None:
        """Return the object, or None where there is none of that name."""
        return self.objects.get(checked(name))

    def create(self, name: str, content: bytes) -> bool:
        """Create the object; False where there is one of that name."""
        with self._lock:
            if checked(name) in self.objects:
                return False
            self.objects[name] = content
            return True

    def put(self, name: str, content: bytes) -> None:
        """Create or replace the object."""
        with self._lock:
            self.objects[checked(name)] = content

    def swap(self, name: str, expected: bytes | None, content: bytes) -> bool:
        """Put the object if it still holds `expected`; None stands for no object."""
        with self._lock:
            if self.objects.get(name) != expected:
                return False
            self.objects[name] = content
            return True

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of the objects directly in a folder."""
        checked(folder)
        with self._lock:
            held = [name for name in self.objects if name.rpartition("/")[0] == folder]
        yield from held

    def every(self, folder: str) -> Iterator[str]:
        """Yield the names of all objects below a folder; of all there are where it is empty."""
        with self._lock:
            held = list(self.objects)
        yield from (name for name in held if not folder or name.startswith(f"{folder}/"))
