"""What a deployment does about checkpoints: without a key, with others who vouch, and when late."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.alerts.digest import digest_letter
from monitor.alerts.message import Letter
from monitor.alerts.schedule import Edition, Period
from monitor.cli.kept import read_kept
from monitor.clock import WallClock
from monitor.errors import InvalidInput, LedgerCorrupt, StorageUnavailable
from monitor.ledger import layout, note
from monitor.ledger.note import split_note
from monitor.ledger.verify import verify
from monitor.pipeline.outcome import Filed
from monitor.view.cells import Table
from monitor.view.history import Question
from monitor.wiring import Monitor, open_monitor
from monitor.wiring.keys import VARIABLE
from monitor.wiring.publishing import RULE
from tests import entra
from tests.anchors.stamping import MISSING, OPENSSL, authority, vouched_by
from tests.anchors.witnessing import witness
from tests.corridor import ingest
from tests.live import StandingClock

ORIGIN = "entra-mfa-monitor.local/ledger"


@pytest.fixture(autouse=True)
def _no_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def record(monitor: Monitor, minute: float) -> None:
    """Something that is entered: a policy changes."""
    after = entra.policy(entra.excluding(), name=f"policy {minute}")
    ingest(monitor, entra.ca_change(entra.policy(), after, entra.at(minute)))


def alarms(monitor: Monitor) -> list[Filed]:
    return monitor.history(Question(rule=RULE))


@contextmanager
def keyless(data: Path) -> Iterator[Monitor]:
    """A deployment that began with a key, published, and whose key is gone."""
    with open_monitor(data, None) as monitor:
        record(monitor, 0)
        monitor.publish()
    (data / "keys" / "ledger.key").rename(data / "away.key")
    with open_monitor(data, None) as monitor:
        yield monitor


def test_without_a_key_records_are_taken_and_checkpoints_wait(data: Path) -> None:
    with keyless(data) as monitor:
        shown = (data / "view" / "checkpoint").read_bytes()
        record(monitor, 1)
        assert monitor.publish() is None
        assert monitor.health()["status"] == "degraded"
        assert monitor.health()["problems"] == ["no signing key: checkpoints are not published"]
        assert (data / "view" / "checkpoint").read_bytes() == shown
    assert not (data / "keys" / "ledger.key").exists(), "a lost key is never replaced in silence"


def test_that_is_one_finding_for_each_episode(data: Path) -> None:
    with keyless(data) as monitor:
        monitor.sweep()
        assert alarms(monitor) == [], "all there is has been signed"
        for minute in (1, 2, 3):
            record(monitor, minute)
            monitor.sweep()
        (alarm,) = alarms(monitor)
        assert alarm.leaf["severity"] == "high"
        assert "no signing key" in str(alarm.leaf["witness"])
        assert alarm.index in {int(cell.key) for cell in monitor._view.rows(Table.UNDELIVERED)}
    with open_monitor(data, None) as monitor:
        monitor.sweep()
        assert len(alarms(monitor)) == 1, "another process knows of it"
    (data / "away.key").rename(data / "keys" / "ledger.key")
    with open_monitor(data, None) as monitor:
        monitor.publish()
        assert monitor.health()["status"] == "ok"
    (data / "keys" / "ledger.key").rename(data / "away.key")
    with open_monitor(data, None) as monitor:
        record(monitor, 9)
        monitor.sweep()
        assert len(alarms(monitor)) == 2, "the next episode is another finding"


def test_a_key_that_is_here_and_does_not_count(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with keyless(data):
        pass
    stranger = note.SigningKey(ORIGIN, bytes(32))
    monkeypatch.setenv(VARIABLE, note.key_text(stranger))
    with open_monitor(data, None) as monitor:
        record(monitor, 1)
        with pytest.raises(InvalidInput, match="no signing key here is one this log announced"):
            monitor.publish()
        monitor.sweep()
        assert len(alarms(monitor)) == 1
        assert "announced by the log" in str(monitor.health()["problems"])


def test_publishing_that_fails_for_an_hour_is_a_finding(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_monitor(data, None) as monitor:
        record(monitor, 0)
        monitor.publish()
        record(monitor, 1)
        assert monitor.publishing.alarm() is None
        later = StandingClock(WallClock().now() + timedelta(hours=1))
        monkeypatch.setattr(monitor.publishing, "_clock", later)
        monitor.sweep()
        (alarm,) = alarms(monitor)
        assert "publishing fails" in str(alarm.leaf["witness"])


def test_entries_that_wait_for_a_checkpoint_degrade_the_health(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is asked: on Azure another process publishes."""
    with open_monitor(data, None) as monitor, open_monitor(data, None) as asked:
        record(monitor, 0)
        monitor.publish()
        record(monitor, 1)
        asked.refresh(1)
        assert asked.health()["status"] == "ok"
        later = StandingClock(WallClock().now() + timedelta(minutes=11))
        monkeypatch.setattr(asked.publishing, "_clock", later)
        asked.refresh(1)
        (problem,) = asked.publishing.problems()
        assert "waited for a checkpoint" in problem
        assert asked.health()["status"] == "degraded"
        monitor.publish()
        asked.refresh(1)
        assert asked.health()["status"] == "ok"


def test_in_blob_storage_only_init_makes_a_key(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, azurite: object
) -> None:
    from tests.azurite import Azurite, fresh_name  # noqa: PLC0415 - needs Azure's client

    assert isinstance(azurite, Azurite)
    monkeypatch.setenv("PUBLISHING_TEST", azurite.connection_string)
    names = [fresh_name() for _ in range(3)]
    for name in names:
        azurite.store(name)
    config = tmp_path / "monitor.toml"
    kinds = ("ledger", "raw", "view")
    lines = [f'{kind}_container = "{name}"' for kind, name in zip(kinds, names, strict=True)]
    config.write_text("\n".join(["[storage]", 'connection_env = "PUBLISHING_TEST"', *lines]))
    with (
        pytest.raises(InvalidInput, match=r"has not begun and no signing key.*mfa-monitor init"),
        open_monitor(data, config),
    ):
        raise AssertionError
    assert not (data / "keys").exists()
    monkeypatch.setenv(VARIABLE, note.key_text(note.SigningKey(ORIGIN, bytes(32))))
    with open_monitor(data, config) as monitor:
        record(monitor, 0)
        assert monitor.publish() is not None
    monkeypatch.delenv(VARIABLE)
    with open_monitor(data, config) as monitor:
        record(monitor, 1)
        assert monitor.publish() is None


def test_a_log_that_was_cut_is_told_by_the_checkpoint(data: Path) -> None:
    """Also where the view's files are gone, and only the checkpoint remembers."""
    with open_monitor(data, None) as monitor:
        for minute in range(3):
            record(monitor, minute)
        monitor.publish()
    last = max((data / "ledger" / "b").iterdir())
    last.unlink()
    for name in ("state.db", "history.db"):
        (data / "view" / name).unlink()
    with open_monitor(data, None) as monitor, pytest.raises(LedgerCorrupt, match="rolled back"):
        record(monitor, 9)


def test_a_checkpoint_that_nobody_signed_does_not_silence_the_service(data: Path) -> None:
    """Whoever can write where it is shown could; the notes in the ledger say how much is signed."""
    with open_monitor(data, None) as monitor:
        record(monitor, 0)
        monitor.publish()
    path = data / "view" / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n\n", b"\nmore\n\n"))
    with capture_logs() as logs, open_monitor(data, None) as monitor:
        assert "publish.forged" in {one["event"] for one in logs}
        assert monitor.health()["status"] == "degraded"
        assert "signed by no key" in str(monitor.health()["problems"])
        record(monitor, 1)
        monitor.sweep()
        (alarm,) = alarms(monitor)
        assert "signed by no key of the log" in str(alarm.leaf["witness"])
        with pytest.raises(LedgerCorrupt):
            monitor.publish()
        path.unlink()
        monitor.publish()
        monitor.refresh(1)
        assert monitor.health()["status"] == "ok"


def test_a_forged_checkpoint_does_not_hide_that_the_log_was_cut(data: Path) -> None:
    with open_monitor(data, None) as monitor:
        for minute in range(3):
            record(monitor, minute)
        monitor.publish()
    shutil.rmtree(data / "view")
    (data / "view").mkdir()
    (data / "view" / "checkpoint").write_bytes(b"no note at all")
    batches = [path for path in (data / "ledger" / "b").rglob("*") if path.is_file()]
    max(batches).unlink()
    with open_monitor(data, None) as monitor, pytest.raises(LedgerCorrupt, match="rolled back"):
        record(monitor, 3)


def test_a_ledger_and_a_view_that_do_not_belong_together_stop_the_start(
    data: Path, tmp_path: Path
) -> None:
    """A trial's ledger in the settings of another log: no forger could sign so."""
    other = tmp_path / "other"
    for place in (data, other):
        with open_monitor(place, None) as monitor:
            record(monitor, 0)
            monitor.publish()
    shutil.rmtree(data / "keys")
    (other / "keys").rename(data / "keys")
    (other / "view" / "checkpoint").replace(data / "view" / "checkpoint")
    with pytest.raises(LedgerCorrupt, match="do not belong together"), open_monitor(data, None):
        raise AssertionError


def test_a_ledger_shorter_than_what_was_signed_degrades_the_health(data: Path) -> None:
    with open_monitor(data, None) as monitor:
        record(monitor, 0)
        monitor.publish()
    shutil.rmtree(data / "ledger")
    for database in (data / "view").glob("*.db*"):
        database.unlink()
    with open_monitor(data, None) as monitor:
        assert "0 entries" in str(monitor.health()["problems"])
        monitor.refresh(1)
        assert monitor.health()["status"] == "degraded"


@pytest.mark.parametrize("left", ["view", "ledger"])
def test_no_second_log_begins_where_one_was_signed(data: Path, left: str) -> None:
    """A wrong container in the settings, or one that somebody emptied."""
    with open_monitor(data, None) as monitor:
        record(monitor, 0)
        monitor.publish()
    shutil.rmtree(data / "ledger" / "b")
    if left == "ledger":
        shutil.rmtree(data / "view")
    else:
        shutil.rmtree(data / "ledger")
        for database in (data / "view").glob("*.db*"):
            database.unlink()
    with open_monitor(data, None) as monitor, pytest.raises(LedgerCorrupt, match="rolled back"):
        record(monitor, 1)


def test_a_checkpoint_written_over_while_we_run_is_a_finding(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of whatever size it says it is: one that is large would end the alarm for good."""
    with open_monitor(data, None) as monitor:
        record(monitor, 0)
        monitor.publish()
        path = data / "view" / "checkpoint"
        signed = path.read_bytes()
        size = int(signed.split(b"\n")[1])
        path.write_bytes(signed.replace(b"\n%d\n" % size, b"\n99999999\n", 1))
        assert monitor.publishing.alarm() is None, "all there is is signed in the ledger"
        record(monitor, 1)
        (leaf,) = (one.leaf for one in monitor.sweep().entries if one.leaf["t"] == "finding")
        assert "signed by no key of the log" in str(leaf["witness"])
        assert leaf["once"] == str(size)
        path.write_bytes(b"no note at all")
        monitor.sweep()
        assert len(alarms(monitor)) == 1, "the same episode"


@pytest.mark.parametrize("digits", [12, 13, 5000])
def test_a_head_that_is_no_batch_number_is_no_hint(data: Path, digits: int) -> None:
    with open_monitor(data, None) as monitor:
        record(monitor, 0)
        monitor.publish()
    (data / "view" / "head").write_bytes(b"9" * digits)
    with open_monitor(data, None) as monitor:
        record(monitor, 1)
        assert monitor.publish() is not None


@pytest.mark.parametrize("url", ["https://user:word@a.example/x", "https://key@a.example"])
def test_an_address_with_credentials_is_refused(data: Path, tmp_path: Path, url: str) -> None:
    """It would stand in the log, and in the object that says how the witness stands."""
    config = tmp_path / "monitor.toml"
    config.write_text(f'[[publish.witnesses]]\nname = "w"\nurl = "{url}"\nvkey = "v"\n')
    with pytest.raises(InvalidInput, match="url"), open_monitor(data, config):
        raise AssertionError


def test_a_log_does_not_begin_with_another_ones_key(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, note.key_text(note.SigningKey("other.example/log", bytes(32))))
    with pytest.raises(InvalidInput, match=r"other\.example/log.*origin"), open_monitor(data, None):
        raise AssertionError
    assert not (data / "ledger" / "b").exists()


def test_rebuild_writes_the_tiles_again(data: Path) -> None:
    with open_monitor(data, None) as monitor:
        record(monitor, 0)
        published = monitor.publish()
        assert published is not None
        tile = data / "view" / layout.tile(0, 0, published.size)
        wanted = tile.read_bytes()
        tile.write_bytes(b"damaged")
        monitor.rebuild()
        assert tile.read_bytes() == wanted


@pytest.mark.skipif(OPENSSL is None, reason=MISSING)
def test_others_vouch_and_the_next_header_says_so(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "monitor.toml"
    with witness() as wit, authority(tmp_path) as tsa:
        config.write_text(vouched_by(wit, tsa))
        with open_monitor(data, config) as monitor:
            wit.logs[ORIGIN] = monitor.publishing.signers[0].vkey
            record(monitor, 0)
            first = monitor.publish()
            assert first is not None
            digests = {
                sha256((data / "ledger" / name).read_bytes()).hexdigest()
                for name in (
                    layout.cosignature(first.size, "w1"),
                    layout.timestamp(first.size, "tsa"),
                )
            }
        with open_monitor(data, config) as monitor:
            record(monitor, 1)
            monitor.publish()
            record(monitor, 2)
            monitor.publish()
            anchors = [batch.stated.anchor for batch in monitor._log.batches()]
            assert monitor.health()["problems"] == []
            vkey = monitor.publishing.signers[0].vkey
        held = [anchor.hex() for anchor in anchors if anchor is not None]
        assert len(held) == 1, "another process took it up, once"
        assert held[0] in digests
        standings = json.loads((data / "view" / "anchors").read_text())
        assert standings["embedded"] == held[0]
        places = monitor.places
    report = verify(places.store("ledger"), places.store("view"), vkey)
    assert report.valid


def test_a_digest_carries_the_checkpoint_whole(data: Path, tmp_path: Path) -> None:
    """As text and as HTML, cosignatures and all: what a reader keeps is what `verify` reads."""
    config = tmp_path / "monitor.toml"
    edition = Edition(Period.DAILY, entra.at(24 * 60))
    with witness() as wit:
        config.write_text(
            f'[[publish.witnesses]]\nname = "w1"\nurl = "{wit.url}"\nvkey = "{wit.vkey}"\n'
        )
        with open_monitor(data, config) as monitor:
            wit.logs[ORIGIN] = monitor.publishing.signers[0].vkey
            record(monitor, 0)
            monitor.publish()
            letter = digest_letter(monitor.digest(edition))
    shown = (data / "view" / "checkpoint").read_bytes()
    assert len(split_note(shown)[1]) == 2
    for name, content in (("mail.txt", letter.text), ("mail.eml", mail(letter))):
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert read_kept(str(tmp_path / name)) == (shown,)


def mail(letter: Letter) -> str:
    """The letter as a mail program saves it, its HTML alone."""
    message = EmailMessage()
    message["Subject"] = letter.subject
    message.set_content(letter.html, subtype="html")
    return message.as_string()


def test_an_unreachable_view_fails_the_publish_and_not_the_batch(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_monitor(data, None) as monitor:

        def refuse(*_: object) -> bool:
            raise StorageUnavailable("checkpoint: refused")

        monkeypatch.setattr(type(monitor.places.store("view")), "swap", refuse)
        record(monitor, 0)
        with pytest.raises(StorageUnavailable):
            monitor.publish()
        monkeypatch.undo()
        assert monitor.publish() is not None
