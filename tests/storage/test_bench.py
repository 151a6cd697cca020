"""The bench of Blob storage runs, one round of it."""

from typing import TYPE_CHECKING

import pytest

import bench.storage
from monitor.ledger.copying import Place
from monitor.storage.directory import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.azurite import Azurite


def test_one_round_prints_its_ratios(
    azurite: "Azurite",
    tmp_path: "Path",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("ROUNDS", "COMMITS", "COPIES"):
        monkeypatch.setattr(bench.storage, name, 1)
    blob = azurite.store()
    bench.storage.commits(1, blob, DirectoryStore(tmp_path / "directory"))
    bench.storage.reads(blob)
    source = Place(blob, azurite.store(), azurite.store())
    bench.storage.copies(source, azurite, tmp_path)
    commit, walk, copy = capsys.readouterr().out.splitlines()
    assert "of bare create" in commit
    assert "of bare reads" in walk
    assert "to a container" in copy
