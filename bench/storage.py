"""The ledger in Blob storage against its floor, and against a directory: commits, reads, a copy.

Run `python -m bench.storage`; it needs Azurite (npm ci --prefix tests/azurite), which is an
emulator in one process: the ratios say what our side adds, the rates nothing about Azure. Both
sides of a ratio run in one process, interleaved; a line gives the median of the rounds and
[min..max]. Every result is asserted to be right.
"""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.ledger import MIX, draft, leaf, seconds, spread
from monitor.ledger import layout
from monitor.ledger.copying import Place, copy_ledger
from monitor.ledger.log import Log
from monitor.ledger.store import Store
from monitor.storage.directory import DirectoryStore
from tests.azurite import MISSING, Azurite, is_here, running

ROUNDS = 7
COMMITS = 25
"""Commits of a round."""
COPIES = 3
SIZES = (1, 20, 200)
"""Leaves of a batch."""


def bare_names() -> Iterator[str]:
    """Names of objects that are no batches."""
    return (f"floor/{number:06d}" for number in range(1_000_000))


def commits(size: int, blob: Store, directory: Store) -> None:
    """Time appends to a container against bare creates there, and against those to a directory."""
    leaves = tuple(leaf(*MIX[i % len(MIX)], i) for i in range(size))
    content = b"".join(leaves) + bytes(400)
    logs, names = [Log(blob), Log(directory)], bare_names()
    for log in logs:
        log.append(draft(leaves, first=True), log.head())

    def append(log: Log) -> Callable[[], object]:
        return lambda: log.append(draft(leaves, first=False), log.head())

    works = (append(logs[0]), lambda: blob.create(next(names), content), append(logs[1]))
    rates, floors, directories = [], [], []
    for _ in range(ROUNDS + 1):
        taken = [[seconds(work) for work in works] for _ in range(COMMITS)]
        ours, bare, local = (sum(side) for side in zip(*taken, strict=True))
        rates.append(COMMITS / ours)
        floors.append(bare / ours)
        directories.append(local / ours)
    for rounds in (rates, floors, directories):
        del rounds[0]  # the first warms connections and directories up
    assert all(log.head().seq == COMMITS * (ROUNDS + 1) for log in logs)
    print(
        f"commit, {size:4d} leaves: {spread(floors)} of bare create;"
        f" {spread(directories)} of a directory; {spread(rates)} commits/s"
    )


def reads(blob: Store) -> None:
    """Time a walk over all batches against bare reads of the same objects."""
    log = Log(blob)
    names = [layout.batch(seq) for seq in range(log.head().seq + 1)]
    rates, floors = [], []
    for _ in range(ROUNDS):
        bare = seconds(lambda: [blob.get(name) for name in names])
        ours = seconds(lambda: sum(1 for _ in Log(blob).batches()))
        rates.append(len(names) / ours)
        floors.append(bare / ours)
    print(f"walk, {len(names)} batches: {spread(floors)} of bare reads; {spread(rates)} batches/s")


def copies(source: Place, azurite: Azurite, root: Path) -> None:
    """Time copies out of a container into directories, and into containers."""
    batches = Log(source.ledger).head().seq + 1
    out, over = [], []
    for number in range(COPIES):
        stores = [DirectoryStore(root / str(number) / name) for name in Place._fields]
        out.append(batches / seconds(partial(copy_ledger, source, Place(*stores))))
        containers = Place(*(azurite.store() for _ in Place._fields))
        over.append(batches / seconds(partial(copy_ledger, source, containers)))
        assert Log(containers.ledger).head().root == Log(source.ledger).head().root
    print(f"copy to a directory: {spread(out)} batches/s; to a container: {spread(over)} batches/s")


def main() -> None:
    """Print every ratio."""
    if not is_here():
        print(MISSING)
        return
    with running() as azurite, tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        root = Path(name)
        blobs = [azurite.store() for _ in SIZES]
        for size, blob in zip(SIZES, blobs, strict=True):
            commits(size, blob, DirectoryStore(root / str(size)))
        blob = blobs[-1]
        reads(blob)
        copies(Place(blob, azurite.store(), azurite.store()), azurite, root)


if __name__ == "__main__":
    main()
