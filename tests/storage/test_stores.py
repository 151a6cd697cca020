"""What every store does: in memory, in a directory, and in a container of Blob storage."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.ledger.store import Inventory, Listing, Store, Swapping
from monitor.storage.directory import DirectoryStore
from monitor.storage.memory import MemoryStore

KINDS = ("directory", "memory", "blob")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "directory":
        return DirectoryStore(tmp_path / "store")
    if request.param == "memory":
        return MemoryStore()
    azurite_store: Store = request.getfixturevalue("azurite").store()
    return azurite_store


def test_what_is_created_is_read(store: Store) -> None:
    assert store.get("b/x001/000") is None
    assert store.create("b/x001/000", b"first")
    assert store.get("b/x001/000") == b"first"


def test_what_is_created_stays(store: Store) -> None:
    assert store.create("b/000", b"first")
    assert not store.create("b/000", b"second")
    assert not store.create("b/000", b"first")
    assert store.get("b/000") == b"first"


def test_what_is_put_is_replaced(store: Store) -> None:
    store.put("checkpoint", b"first")
    store.put("checkpoint", b"second")
    assert store.get("checkpoint") == b"second"
    assert not store.create("checkpoint", b"third")
    store.put("checkpoint", b"")
    assert store.get("checkpoint") == b""


def test_an_empty_object_is_an_object(store: Store) -> None:
    assert store.create("empty", b"")
    assert not store.create("empty", b"more")
    assert store.get("empty") == b""


def test_any_bytes_come_back(store: Store) -> None:
    content = bytes(range(256)) * 33_000
    assert store.create("raw", content)
    assert store.get("raw") == content


def test_names_are_told_apart_by_case(store: Store) -> None:
    assert store.create("tile/A", b"upper")
    assert store.create("tile/a", b"lower")
    assert (store.get("tile/A"), store.get("tile/a")) == (b"upper", b"lower")


def test_of_many_creators_one_wins(store: Store) -> None:
    outcomes: list[tuple[int, bool]] = []
    barrier = threading.Barrier(8)

    def create(number: int) -> None:
        barrier.wait()
        outcomes.append((number, store.create("b/000", b"%d" % number)))

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [number for number, won in outcomes if won]
    assert store.get("b/000") == b"%d" % winner


def test_the_names_in_a_folder_are_listed(store: Store) -> None:
    assert isinstance(store, Listing)
    assert list(store.names("sth")) == []
    for name in ("sth/000", "sth/x001/000", "sth/002", "sthx/003", "head"):
        store.create(name, b"")
    assert sorted(store.names("sth")) == ["sth/000", "sth/002"]


def test_every_name_below_a_folder_is_listed(store: Store) -> None:
    assert isinstance(store, Inventory)
    assert list(store.every("")) == []
    names = ["b/000", "b/x001/000", "cosig/000000000003/w", "head", "tile/0/000.p/12"]
    for name in (*names, "bx/000"):
        store.create(name, b"")
    assert sorted(store.every("b")) == ["b/000", "b/x001/000"]
    assert sorted(store.every("tile")) == ["tile/0/000.p/12"]
    assert sorted(store.every("")) == sorted([*names, "bx/000"])
    assert list(store.every("sth")) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../outside",
        "b/../../outside",
        "b/..",
        ".",
        "b//000",
        "b/",
        ".tmp/x",
        "b/.hidden",
        "b/000.",
        "b./000",
        "b\\000",
        "b/000\n",
        "b/\x00",
        "b/000?comp=metadata",
        "b/%2e%2e/000",
        "b/\N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
def test_no_other_name_is_taken(store: Store, tmp_path: Path, name: str) -> None:
    assert isinstance(store, Listing)
    listing = store
    calls: list[Callable[[], object]] = [
        lambda: store.get(name),
        lambda: store.create(name, b"x"),
        lambda: store.put(name, b"x"),
        lambda: list(listing.names(name)),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="not the name of an object"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_the_two_durable_stores_lay_the_same_objects_out_alike(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    blob: Store = request.getfixturevalue("azurite").store()
    directory = DirectoryStore(tmp_path)
    objects = {"b/000": b"first", "b/x001/000": b"second", "sth/000000000003": b"", "head": b"1\n"}
    for name, content in objects.items():
        assert directory.create(name, content)
        assert blob.create(name, content)
    assert isinstance(blob, Inventory)
    assert {name: blob.get(name) for name in blob.every("")} == objects
    assert {name: (tmp_path / name).read_bytes() for name in directory.every("")} == objects


def test_a_swap_is_a_turn_of_its_own(store: Store) -> None:
    """Several count up together by swapping; no count is lost, and none happens twice."""
    assert isinstance(store, Swapping)
    assert not store.swap("count", b"0", b"1")
    assert store.swap("count", None, b"0")
    assert not store.swap("count", None, b"1")
    swapping, held = store, store

    def count(name: bytes) -> None:
        """Each writes bytes of its own: equal ones may count as one swap, whose answer was lost."""
        for _ in range(4):
            while True:
                seen = held.get("count") or b""
                number = int(seen.split()[0]) + 1
                if swapping.swap("count", seen, b"%d %b" % (number, name)):
                    break

    threads = [threading.Thread(target=count, args=(b"%d" % name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (store.get("count") or b"").split()[0] == b"16"
    listed = store.every("") if isinstance(store, Inventory) else iter(())
    assert list(listed) == ["count"]
