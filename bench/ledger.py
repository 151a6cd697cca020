"""The ledger against its floors: commits against a bare durable create, verify against one sha256.

Run `python -m bench.ledger`. Both sides of a ratio run in one process, interleaved; a line gives
the median of the rounds and [min..max]. Every result is asserted to be right.
"""

import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from monitor.ledger.fsck import Stores, Trusted, fsck
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Counts, Draft, Log
from monitor.ledger.note import SigningKey
from monitor.ledger.publisher import Publisher
from monitor.ledger.verify import Report, verify
from monitor.storage.directory import DirectoryStore
from monitor.storage.memory import MemoryStore

ROUNDS = 9
COMMITS = 40
ENTRIES = 60_000
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEY = SigningKey("bench.example/ledger", bytes(range(32)))
GENESIS: dict[str, JsonValue] = {"origin": KEY.name, "vkeys": [KEY.vkey], "ruleset": "bench"}
MIX = (("change", 2400), ("finding", 1300), ("enrolment", 600), ("delivery", 250))
"""Kinds of leaves and their typical lengths in bytes."""


def leaf(kind: str, length: int, number: int) -> bytes:
    """Make a leaf of that kind and length, in the look of a policy."""
    start = f'{{"t":"{kind}","v":1,"i":"{number:08d}","excludeUsers":['.encode()
    user = b'"2f1c8f3e-8a1b-4c55-9d0e-6f1f7f0c9a11",'
    users, rest = divmod(length - len(start) - len(b'""]}'), len(user))
    return start + user * users + b'"' + b"x" * rest + b'"]}'


def draft(leaves: tuple[bytes, ...], *, first: bool) -> Draft:
    """Make a draft of those leaves that counts each as a relevant record."""
    counts = Counts(seen=len(leaves), relevant=len(leaves))
    genesis = GENESIS if first else None
    return Draft(leaves, {"kind": "file", "name": "bench"}, counts, {}, NOW, genesis)


def bare_create(directory: Path, number: int, content: bytes) -> None:
    """Do the least that creates an object durably: write, fsync, link, fsync of the directory."""
    temporary = directory / "tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(handle, content)
    os.fsync(handle)
    os.close(handle)
    os.link(temporary, directory / f"{number:06d}")
    temporary.unlink()
    handle = os.open(directory, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spread(values: list[float]) -> str:
    """Write median [min..max]."""
    return f"{statistics.median(values):.2f} [{min(values):.2f}..{max(values):.2f}]"


def commits(size: int) -> None:
    """Time appends of batches of `size` leaves of the mix against bare creates of as many bytes."""
    leaves = tuple(leaf(*MIX[i % len(MIX)], i) for i in range(size))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        root = Path(name)
        log, floor = Log(DirectoryStore(root / "ledger")), root / "floor"
        floor.mkdir()
        log.append(draft(leaves, first=True), log.head())
        content = b"".join(leaves) + bytes(400)
        counter = iter(range(1_000_000))

        def append() -> object:
            return log.append(draft(leaves, first=False), log.head())

        def create() -> None:
            bare_create(floor, next(counter), content)

        rates, ratios = [], []
        for _ in range(ROUNDS + 1):
            pairs = [(seconds(append), seconds(create)) for _ in range(COMMITS)]
            ours, bare = (sum(side) for side in zip(*pairs, strict=True))
            rates.append(COMMITS / ours)
            ratios.append(bare / ours)
        del rates[0], ratios[0]  # the first round warms the directories up
        assert log.head().seq == COMMITS * (ROUNDS + 1)
    print(f"commit, {size:4d} leaves: {spread(ratios)} of bare create; {spread(rates)} commits/s")


def verification(mix: tuple[tuple[str, int], ...], size: int) -> None:
    """Time verify and fsck of batches of `size` leaves against one sha256 of the same bytes."""
    ledger, view = MemoryStore(), MemoryStore()
    log = Log(ledger)
    publisher = Publisher(ledger, view, log, (KEY,), Follower(log).ring)
    for first in range(0, ENTRIES, size):
        leaves = tuple(leaf(*mix[i % len(mix)], i) for i in range(first, first + size))
        log.append(draft(leaves, first=first == 0), log.head())
        if first // size % 10 == 0:
            publisher.publish()
    publisher.publish()
    content = b"".join(body for name, body in ledger.objects.items() if name.startswith("b/"))
    stores, trusted = Stores(ledger, view), Trusted(KEY.vkey)
    checks: dict[str, Callable[[], Report]] = {
        "verify": lambda: verify(ledger, view, KEY.vkey),
        "fsck": lambda: fsck(stores, trusted).report,
    }
    reports: list[Report] = []
    ratios: dict[str, list[float]] = {name: [] for name in checks}
    for _ in range(ROUNDS):
        floor = seconds(lambda: hashlib.sha256(content).digest())
        for name, check in checks.items():
            ours = seconds(lambda check=check: reports.append(check()))  # type: ignore[misc] # a default binds the loop's value
            ratios[name].append(floor / ours)
    assert all(report.valid and report.root == log.head().root.hex() for report in reports)
    mean = len(content) // ENTRIES
    for name, found in ratios.items():
        print(f"{name}, {size:4d} leaves of {mean:4d} B: {spread(found)} of one sha256")


def main() -> None:
    """Print every ratio."""
    for size in (1, 20, 200):
        commits(size)
    for size in (20, 1000):
        verification(MIX, size)
    verification((("finding", 431),), 1000)


if __name__ == "__main__":
    main()
