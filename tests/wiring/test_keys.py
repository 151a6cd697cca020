"""The keys that are here, the keys the log knows, and how one takes the place of another."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import InvalidInput
from monitor.ledger import layout, note
from monitor.ledger.keyring import Follower, Keyring
from monitor.ledger.log import Log
from monitor.ledger.note import split_note
from monitor.ledger.verify import verify
from monitor.settings import PublishSettings
from monitor.wiring import Monitor, open_monitor
from monitor.wiring.keys import (
    VARIABLE,
    announcing,
    new_key,
    put_in_place,
    retiring,
    signers,
    signing_keys,
)
from monitor.wiring.places import Places
from tests import entra
from tests.corridor import ingest
from tests.ledger.test_p256 import P256, pem

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ORIGIN = "entra-mfa-monitor.local/ledger"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "data")


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def text(number: int) -> str:
    return note.key_text(note.SigningKey(ORIGIN, bytes([number] * 32)))


def test_the_variable_goes_before_the_files(places: Places) -> None:
    note.create_key(places.key, ORIGIN)
    new_key(places, ORIGIN)
    told = signing_keys(places, {VARIABLE: f"{text(1)}\n  {text(2)}"})
    files = signing_keys(places, {})
    assert len(files) == 2
    assert files[0] == note.load_key(places.key)
    assert told == (note.parse_key(text(1)), note.parse_key(text(2)), *files)
    assert signing_keys(places, {VARIABLE: note.key_text(files[1])}) == (files[1], files[0])


def test_no_key_at_all(places: Places) -> None:
    assert signing_keys(places, {}) == ()
    assert signing_keys(places, {VARIABLE: " \n"}) == ()


def test_a_reference_the_platform_could_not_follow_is_no_key(places: Places) -> None:
    reference = "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/k)"
    assert signing_keys(places, {VARIABLE: reference}) == ()


def test_a_malformed_key_is_said_without_showing_it(places: Places) -> None:
    with pytest.raises(InvalidInput, match=f"{VARIABLE}: ") as caught:
        signing_keys(places, {VARIABLE: text(1)[:-8]})
    assert text(1)[-20:-8] not in str(caught.value)


def test_the_p256_key_signs_beside(places: Places, tmp_path: Path) -> None:
    (tmp_path / "p256.pem").write_bytes(pem(P256))
    settings = PublishSettings(p256_key_file=str(tmp_path / "p256.pem"))
    assert signers(places, settings, {}) == (), "it signs nothing by itself"
    here = signers(places, settings, {VARIABLE: text(1)})
    assert [one.name for one in here] == [ORIGIN, ORIGIN]
    assert here[1].key_id != here[0].key_id


# In the log of a deployment


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def monitor(data: Path) -> Iterator[Monitor]:
    with open_monitor(data, None) as opened:
        begin(opened)
        yield opened


def begin(monitor: Monitor) -> None:
    """Enter something, and publish."""
    after = entra.policy(entra.excluding())
    ingest(monitor, entra.ca_change(entra.policy(), after, entra.at(0)))
    monitor.publish()


def announce(monitor: Monitor, *keys: note.SigningKey) -> None:
    vkeys = [key.vkey for key in keys]
    monitor.enter_keys(announcing(monitor.keyring, vkeys, "test", NOW))


def retire(monitor: Monitor, vkey: str) -> None:
    shown = monitor.places.store("view")
    decide = retiring(monitor.keyring, lambda: shown.get(layout.CHECKPOINT), vkey, "test", NOW)
    monitor.enter_keys(decide)


def followed(monitor: Monitor) -> Keyring:
    return Follower(Log(monitor.places.store("ledger"))).ring()


def test_the_view_and_the_batches_tell_the_same_keys(monitor: Monitor, data: Path) -> None:
    key = new_key(monitor.places, ORIGIN)
    assert monitor.keyring() == followed(monitor)
    announce(monitor, key)
    announce(monitor, key)
    assert monitor.keyring() == followed(monitor)
    assert [one.until for one in monitor.keyring().keys] == [None, None]
    monitor.rebuild()
    assert monitor.keyring() == followed(monitor)


def test_a_key_takes_the_place_of_another(data: Path) -> None:
    with open_monitor(data, None) as monitor:
        begin(monitor)
        old = note.load_key(monitor.places.key)
        announce(monitor, key := new_key(monitor.places, ORIGIN))
    with open_monitor(data, None) as monitor:
        monitor.publish()
        held = monitor.places.store("view").get(layout.CHECKPOINT) or b""
        assert [line.key_id for line in split_note(held)[1]] == [old.key_id, key.key_id]
        retire(monitor, old.vkey)
        retire(monitor, old.vkey)
        put_in_place(monitor.places, old.vkey)
        monitor.publish()
        assert monitor.keyring() == followed(monitor)
    assert note.load_key(data / "keys" / "ledger.key") == key
    assert (data / "keys" / f"ledger-{old.key_id.hex()}.retired").read_text() == note.key_text(old)
    with open_monitor(data, None) as monitor:
        assert [one.vkey for one in monitor.publishing.signers] == [key.vkey]
        assert monitor.health()["status"] == "ok"
        places = monitor.places
    for trusted in (old, key):
        assert verify(places.store("ledger"), places.store("view"), trusted.vkey).valid


def test_a_key_is_not_retired_before_both_have_signed(monitor: Monitor) -> None:
    old = note.load_key(monitor.places.key)
    with pytest.raises(InvalidInput, match="no Ed25519 key would be left"):
        retire(monitor, old.vkey)
    announce(monitor, new_key(monitor.places, ORIGIN))
    monitor.publish()
    with pytest.raises(InvalidInput, match="not signed by this key and by one that stays"):
        retire(monitor, old.vkey)
    with pytest.raises(InvalidInput, match="has announced no key"):
        retire(monitor, note.parse_key(text(9)).vkey)
    assert all(one.until is None for one in followed(monitor).keys)


def test_a_key_of_another_name_is_not_announced(monitor: Monitor) -> None:
    stranger = note.SigningKey("other.example/log", bytes(32))
    with pytest.raises(InvalidInput, match=r"this cannot be entered: .*the key is named"):
        announce(monitor, stranger)


def test_a_crash_while_a_key_is_made_leaves_one_to_go_on_with(places: Places) -> None:
    draft = places.key.parent / "ledger-new.key"
    begun = note.create_key(draft, ORIGIN)
    assert new_key(places, ORIGIN) == begun
    assert [path.name for path in places.key.parent.iterdir()] == [
        f"ledger-{begun.key_id.hex()}.key"
    ]


def test_a_crash_while_files_are_put_in_place_is_gone_on_from(places: Places) -> None:
    old, key = note.create_key(places.key, ORIGIN), new_key(places, ORIGIN)
    places.key.rename(places.key.with_name(f"ledger-{old.key_id.hex()}.retired"))
    assert signing_keys(places, {}) == (key,)
    put_in_place(places, old.vkey)
    assert note.load_key(places.key) == key
