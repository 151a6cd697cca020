"""The store the ledger stands on: three methods, so that a directory and a WORM container fit."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol, runtime_checkable


class Store(Protocol):
    """A flat space of named objects. Names are those of `monitor.ledger.layout`.

    Every method raises StorageUnavailable when the store cannot be reached or refuses to work;
    after that the outcome of a `create` or `put` is unknown: it may have happened, and it may still
    happen.
    """

    def get(self, name: str) -> bytes | None:
        """Return the whole object, or None where there is none of that name."""

    def create(self, name: str, content: bytes) -> bool:
        """Create the object, atomically and durably; False where there is one of that name."""

    def put(self, name: str, content: bytes) -> None:
        """Create or replace the object, atomically and durably; only used on the view store."""


@runtime_checkable
class Listing(Protocol):
    """What a store can do besides, where it can: with it, verification finds stray objects."""

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of the objects directly in a folder, in any order; none is no fault."""


@runtime_checkable
class Swapping(Protocol):
    """What a store can do besides, where it can: with it, the checkpoint never goes backwards."""

    def swap(self, name: str, expected: bytes | None, content: bytes) -> bool:
        """Put the object if it still holds `expected`; None stands for no object of that name.

        False where it holds something else; atomic and durable like `put`.
        """


@runtime_checkable
class Inventory(Protocol):
    """What a store can do besides, where it can: with it, fsck finds what nobody refers to."""

    def every(self, folder: str) -> Iterator[str]:
        """Yield the names of all objects below a folder, at any depth and in any order.

        An empty `folder` is the whole store. One that is not there is no fault.
        """


@runtime_checkable
class Dated(Protocol):
    """A store that dates its objects itself, out of its writers' reach, as Blob storage does."""

    def created(self, name: str) -> datetime | None:
        """Return when the store says the object was made (aware); None where there is none."""
