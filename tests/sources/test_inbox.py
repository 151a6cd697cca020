"""A file is read once it stands still, and moves only after its records were committed."""

import gzip
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from monitor.errors import StorageUnavailable
from monitor.events.batch import NamedSource, SourceBatch
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
