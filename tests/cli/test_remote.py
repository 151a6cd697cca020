"""The command line over a ledger in Blob storage: the same as over a directory."""

import gzip
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.ledger.note import SigningKey, key_text
from monitor.storage.blob import BlobStore
from tests.azurite import fresh_name
from tests.cli.conftest import ROOT, Desk, weakened

if TYPE_CHECKING:
    from tests.azurite import Azurite

SAMPLE = ROOT / "samples" / "hospital-day.jsonl.gz"
MESSAGES = 130
"""Half of the day: as many of its messages are read here."""
KEY = SigningKey("entra-mfa-monitor.local/ledger", bytes(range(32)))


class Remote:
    """A configuration that names containers nobody has, in Azurite."""

    def __init__(self, azurite: "Azurite") -> None:
        self.azurite = azurite
        self.name = fresh_name()

    def configure(self, *, more: str = "") -> None:
        """Write monitor.toml."""
        lines = [f'{kind}_container = "{self.name}-{kind}"' for kind in ("ledger", "raw", "view")]
        text = "\n".join(['[storage]\nconnection_env = "STORAGE"', *lines, more])
        Path("monitor.toml").write_text(text, encoding="utf-8")

    def store(self, kind: str) -> BlobStore:
        """The store of that kind, made where it is missing."""
        return self.azurite.store(f"{self.name}-{kind}")


@pytest.fixture
def remote(azurite: "Azurite", desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Remote:
    monkeypatch.setenv("STORAGE", azurite.connection_string)
    monkeypatch.setenv("MFA_MONITOR_SIGNING_KEY", key_text(KEY))
    return Remote(azurite)


def files(root: Path) -> dict[str, bytes]:
    """The objects of a data directory by name, those of the three places only."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for kind in ("ledger", "raw", "view")
        for path in (root / kind).rglob("*")
        if path.is_file() and path.suffix != ".db" and not path.name.startswith(".")
    }


def test_the_sample_day_in_blob_storage_is_the_one_in_a_directory(
    desk: Desk, remote: Remote
) -> None:
    Path("local.toml").write_text("")
    with gzip.open(SAMPLE) as day, Path("day.jsonl").open("wb") as part:
        part.writelines(islice(day, MESSAGES))
    assert desk("--data", "local", "--config", "local.toml", "init").exit_code == 0
    assert desk("--data", "local", "--config", "local.toml", "replay", "day.jsonl").exit_code == 1
    expected = entries_of(desk, "local")
    remote.configure()
    assert desk("init", "--containers").exit_code == 0
    assert desk("replay", "day.jsonl").exit_code == 1
    assert entries_of(desk, "mfa-monitor-data") == expected
    assert len(expected) > 50
    assert desk("verify").exit_code == 0


def entries_of(desk: Desk, data: str) -> list[Any]:
    """Every entry, save the hash of the configuration and salted digests: new each time."""
    found = desk.lines("--data", data, "history", "--json", "--limit", "1000")
    for line in found:
        line["leaf"].pop("sha256", None)
        line["leaf"].get("src", {}).pop("raw", None)
    return [line for line in found if line["kind"] != "config"]


def test_a_ledger_goes_to_blob_storage_and_back_byte_for_byte(desk: Desk, remote: Remote) -> None:
    desk("--data", "old", "replay", desk.events("a.jsonl", weakened()))
    remote.configure()
    (there,) = desk.lines("ledger", "copy", "old", "configured", "--containers", "--json")
    assert (there["kind"], there["valid"], there["problems"]) == ("copy", True, [])
    assert there["written"] == len(files(Path("old"))) - len(("checkpoint", "head"))
    back = desk("ledger", "copy", "configured", "new")
    assert back.exit_code == 0
    assert "The copy is valid" in back.stdout
    assert files(Path("new")) == files(Path("old"))
    stored = {
        f"{kind}/{name}": remote.store(kind).get(name)
        for kind in ("ledger", "raw", "view")
        for name in remote.store(kind).every("")
    }
    assert stored == files(Path("old"))
    assert desk("fsck", "--copied").exit_code == 0
    assert desk("--data", "new", "history", "--json").stdout == desk("history", "--json").stdout
    (again,) = desk.lines("ledger", "copy", "old", "configured", "--containers", "--json")
    assert (again["written"], again["found"]) == (0, there["written"])


def test_a_service_that_moved_goes_on_where_it_was(desk: Desk, remote: Remote) -> None:
    events = desk.events("a.jsonl", weakened())
    desk("--data", "old", "replay", events)
    remote.configure()
    assert desk("ledger", "copy", "old", "configured", "--containers").exit_code == 0
    repeated = desk.lines("replay", events, "--json")[-1]
    assert (repeated["repeated"], repeated["relevant"]) == (1, 0)
    assert desk("verify").exit_code == 0


def test_an_object_with_other_bytes_ends_the_copy_by_name(desk: Desk, remote: Remote) -> None:
    desk("--data", "old", "replay", desk.events("a.jsonl", weakened()))
    remote.configure()
    (name,) = [path.name for path in Path("old/raw").iterdir() if path.is_file()]
    remote.store("raw").create(name, b"other")
    stopped = desk("ledger", "copy", "old", "configured", "--containers")
    assert stopped.exit_code == 1
    assert f"{name}: other bytes stand in the target" in stopped.stderr
    assert remote.store("raw").get(name) == b"other"


def test_places_that_cannot_be_are_refused(desk: Desk, remote: Remote) -> None:
    desk("--data", "old", "replay", desk.events("a.jsonl", weakened()))
    remote.configure()
    for kind in ("ledger", "view"):
        remote.store(kind)
    for source, target, text in (
        ("old", "old", "the same place"),
        ("old", "./old/", "the same place"),
        ("configured", "env:STORAGE", "the same place"),
        ("nowhere", "new", "nowhere: there is no ledger here"),
        ("configured", "new", "there is no ledger to copy"),
        ("old", "http://account.example", "not a blob endpoint"),
        ("old", "env:NOT_SET", "NOT_SET is not set"),
    ):
        refused = desk("ledger", "copy", source, target)
        assert refused.exit_code == 2, source
        assert text in refused.stderr
    no_raw = desk("ledger", "copy", "old", "configured")
    assert no_raw.exit_code == 3
    assert "ContainerNotFound" in no_raw.stderr
    assert "init --containers" in no_raw.stderr
    assert not Path("new").exists()


def test_a_copy_of_a_damaged_ledger_is_not_valid(desk: Desk, remote: Remote) -> None:
    desk("--data", "old", "replay", desk.events("a.jsonl", weakened()))
    (raw,) = [path for path in Path("old/raw").iterdir() if path.is_file()]
    raw.write_bytes(raw.read_bytes() + b"!")
    remote.configure()
    copied = desk("ledger", "copy", "old", "configured", "--containers")
    assert copied.exit_code == 1
    assert "its content hashes to" in copied.stdout
    (line,) = desk.lines("ledger", "copy", "old", "configured", "--containers", "--json")
    assert (line["valid"], len(line["problems"])) == (False, 1)


# What looks at the ledger finds it there


def test_without_a_ledger_the_commands_say_how_to_begin_one(desk: Desk, remote: Remote) -> None:
    remote.configure()
    missing = desk("history")
    assert missing.exit_code == 3
    assert "ContainerNotFound" in missing.stderr
    for kind in ("ledger", "raw", "view"):
        remote.store(kind)
    empty = desk("history")
    assert empty.exit_code == 2
    assert "there is no ledger here" in empty.stderr
    assert "mfa-monitor init" in empty.stderr


def states(desk: Desk) -> dict[str, tuple[str, str]]:
    return {
        line["name"]: (line["state"], line["text"])
        for line in desk.lines("doctor", "--json")
        if line["kind"] == "check"
    }


def test_doctor_looks_at_the_containers_and_leaves_no_trace(desk: Desk, remote: Remote) -> None:
    remote.configure(more="[serve]\nport = 0\n")
    before = states(desk)
    for kind in ("ledger", "raw", "view"):
        assert before[f"{kind} store"][0] == "fail"
        assert "ContainerNotFound" in before[f"{kind} store"][1]
    for kind in ("ledger", "raw", "view"):
        remote.store(kind)
    empty = states(desk)
    assert "writing was not tried" in empty["ledger store"][1]
    assert desk("replay", desk.events("a.jsonl", weakened())).exit_code == 1
    held = {kind: list(remote.store(kind).every("")) for kind in ("ledger", "raw", "view")}
    found = states(desk)
    assert "cannot be written over by us; no retention policy" in found["ledger store"][1]
    assert "bytes can be kept" in found["raw store"][1]
    assert "it can be written" in found["view store"][1]
    assert {name: found[name][0] for name in ("ledger store", "raw store", "accounts")} == {
        "ledger store": "warn",
        "raw store": "ok",
        "accounts": "warn",
    }
    assert found["ledger"][0] == "ok"
    assert {kind: list(remote.store(kind).every("")) for kind in held} == held
    assert desk("fsck").exit_code == 0


def test_an_account_that_is_misspelt_in_the_environment_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MFA_MONITOR_LEDGER_ACCOUNT", "http://account.example")
    result = desk("verify")
    assert result.exit_code == 2
    assert "storage.ledger_account" in result.stderr
    assert states(desk)["storage"][0] == "fail"
