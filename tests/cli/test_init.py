"""`mfa-monitor init` and `mfa-monitor key`, as an operator uses them."""

from pathlib import Path

import pytest

from monitor.ledger.note import create_key, load_key
from monitor.wiring.keys import VARIABLE
from tests.cli.conftest import Desk, weakened

KEY = Path("mfa-monitor-data/keys/ledger.key")


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_a_log_is_begun_once(desk: Desk) -> None:
    (first,) = desk.lines("init", "--json")
    assert first == {
        "kind": "init",
        "made": True,
        "key_file": str(KEY),
        "vkeys": [load_key(KEY).vkey],
        "containers": [],
    }
    (again,) = desk.lines("init", "--json")
    assert again == first | {"made": False, "key_file": None}
    assert desk("verify").exit_code == 0
    said = desk("init").stdout
    assert load_key(KEY).vkey in said
    assert "nothing made" in said


def test_what_init_says_tells_what_to_do_next(desk: Desk) -> None:
    said = " ".join(desk("init").stdout.split())
    assert load_key(KEY).vkey in said
    assert "Key Vault" in said
    assert VARIABLE in said
    assert KEY.read_text().strip() not in said, "the secret is not printed"


def test_the_service_goes_on_with_what_init_began(desk: Desk) -> None:
    desk("init")
    assert desk("replay", desk.events("day.jsonl", weakened())).exit_code == 1
    assert desk("verify").exit_code == 0
    assert desk("fsck").exit_code == 0


def test_a_key_is_rotated_and_retired(desk: Desk) -> None:
    desk("init")
    old = load_key(KEY)
    assert desk("key", "rotate", "--reason", "yearly").exit_code == 0
    rows = desk.lines("key", "show", "--json")
    assert [(row["state"], row["here"], row["since"]) for row in rows] == [
        ("counts", True, 0),
        ("counts", True, 2),
    ]
    assert desk("key", "retire", old.key_id.hex(), "--reason", "yearly").exit_code == 0
    assert [row["state"] for row in desk.lines("key", "show", "--json")] == ["retired", "counts"]
    assert load_key(KEY).vkey == rows[1]["vkey"]
    assert desk("verify", "--vkey", old.vkey).exit_code == 0, "the old key leads to the new one"
    assert desk("verify").exit_code == 0
    assert desk("fsck").exit_code == 0
    entered = desk.lines("history", "--kind", "key", "--json")
    assert [line["leaf"]["action"] for line in entered] == ["retire", "announce"]


def test_a_rotation_that_died_is_gone_on_with(desk: Desk) -> None:
    desk("init")
    made = create_key(KEY.with_name("ledger-new.key"), load_key(KEY).name)
    (first,) = desk.lines("key", "rotate", "--reason", "one", "--json")
    (second,) = desk.lines("key", "announce", "--reason", "two", "--json")
    assert second == first
    assert first["vkeys"] == [load_key(KEY).vkey, made.vkey]


def test_the_last_key_is_not_retired(desk: Desk) -> None:
    desk("init")
    refused = desk("key", "retire", load_key(KEY).key_id.hex(), "--reason", "why")
    assert refused.exit_code == 2
    assert "no Ed25519 key would be left" in refused.stderr
    unknown = desk("key", "retire", "00000000", "--reason", "why")
    assert "no key with the id" in unknown.stderr


def test_a_lost_key_begins_another_log_that_says_so(desk: Desk) -> None:
    desk("init")
    checkpoint = Path("mfa-monitor-data/view/checkpoint").read_text()
    Path("old").write_text(checkpoint)
    refused = desk("--data", "next", "init", "--succeeds", "old", "--reason", "disk broke")
    assert refused.exit_code == 2
    assert "needs another [ledger] origin" in " ".join(refused.stderr.split())
    Path("next.toml").write_text('[ledger]\norigin = "entra-mfa-monitor.local/ledger-2"\n')
    words = ("--data", "next", "--config", "next.toml")
    begun = desk(*words, "init", "--succeeds", "old", "--reason", "disk broke")
    assert begun.exit_code == 0
    (line,) = desk.lines(*words, "verify", "--json")
    assert line["valid"]
    assert line["succeeds"]["origin"] == "entra-mfa-monitor.local/ledger"
