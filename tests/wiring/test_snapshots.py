"""The deployment keeps its views with its checkpoints, and starts from them on an empty disk."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from monitor.ledger import layout, note
from monitor.ledger.store import Store
from monitor.settings import LedgerSettings
from monitor.storage.directory import DirectoryStore
from monitor.view.files import SHAPE
from monitor.view.history import Question
from monitor.wiring import Monitor, open_monitor
from monitor.wiring.places import Places
from tests import entra
from tests.corridor import ingest

if TYPE_CHECKING:
    from tests.azurite import Azurite

STATE = layout.snapshot("state", SHAPE)
ALWAYS = "[view]\nsnapshots = true\nevery_batches = 0\nevery_minutes = 0\n"


@dataclass
class Deployment:
    """A data directory whose instances come and go with their disks."""

    data: Path
    storage: str = ""
    settings: str = ALWAYS

    @contextmanager
    def opened(self) -> Iterator[Monitor]:
        config = self.data / "monitor.toml"
        config.write_text(self.storage + self.settings)
        with open_monitor(self.data, config, replay=True, notify=False) as monitor:
            yield monitor

    def lose_disk(self) -> None:
        for path in (self.data / "view").glob("*.db*"):
            path.unlink()

    def shown(self) -> Store:
        return DirectoryStore(self.data / "view")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def fill(monitor: Monitor, batches: int, first: int = 0) -> None:
    """Commit so many batches of an account each."""
    for number in range(first, first + batches):
        ingest(monitor, entra.add_user(entra.at(number), f"user-{number:05d}"))


def events(logs: Sequence[object], room: str = "snapshot.") -> list[str]:
    named = [str(one["event"]) for one in logs if isinstance(one, dict)]
    return [name for name in named if name.startswith(room)]


def test_an_instance_on_an_empty_disk_goes_on_where_the_last_one_stood(
    deployment: Deployment,
) -> None:
    with deployment.opened() as monitor:
        fill(monitor, 12)
        monitor.publish()
        fill(monitor, 3, 12)
        live = monitor.dump()
    deployment.lose_disk()
    with capture_logs() as logs, deployment.opened() as monitor:
        assert monitor.dump() == live
        fill(monitor, 1, 20)
        assert monitor.verify().valid
        kept = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == kept
    assert events(logs) == ["snapshot.loaded"]


def test_nothing_is_kept_on_a_directory_unless_it_is_wanted(deployment: Deployment) -> None:
    deployment.settings = ""
    with deployment.opened() as monitor:
        fill(monitor, 3)
        monitor.publish()
    assert deployment.shown().get(STATE) is None


def test_it_is_kept_after_so_many_batches_and_not_too_often(deployment: Deployment) -> None:
    deployment.settings = "[view]\nsnapshots = true\nevery_batches = 5\nevery_minutes = 1\n"
    with deployment.opened() as monitor:
        now = [1000.0]
        assert monitor._snapshots is not None
        monitor._snapshots._ticks = lambda: now[0]
        monitor._snapshots._next = 0.0
        with capture_logs() as logs:
            fill(monitor, 3)
            monitor.publish()
            assert events(logs) == []
            fill(monitor, 3, 3)
            monitor.publish()
            assert events(logs) == ["snapshot.kept"]
            fill(monitor, 9, 6)
            now[0] += 59
            monitor.publish()
            assert events(logs) == ["snapshot.kept"]
            now[0] += 2
            monitor.publish()
            assert events(logs) == ["snapshot.kept"] * 2


def test_neither_a_batch_nor_an_alert_waits_for_a_snapshot(deployment: Deployment) -> None:
    with deployment.opened() as monitor:
        fill(monitor, 8)
        monitor.sweep()
        monitor.deliver(1)
        monitor._vouch()
    assert deployment.shown().get(STATE) is None
    assert deployment.shown().get(layout.CHECKPOINT) is not None


def test_what_cannot_be_kept_is_said_and_the_checkpoint_stands(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deployment.opened() as monitor:
        fill(monitor, 4)
        (deployment.data / "view" / "snapshot").write_text("in the way of a directory")
        with capture_logs() as logs:
            checkpoint = monitor.publish()
        assert checkpoint is not None
        assert checkpoint.size == monitor.health()["entries"]
        assert events(logs) == ["snapshot.not_kept"]


def test_an_instance_without_a_key_starts_from_what_the_announced_key_signed(
    deployment: Deployment,
) -> None:
    with deployment.opened() as monitor:
        fill(monitor, 6)
        monitor.publish()
        live = monitor.dump()
    deployment.lose_disk()
    (deployment.data / "keys" / "ledger.key").unlink()
    with capture_logs() as logs, deployment.opened() as monitor:
        assert monitor.dump() == live
        fill(monitor, 2, 6)
        assert monitor.publish() is None
    assert events(logs) == ["snapshot.loaded"]


def test_a_cold_start_asks_the_stores_little(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From nothing to ready, with a hint and a snapshot, nothing being new."""
    with deployment.opened() as monitor:
        fill(monitor, 70)
        monitor.publish()
    deployment.lose_disk()
    asked: list[str] = []
    real = DirectoryStore.get

    def get(store: DirectoryStore, name: str) -> bytes | None:
        asked.append(name)
        return real(store, name)

    monkeypatch.setattr(DirectoryStore, "get", get)
    with deployment.opened() as monitor:
        ready = len(asked)
        assert ready <= 16, asked
        fill(monitor, 1, 70)
        assert len(asked) - ready <= 6, asked[ready:]


def test_two_instances_share_one_snapshot(deployment: Deployment) -> None:
    """Each has a disk of its own; whoever publishes, the other starts from it."""
    with deployment.opened() as one:
        fill(one, 5)
        one.publish()
        other = Deployment(deployment.data / "other", settings=deployment.settings)
        other.data.mkdir()
        for name in ("ledger", "raw", "keys"):
            (other.data / name).symlink_to(deployment.data / name)
        (other.data / "view").mkdir()
        for name in ("snapshot", "tile"):
            (other.data / "view" / name).symlink_to(deployment.data / "view" / name)
        with capture_logs() as logs, other.opened() as two:
            assert two.dump() == one.dump()
            fill(two, 5, 5)
            two.publish()
            fill(one, 1, 10)
            one.publish()
            assert one.dump()[-1] != two.dump()[-1]
            two.sweep()
            assert one.dump() == two.dump()
        assert "snapshot.loaded" in events(logs)
        assert "snapshot.refused" not in events(logs)


def test_in_blob_storage_it_is_the_default(tmp_path: Path, azurite: "Azurite") -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNAPSHOT_TEST_CONNECTION", azurite.connection_string)
        names = {name: azurite.store() for name in ("ledger", "raw", "view")}
        storage = '[storage]\nconnection_env = "SNAPSHOT_TEST_CONNECTION"\n'
        for name, store in names.items():
            storage += f'{name}_container = "{store.place.rpartition("/")[2]}"\n'
        settings = "[view]\nevery_batches = 0\nevery_minutes = 0\n"
        deployment = Deployment(tmp_path, storage, settings=settings)
        note.create_key(Places(deployment.data).key, LedgerSettings().origin)
        with deployment.opened() as monitor:
            fill(monitor, 6)
            monitor.publish()
            live = monitor.dump()
        deployment.lose_disk()
        with capture_logs() as logs, deployment.opened() as monitor:
            assert monitor.dump() == live
            assert monitor.history(Question(most=1))
        assert events(logs) == ["snapshot.loaded"]
