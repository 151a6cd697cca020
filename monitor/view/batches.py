"""The ledger's batches as the view reads them: in order, several on their way at once, checked."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar, cast

import msgspec

from monitor.errors import LedgerCorrupt
from monitor.ledger import merkle
from monitor.ledger.log import Batch, Head
from monitor.view.fold import Leaf

T = TypeVar("T")

FEW = 4
"""Up to so many things are fetched one after another: threads would not make them come sooner."""
MOST_IN_GROUP = 64
"""Batches that are folded in one transaction at most."""
MOST_BYTES_IN_GROUP = 8_000_000
"""Bytes of leaves after which a group of batches is closed, so that memory stays bounded."""


class Followed(Protocol):
    """The ledger as the view reads it; `read` is called from several threads at once."""

    def head(self) -> Head:
        """Return the head."""

    def read(self, seq: int) -> Batch | None:
        """Return the batch of that number, or None where there is none."""


def in_order(fetch: Callable[[int], T], numbers: range, threads: int) -> Iterator[T]:
    """Yield what `fetch` returns for each number, in order; at most twice `threads` are held.

    What `fetch` raises is raised when its turn comes; what was asked for beyond it is dropped.
    """
    if threads <= 1 or len(numbers) <= FEW:
        yield from map(fetch, numbers)
        return
    pool = ThreadPoolExecutor(threads, thread_name_prefix="view")
    coming: deque[Future[T]] = deque()
    try:
        for number in numbers:
            coming.append(pool.submit(fetch, number))
            if len(coming) >= 2 * threads:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def existing(log: Followed, seq: int) -> Batch:
    """Return the batch of that number; LedgerCorrupt where there is none."""
    batch = log.read(seq)
    if batch is None:
        raise LedgerCorrupt(f"batch {seq} is missing from the ledger")
    return batch


def groups(log: Followed, numbers: range, threads: int) -> Iterator[list[Batch]]:
    """Yield the batches of those numbers in groups that are folded at once, each on the one before.

    Raises:
        LedgerCorrupt: a batch is missing, or is not what the next one was built on.
    """
    group: list[Batch] = []
    before: Batch | None = None
    held = 0
    for batch in in_order(lambda seq: existing(log, seq), numbers, threads):
        if before is not None:
            _refuse_break(before, batch)
        before = batch
        group.append(batch)
        held += sum(map(len, batch.leaves))
        if len(group) >= MOST_IN_GROUP or held >= MOST_BYTES_IN_GROUP:
            yield group
            group, held = [], 0
    if group:
        yield group


def _refuse_break(earlier: Batch, later: Batch) -> None:
    """Compare what the later header says of the tree before it with the leaves that stand there."""
    hashes = merkle.leaf_hashes((earlier.header_leaf, *earlier.leaves))
    stated = earlier.stated
    if merkle.extend(stated.frontier, stated.size, hashes) != tuple(later.stated.frontier):
        raise LedgerCorrupt(f"batch {earlier.seq} is not what batch {later.seq} was built on")


def decoded(batch: Batch) -> list[tuple[int, Leaf]]:
    """Return index and content of each entry after the header.

    Raises:
        LedgerCorrupt: one is not JSON.
    """
    try:
        return [(index, cast("Leaf", msgspec.json.decode(leaf))) for index, leaf in batch.entries()]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LedgerCorrupt(f"batch {batch.seq} holds a leaf that is not JSON: {error}") from error


def digest(batch: Batch) -> str:
    """Hash header and leaves of a batch; the header holds the frontier of all before it."""
    state = hashlib.sha256(msgspec.json.encode(dict(batch.header), order="deterministic"))
    for leaf in batch.leaves:
        state.update(hashlib.sha256(leaf).digest())
    return state.hexdigest()
