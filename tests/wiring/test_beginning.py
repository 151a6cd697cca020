"""A log is begun once: by one of any number of first starts, with a key that it announces."""

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.ledger import note
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Log
from monitor.ledger.verify import verify
from monitor.settings import LedgerSettings, PublishSettings, Settings, StorageSettings
from monitor.wiring.beginning import Begun, begin, ensure_places, succession
from monitor.wiring.keys import VARIABLE
from monitor.wiring.places import Places
from tests.ledger.test_p256 import P256, pem

if TYPE_CHECKING:
    from tests.azurite import Azurite

ORIGIN = "begun.example/log"
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
GENESIS = {"origin": ORIGIN, "ruleset": "rules-1"}
SETTINGS = Settings(ledger=LedgerSettings(origin=ORIGIN))
STARTS = 3


def start(places: Places, settings: Settings = SETTINGS, key: str = "") -> Begun:
    return begin(places, settings, GENESIS, NOW, environment={VARIABLE: key})


def check(places: Places, begun: Begun) -> None:
    """One log, begun once, whose checkpoint verifies with the announced key."""
    ledger, view = places.store("ledger"), places.store("view")
    genesis = Log(ledger).genesis()
    assert genesis is not None
    assert genesis.vkeys == begun.vkeys
    assert ledger.get("b/001") is None
    assert verify(ledger, view, begun.vkeys[0]).valid


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "data")


def test_a_first_start_makes_key_and_genesis(places: Places) -> None:
    begun = start(places)
    assert begun.made
    assert begun.key_file == places.key
    assert begun.vkeys == (note.load_key(places.key).vkey,)
    assert begun.checkpoint is not None
    check(places, begun)


def test_a_second_start_makes_nothing(places: Places) -> None:
    first, key = start(places), places.key.read_bytes()
    again = start(places)
    assert (again.made, again.key_file, again.vkeys) == (False, None, first.vkeys)
    assert places.key.read_bytes() == key
    check(places, again)


def test_a_key_that_is_given_is_used_and_no_file_made(places: Places) -> None:
    given = note.SigningKey(ORIGIN, bytes(range(32)))
    begun = start(places, key=note.key_text(given))
    assert (begun.made, begun.key_file, begun.vkeys) == (True, None, (given.vkey,))
    assert not places.key.exists()
    check(places, begun)


def test_a_crash_between_key_and_genesis_is_gone_on_from(places: Places) -> None:
    key = note.create_key(places.key, ORIGIN)
    begun = start(places)
    assert (begun.made, begun.vkeys) == (True, (key.vkey,))


def test_the_p256_key_is_announced_too(places: Places, tmp_path: Path) -> None:
    (tmp_path / "p256.pem").write_bytes(pem(P256))
    wanted = PublishSettings(p256_key_file=str(tmp_path / "p256.pem"))
    begun = start(places, SETTINGS.model_copy(update={"publish": wanted}))
    assert [vkey.split("+")[2][:2] for vkey in begun.vkeys] == [
        begun.vkeys[0].split("+")[2][:2],
        "Aj",
    ]
    check(places, begun)


def test_a_log_whose_key_is_elsewhere_gets_no_second_key(places: Places, tmp_path: Path) -> None:
    start(places)
    places.key.rename(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="has begun already, with other keys than are here"):
        start(places)
    assert not places.key.exists()


@pytest.mark.parametrize("left", ["view", "ledger"])
def test_no_log_begins_where_one_was_signed(places: Places, left: str) -> None:
    start(places)
    key = places.key.read_bytes()
    (places.data / "ledger" / "b").rename(places.data / "away")
    if left == "view":
        (places.data / "ledger" / "sth").rename(places.data / "away-sth")
    else:
        (places.data / "view" / "checkpoint").unlink()
    with pytest.raises(InvalidInput, match="a log was signed here"):
        start(places)
    assert not (places.data / "ledger" / "b").exists()
    places.key.unlink()
    with pytest.raises(InvalidInput, match="a log was signed here"):
        start(places)
    assert not places.key.exists(), "no second key"
    (places.data / "away").rename(places.data / "ledger" / "b")
    places.key.write_bytes(key)
    places.key.chmod(0o600)
    assert not start(places).made


def test_an_origin_that_is_no_name(places: Places) -> None:
    unnamed = Settings.model_construct(
        **{**dict(SETTINGS), "ledger": LedgerSettings.model_construct(origin="no name")}
    )
    with pytest.raises(InvalidInput, match="cannot be the name of a log"):
        start(places, unnamed)


# Races


def _race(data: Path, storage: StorageSettings, ready: Any, said: Any) -> None:
    ready.wait(60)
    try:
        begun = start(Places(data, storage))
        said.put((begun.made, begun.vkeys[0]))
    except InvalidInput as error:
        said.put((None, str(error)))


def race(folders: list[Path], storage: StorageSettings) -> list[tuple[bool | None, str]]:
    """Start a process for each data directory, all at once."""
    context = multiprocessing.get_context("spawn")
    ready, said = context.Barrier(len(folders)), context.Queue()
    processes = [
        context.Process(target=_race, args=(data, storage, ready, said)) for data in folders
    ]
    for process in processes:
        process.start()
    found = [said.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    return found


def test_first_starts_on_one_directory_share_one_key(places: Places) -> None:
    found = race([places.data] * STARTS, StorageSettings())
    assert sorted(made is True for made, _ in found) == [False] * (STARTS - 1) + [True]
    assert {vkey for _, vkey in found} == {note.load_key(places.key).vkey}
    check(places, start(places))
    assert [path.name for path in places.key.parent.iterdir()] == ["ledger.key"]


@pytest.fixture
def container(azurite: "Azurite", monkeypatch: pytest.MonkeyPatch) -> StorageSettings:
    from tests.azurite import fresh_name  # noqa: PLC0415 - needs Azure's client

    monkeypatch.setenv("BEGINNING_TEST_CONNECTION", azurite.connection_string)
    return StorageSettings(
        connection_env="BEGINNING_TEST_CONNECTION",
        ledger_container=fresh_name(),
        raw_container=fresh_name(),
        view_container=fresh_name(),
    )


def test_first_starts_on_several_machines_make_one_log(
    container: StorageSettings, tmp_path: Path
) -> None:
    """Each makes a key; one begins the log, and the others take theirs back."""
    assert ensure_places(Places(tmp_path, container)) == ["ledger", "raw", "view"]
    assert ensure_places(Places(tmp_path, container)) == []
    folders = [tmp_path / f"machine{number}" for number in range(STARTS)]
    found = race(folders, container)
    winners = [data for data in folders if Places(data).key.exists()]
    assert [made for made, _ in found if made] == [True]
    assert all("with other keys than are here" in text for made, text in found if made is None)
    assert len(winners) == 1
    places = Places(winners[0], container)
    begun = start(places)
    assert begun.vkeys == (note.load_key(places.key).vkey,)
    check(places, begun)


def test_containers_that_are_missing_are_said(container: StorageSettings, tmp_path: Path) -> None:
    places = Places(tmp_path / "data", container)
    with pytest.raises(StorageUnavailable):
        start(places)
    assert list(tmp_path.iterdir()) == []


# A lost key


def old_checkpoint(folder: Path, origin: str = "old.example/log") -> Path:
    key = note.SigningKey(origin, bytes(range(32)))
    path = folder / "old-checkpoint"
    path.write_bytes(Checkpoint(origin, 1234, bytes(32)).signed(key))
    return path


def test_a_log_takes_the_place_of_one_whose_key_is_lost(places: Places, tmp_path: Path) -> None:
    old = old_checkpoint(tmp_path)
    leaf = succession(old, ORIGIN, "disk broke", NOW)
    begun = begin(places, SETTINGS, GENESIS, NOW, leaf, {})
    assert begun.made
    assert Follower(Log(places.store("ledger"))).ring().succeeds == old.read_text()
    check(places, begun)
    assert not begin(places, SETTINGS, GENESIS, NOW, leaf, {}).made
    assert not start(places).made


def test_a_log_that_has_begun_takes_nobody_s_place(places: Places, tmp_path: Path) -> None:
    start(places)
    leaf = succession(old_checkpoint(tmp_path), ORIGIN, "disk broke", NOW)
    with pytest.raises(InvalidInput, match="not as the one that takes the other's place"):
        begin(places, SETTINGS, GENESIS, NOW, leaf, {})


def test_what_is_no_checkpoint_of_another_log(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"it is of the log begun\.example/log itself"):
        succession(old_checkpoint(tmp_path, ORIGIN), ORIGIN, "why", NOW)
    bad = tmp_path / "bad"
    for content in (b"", b"text", b"\xff", old_checkpoint(tmp_path).read_bytes()[:-1]):
        bad.write_bytes(content)
        with pytest.raises(InvalidInput, match="not a checkpoint that can be read"):
            succession(bad, ORIGIN, "why", NOW)
    line = old_checkpoint(tmp_path).read_bytes()
    bad.write_bytes(line.replace(b"\n\n", b"\n" + b"x" * 30_000 + b"\n\n"))
    with pytest.raises(InvalidInput, match="more than 20000 characters"):
        succession(bad, ORIGIN, "why", NOW)
