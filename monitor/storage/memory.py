"""A store in memory: for tests, and for a replay that is to leave nothing behind."""

from collections.abc import Iterator
from threading import Lock


class MemoryStore:
    """The ledger's store in a dictionary; nothing survives the process. Safe among threads."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self._lock = Lock()

    def get(self, name: str) -> bytes | None:
        """Return the object, or None where there is none of that name."""
        return self.objects.get(name)

    def create(self, name: str, content: bytes) -> bool:
        """Create the object; False where there is one of that name."""
        with self._lock:
            if name in self.objects:
                return False
            self.objects[name] = content
            return True

    def put(self, name: str, content: bytes) -> None:
        """Create or replace the object."""
        with self._lock:
            self.objects[name] = content

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of the objects directly in a folder."""
        with self._lock:
            held = [name for name in self.objects if name.rpartition("/")[0] == folder]
        yield from held
