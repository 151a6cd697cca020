"""A file is read once it stands still, and moves only after its records were committed."""

import gzip
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from monitor.errors import StorageUnavailable
from monitor.events.batch import NamedSource, SourceBatch
from monitor.sources import files
from monitor.sources.inbox import Inbox


@dataclass
class Ticks:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """An inbox with a clock in the test's hand, and the batches it handed over."""

    root: Path
    ticks: Ticks = field(default_factory=Ticks)
    got: list[SourceBatch] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.root, ticks=self.ticks)

    def settle(self) -> tuple[Path, ...]:
        self.inbox.ready()
        self.ticks.now += 1.0
        return self.inbox.ready()

    def drop(self, name: str, content: bytes = b'{"a":1}\n{"a":2}\n') -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def listing(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir()
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "inbox")


def test_a_file_is_ready_after_a_second_without_change(desk: Desk) -> None:
    path = desk.drop("a.jsonl")
    assert desk.inbox.ready() == ()
    desk.ticks.now = 0.9
    assert desk.inbox.ready() == ()
    path.write_bytes(b"longer than before, and the writer is not done")
    desk.ticks.now = 1.5
    assert desk.inbox.ready() == ()
    desk.ticks.now = 2.4
    assert desk.inbox.ready() == ()
    assert desk.inbox.waiting == 1
    desk.ticks.now = 2.5
    assert desk.inbox.ready() == (path,)


def test_a_name_with_a_dot_waits_for_its_rename(desk: Desk) -> None:
    path = desk.drop(".a.jsonl")
    assert desk.settle() == ()
    path.rename(desk.root / "a.jsonl")
    assert desk.settle() == (desk.root / "a.jsonl",)


def test_a_read_file_moves_to_done(desk: Desk) -> None:
    desk.drop("ward/a.jsonl")
    (path,) = desk.settle()
    assert desk.inbox.take(path, desk.got.append)
    assert [batch.source for batch in desk.got] == [NamedSource("inbox", "ward/a.jsonl")]
    assert desk.listing() == ["done/ward/a.jsonl"]
    assert desk.inbox.ready() == ()
    assert desk.inbox.waiting == 0


def test_a_taken_name_in_done_is_never_overwritten(desk: Desk) -> None:
    for content in (b"1", b"2", b"3"):
        desk.drop("a.json", content)
        (path,) = desk.settle()
        desk.inbox.take(path, desk.got.append)
    assert desk.listing() == ["done/a.json", "done/a.json.1", "done/a.json.2"]
    assert (desk.root / "done/a.json").read_bytes() == b"1"
    assert (desk.root / "done/a.json.2").read_bytes() == b"3"


def test_a_commit_that_fails_leaves_the_file_to_be_taken_again(desk: Desk) -> None:
    desk.drop("a.jsonl")
    (path,) = desk.settle()

    def refuse(batch: SourceBatch) -> None:
        raise StorageUnavailable("disk full")

    with pytest.raises(StorageUnavailable):
        desk.inbox.take(path, refuse)
    assert desk.listing() == ["a.jsonl"]
    assert desk.inbox.ready() == (path,)
    assert desk.inbox.take(path, desk.got.append)
    assert desk.listing() == ["done/a.jsonl"]


def test_a_file_is_taken_again_from_the_batch_that_failed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BATCH_MESSAGES", 1)
    path = desk.drop("a.jsonl", b"1\n2\n3\n")
    desk.settle()

    def refuse_the_third(batch: SourceBatch) -> None:
        if batch.messages[0].body == b"3":
            raise StorageUnavailable("disk full")
        desk.got.append(batch)

    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            desk.inbox.take(path, refuse_the_third)
        desk.inbox.ready()
    assert [batch.messages[0].body for batch in desk.got] == [b"1", b"2"]
    desk.inbox.take(path, desk.got.append)
    assert [batch.messages[0].body for batch in desk.got] == [b"1", b"2", b"3"]


def test_a_file_that_changed_is_taken_again_from_its_start(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "BATCH_MESSAGES", 1)
    path = desk.drop("a.jsonl", b"1\n2\n")
    desk.settle()

    def refuse_the_second(batch: SourceBatch) -> None:
        if batch.messages[0].body == b"2":
            raise StorageUnavailable("disk full")

    with pytest.raises(StorageUnavailable):
        desk.inbox.take(path, refuse_the_second)
    desk.drop("a.jsonl", b"4\n5\n6\n")
    desk.inbox.take(path, desk.got.append)
    assert [batch.messages[0].body for batch in desk.got] == [b"4", b"5", b"6"]


def test_a_damaged_file_hands_over_what_it_holds_and_moves_to_failed(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.drop("a.jsonl.gz", gzip.compress(b'{"a":1}\n{"a":2}')[:-3])
    (path,) = desk.settle()
    assert not desk.inbox.take(path, desk.got.append)
    assert [message.body for message in desk.got[0].messages] == [b'{"a":1}', b'{"a":2}']
    assert desk.listing() == ["failed/a.jsonl.gz"]
    captured = capsys.readouterr()
    assert "inbox.file_failed" in captured.out + captured.err


def test_a_link_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b'{"a":1}')
    (desk.root / "a.json").symlink_to(secret)
    (path,) = desk.settle()
    assert not desk.inbox.take(path, desk.got.append)
    assert desk.got == []
    assert desk.listing() == ["failed/a.json"]
    assert secret.exists()


def test_a_file_taken_by_somebody_else_is_no_error(desk: Desk) -> None:
    desk.drop("a.json")
    (path,) = desk.settle()
    path.unlink()
    assert not desk.inbox.take(path, desk.got.append)
    assert desk.listing() == []


def test_a_root_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="cannot be made"):
        Inbox(tmp_path / "inbox")


def test_the_directories_are_made(desk: Desk) -> None:
    assert sorted(os.listdir(desk.root)) == ["done", "failed"]  # noqa: PTH208 - names, not paths


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A directory on another file system."""
    shared = Path("/dev/shm")  # noqa: S108 - the one other file system most machines have
    if not os.access(shared, os.W_OK) or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system that can be written")
    made = Path(tempfile.mkdtemp(dir=shared))
    yield made
    shutil.rmtree(made)


def refer(desk: Desk, where: str, target: Path) -> None:
    (desk.root / where).rmdir()
    (desk.root / where).symlink_to(target)


def test_done_may_lie_on_another_file_system(desk: Desk, elsewhere: Path) -> None:
    refer(desk, "done", elsewhere)
    for content in (b'{"a":1}', b'{"a":2}'):
        desk.drop("a.json", content)
        (path,) = desk.settle()
        assert desk.inbox.take(path, desk.got.append)
        assert not path.exists()
    assert (elsewhere / "a.json").read_bytes() == b'{"a":1}'
    assert (elsewhere / "a.json.1").read_bytes() == b'{"a":2}'
    assert desk.inbox.stuck == ()


def test_a_link_moves_to_another_file_system_as_a_link(
    desk: Desk, elsewhere: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b'{"a":1}')
    refer(desk, "failed", elsewhere)
    (desk.root / "a.json").symlink_to(secret)
    (path,) = desk.settle()
    assert not desk.inbox.take(path, desk.got.append)
    assert (elsewhere / "a.json").readlink() == secret
    assert not path.is_symlink()


def block(desk: Desk, where: str) -> None:
    """Let nothing move there: a file stands where a directory has to be, for root as well."""
    (desk.root / where).rmdir()
    (desk.root / where).write_bytes(b"")


def test_a_file_that_cannot_be_moved_is_not_read_again(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.drop("ward/a.jsonl")
    (path,) = desk.settle()
    block(desk, "done")
    assert desk.inbox.take(path, desk.got.append)
    for _ in range(200):
        desk.ticks.now += 1
        assert desk.inbox.ready() == ()
    assert list(desk.inbox.stuck) == [path]
    assert desk.inbox.waiting == 0
    assert len(desk.got) == 1
    captured = capsys.readouterr()
    assert (captured.out + captured.err).count("inbox.not_moved") == 1
    (desk.root / "done").unlink()
    desk.ticks.now += 60
    assert desk.inbox.ready() == ()
    assert list(desk.inbox.stuck) == []
    assert desk.listing() == ["done/ward/a.jsonl"]


def test_a_damaged_file_that_cannot_be_moved_fails_once(desk: Desk) -> None:
    desk.drop("a.jsonl.gz", gzip.compress(b'{"a":1}')[:-3])
    (path,) = desk.settle()
    block(desk, "failed")
    assert not desk.inbox.take(path, desk.got.append)
    assert desk.settle() == ()
    (desk.root / "failed").unlink()
    desk.ticks.now += 60
    desk.inbox.ready()
    assert desk.listing() == ["failed/a.jsonl.gz"]


def test_a_stuck_file_with_new_content_is_read_again(desk: Desk) -> None:
    desk.drop("a.jsonl", b'{"a":1}')
    (path,) = desk.settle()
    block(desk, "done")
    desk.inbox.take(path, desk.got.append)
    path.write_bytes(b'{"a":1}\n{"a":2}')
    assert desk.settle() == (path,)
    desk.inbox.take(path, desk.got.append)
    assert [len(batch.messages) for batch in desk.got] == [1, 2]
    path.unlink()
    desk.inbox.ready()
    assert desk.inbox.stuck == ()


def test_a_move_that_fails_leaves_no_empty_file_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.drop("a.jsonl")
    (path,) = desk.settle()

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        desk.inbox.take(path, desk.got.append)
        for _ in range(5):
            desk.ticks.now += 60
            desk.inbox.ready()
    assert desk.listing() == ["a.jsonl"]
