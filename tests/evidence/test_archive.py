"""The ZIP, its place, and the checkpoint an auditor kept."""

import stat
import zipfile
from pathlib import Path

import pytest

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.evidence.archive import Archive, put_in_place, refuse_taken, workshop
from monitor.evidence.previous import read_previous


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        archive = Archive(tmp_path / name)
        archive.add("a", b"x" * 3_000_000)
        (tmp_path / "source").write_bytes(b"y" * 3_000_000)
        archive.add_file("views/b", tmp_path / "source")
        archive.close()
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as pack:
        assert pack.read("views/b") == b"y" * 3_000_000
        assert pack.testzip() is None


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "a\\b", "", "a/", "./a", "a//b", "taken"])
def test_a_name_that_leads_out_or_is_taken_is_refused(name: str, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "pack.zip")
    archive.add("taken", b"")
    with pytest.raises(ValueError, match="not the name of another file"):
        archive.add(name, b"")
    archive.close()


def test_what_is_listed_does_not_change_afterwards(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "pack.zip")
    archive.add("a", b"abc")
    listed = archive.listed
    archive.add("b", b"")
    archive.close()
    assert set(listed) == {"a"}
    assert listed["a"]["bytes"] == 3


def test_a_place_that_is_taken_is_refused_without_force(tmp_path: Path) -> None:
    out = tmp_path / "pack.zip"
    refuse_taken(out, force=False)
    out.write_bytes(b"old")
    with pytest.raises(InvalidInput, match="give --force"):
        refuse_taken(out, force=False)
    refuse_taken(out, force=True)
    with pytest.raises(InvalidInput, match="no directory"):
        refuse_taken(tmp_path / "no" / "pack.zip", force=True)
    with pytest.raises(InvalidInput, match="is a directory"):
        refuse_taken(tmp_path, force=True)


def test_the_pack_is_private_and_put_in_place_whole(tmp_path: Path) -> None:
    draft, out = tmp_path / "draft", tmp_path / "pack.zip"
    draft.write_bytes(b"new")
    out.write_bytes(b"old")
    with pytest.raises(InvalidInput, match="is there already"):
        put_in_place(draft, out, force=False)
    assert out.read_bytes() == b"old"
    put_in_place(draft, out, force=True)
    assert out.read_bytes() == b"new"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert not draft.exists()
    with pytest.raises(StorageUnavailable, match="cannot be put there"):
        put_in_place(draft, out, force=True)


def test_the_workshop_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with workshop(tmp_path) as place:
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        (place / "half").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []
    with (
        pytest.raises(StorageUnavailable, match="nothing can be written"),
        workshop(tmp_path / "no"),
    ):
        pass


def test_a_checkpoint_is_read_from_a_note_or_a_pack(tmp_path: Path) -> None:
    note = tmp_path / "note"
    note.write_bytes(b"origin\n")
    assert read_previous(note) == b"origin\n"
    archive = Archive(tmp_path / "pack.zip")
    archive.add("checkpoint", b"of a pack\n")
    archive.close()
    assert read_previous(tmp_path / "pack.zip") == b"of a pack\n"


def test_what_is_neither_note_nor_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_previous(tmp_path / "none")
    long = tmp_path / "long"
    long.write_bytes(b"x" * 1_000_001)
    with pytest.raises(InvalidInput, match="too long"):
        read_previous(long)
    archive = Archive(tmp_path / "empty.zip")
    archive.close()
    with pytest.raises(InvalidInput, match="without a checkpoint"):
        read_previous(tmp_path / "empty.zip")
