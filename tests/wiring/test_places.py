"""Where a deployment's places are, by configuration, app settings and words of the command line."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.ledger.log import Log
from monitor.settings import StorageSettings
from monitor.storage.blob import BlobStore
from monitor.storage.directory import DirectoryStore
from monitor.wiring import Places, places_at
from monitor.wiring.copying import CONFIGURED, place_named
from tests.azurite import fresh_name
from tests.ledger.writing import deliver

if TYPE_CHECKING:
    from tests.azurite import Azurite

LEDGER, VIEW = "https://ledgers.blob.core.windows.net", "https://views.blob.core.windows.net"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MFA_MONITOR_LEDGER_ACCOUNT", "MFA_MONITOR_VIEW_ACCOUNT", "AZURE_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_word_the_places_are_directories(tmp_path: Path) -> None:
    places = places_at(tmp_path, None)
    assert isinstance(places.store("ledger"), DirectoryStore)
    assert not places.has_ledger()
    places.store("ledger").create("b/000", b"x")
    assert places.has_ledger()
    assert str(places) == str(tmp_path)


def test_app_settings_go_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text('[storage]\nledger_account = "https://other.example"\n')
    monkeypatch.setenv("MFA_MONITOR_LEDGER_ACCOUNT", LEDGER)
    monkeypatch.setenv("MFA_MONITOR_VIEW_ACCOUNT", VIEW)
    places = places_at(tmp_path, config)
    stores = [places.store(name) for name in ("ledger", "raw", "view")]
    assert [store.place for store in stores if isinstance(store, BlobStore)] == [
        "ledgers.blob.core.windows.net/ledger",
        "ledgers.blob.core.windows.net/raw",
        "views.blob.core.windows.net/view",
    ]
    assert places.store("ledger") is stores[0]


def test_a_word_that_names_no_place_is_refused(tmp_path: Path) -> None:
    here = Places(tmp_path, StorageSettings(ledger_container="lake"))
    assert place_named(CONFIGURED, here) is here
    assert place_named("elsewhere", here) == Places(Path("elsewhere"))
    account = place_named(LEDGER, here).storage
    assert (account.ledger_account, account.ledger_container) == (LEDGER, "lake")
    assert place_named("env:STORAGE", here).storage.connection_env == "STORAGE"
    for word in ("http://plain.example", "ftp://x", "https://UPPER.example/"):
        with pytest.raises(InvalidInput, match="not a blob endpoint"):
            place_named(word, here)


def test_an_endpoint_is_one_account_whatever_the_view_of_the_configured_one(
    tmp_path: Path,
) -> None:
    here = Places(tmp_path, StorageSettings(ledger_account="https://a.example", view_account=VIEW))
    moved = place_named(LEDGER, here)
    assert moved.storage.view_account is None
    assert moved.storage.ledger_account == LEDGER


def test_a_container_has_a_ledger_once_its_first_batch_is_there(
    azurite: "Azurite", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE", azurite.connection_string)
    storage = StorageSettings(connection_env="STORAGE", ledger_container=fresh_name())
    places = Places(tmp_path, storage)
    with pytest.raises(StorageUnavailable, match="ContainerNotFound"):
        places.has_ledger()
    azurite.store(storage.ledger_container)
    assert not places.has_ledger()
    deliver(Log(places.store("ledger")), range(3))
    assert places.has_ledger()
