import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import StorageUnavailable
from monitor.storage.directory import STALE_SECONDS, DirectoryStore

Calls = list[tuple[str, str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@settings(deadline=None, max_examples=20)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,2}(/[0-9]{3}){1,2}", fullmatch=True),
        st.binary(max_size=20),
        max_size=3,
    )
)
def test_another_process_would_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, objects: dict[str, bytes]
) -> None:
    root = tmp_path_factory.mktemp("store")
    writer = DirectoryStore(root)
    for name, content in objects.items():
        assert writer.create(name, content)
    assert {name: DirectoryStore(root).get(name) for name in objects} == objects


def test_files_and_directories_are_the_owner_s_alone(root: Path) -> None:
    before = os.umask(0)
    try:
        store = DirectoryStore(root)
        store.create("b/x001/000", b"x")
        store.put("checkpoint", b"x")
    finally:
        os.umask(before)
    for path in (root, *root.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_reading_makes_nothing(root: Path) -> None:
    assert DirectoryStore(root).get("b/000") is None
    assert not root.exists()


def test_reading_works_where_writing_does_not(root: Path) -> None:
    DirectoryStore(root).create("b/000", b"x")
    root.chmod(0o500)
    try:
        assert DirectoryStore(root).get("b/000") == b"x"
    finally:
        root.chmod(0o700)


def test_no_temporary_file_is_left(root: Path) -> None:
    store = DirectoryStore(root)
    store.create("b/000", b"x")
    store.create("b/000", b"y")
    store.put("checkpoint", b"x")
    assert list((root / ".tmp").iterdir()) == []


def test_what_a_killed_writer_left_is_removed_once_it_is_old(root: Path) -> None:
    temporary = root / ".tmp"
    DirectoryStore(root).create("b/000", b"x")
    old, fresh = temporary / "old", temporary / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"half an obj")
    age = fresh.stat().st_mtime - STALE_SECONDS - 5
    os.utime(old, (age, age))
    store = DirectoryStore(root)
    store.get("b/000")
    assert old.exists()
    store.create("b/001", b"x")
    assert not old.exists()
    assert fresh.exists()


def recorded(monkeypatch: pytest.MonkeyPatch, root: Path) -> Calls:
    """Record what reaches the disk in which order: fsync (by file or directory), link, replace."""
    calls: Calls = []
    fsync, link, replace = os.fsync, os.link, os.replace

    def named(path: object) -> str:
        relative = os.path.relpath(str(path), root)
        return ".tmp/*" if relative.startswith(".tmp/") else relative

    def record_fsync(handle: int) -> None:
        calls.append(("fsync", named(Path(f"/proc/self/fd/{handle}").readlink())))
        fsync(handle)

    def record_link(source: Path, target: Path) -> None:
        calls.append(("link", named(target)))
        link(source, target)

    def record_replace(source: Path, target: Path) -> None:
        calls.append(("replace", named(target)))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "link", record_link)
    monkeypatch.setattr(os, "replace", record_replace)
    return calls


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="reads /proc")


@needs_proc
def test_an_object_is_durable_before_create_returns(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = recorded(monkeypatch, root)
    store = DirectoryStore(root)
    store.create("b/x001/000", b"x")
    written = calls.index(("fsync", ".tmp/*"))
    linked = calls.index(("link", "b/x001/000"))
    assert written < linked
    assert calls[linked + 1 :] == [("fsync", "b/x001")]
    # every directory that was made is itself durable, up to the one that was there
    made = [name for call, name in calls[:written] if call == "fsync"]
    assert {"..", ".", "b"} <= set(made)
    calls.clear()
    store.create("b/x001/001", b"x")
    assert calls == [("fsync", ".tmp/*"), ("link", "b/x001/001"), ("fsync", "b/x001")]


@needs_proc
def test_a_directory_made_by_another_process_is_made_durable_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DirectoryStore(root).create("b/x001/000", b"x")
    calls = recorded(monkeypatch, root)
    DirectoryStore(root).create("b/x001/001", b"x")
    assert calls[:2] == [("fsync", "b"), ("fsync", ".")]


@needs_proc
def test_an_object_that_was_there_is_durable_when_create_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its maker may have died between link and fsync; the caller reads it back and relies on it."""
    DirectoryStore(root).create("b/000", b"x")
    store = DirectoryStore(root)
    store.get("b/000")
    calls = recorded(monkeypatch, root)
    assert not store.create("b/000", b"y")
    assert calls[-2:] == [("link", "b/000"), ("fsync", "b")]


@needs_proc
def test_a_put_is_durable_before_it_returns(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DirectoryStore(root)
    store.put("checkpoint", b"x")
    calls = recorded(monkeypatch, root)
    store.put("checkpoint", b"y")
    assert calls == [("fsync", ".tmp/*"), ("replace", "checkpoint"), ("fsync", ".")]


@pytest.mark.parametrize("call", ["fsync", "link", "open"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_a_failing_disk_is_unavailable_and_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    store = DirectoryStore(root)
    store.create("b/000", b"x")

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, fail)
        with pytest.raises(StorageUnavailable, match=f"b/001: {os.strerror(code)}") as caught:
            store.create("b/001", b"y")
        assert isinstance(caught.value.__cause__, OSError)
    assert list((root / ".tmp").iterdir()) == []
    assert store.get("b/001") is None
    assert store.create("b/001", b"y")


def test_an_fsync_that_fails_after_the_link_is_settled_by_trying_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryStore(root)
    store.create("b/000", b"x")
    fsync, calls = os.fsync, iter(range(10))

    def fail_second(handle: int) -> None:
        if next(calls) == 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail_second)
        with pytest.raises(StorageUnavailable):
            store.create("b/001", b"y")
    assert store.get("b/001") == b"y"
    assert not store.create("b/001", b"y")


def test_what_is_no_file_is_unavailable(root: Path) -> None:
    DirectoryStore(root).create("b/000", b"x")
    with pytest.raises(StorageUnavailable, match="b: Is a directory"):
        DirectoryStore(root).get("b")
    with pytest.raises(StorageUnavailable, match="b/000/001: Not a directory"):
        DirectoryStore(root).get("b/000/001")
    with pytest.raises(StorageUnavailable, match="b/000/001: Not a directory"):
        DirectoryStore(root).create("b/000/001", b"x")


def test_a_directory_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="b/000"):
        DirectoryStore(tmp_path / "file" / "store").create("b/000", b"x")


def test_two_processes_never_both_create(root: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from monitor.storage.directory import DirectoryStore\n"
        "store = DirectoryStore(Path(sys.argv[1]))\n"
        "sys.stdin.readline()\n"
        "won = [n for n in range(40) if store.create(f'b/{n:03d}', sys.argv[2].encode())]\n"
        "print(*won)\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(root), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for name in ("first", "second")
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    won = [{int(word) for word in writer.communicate()[0].split()} for writer in writers]
    assert won[0] | won[1] == set(range(40))
    assert won[0] & won[1] == set()
    for name, numbers in zip((b"first", b"second"), won, strict=True):
        assert {DirectoryStore(root).get(f"b/{n:03d}") for n in numbers} <= {name}
