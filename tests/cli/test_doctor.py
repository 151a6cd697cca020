"""`doctor`: each check is ok, warn or fail, and says what to do."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.ledger.note import SigningKey, key_text
from tests import entra
from tests.alerts.servers import closed_port, mail_server
from tests.cli.conftest import ROOT, Desk, weakened


def states(desk: Desk) -> dict[str, str]:
    return {
        line["name"]: line["state"]
        for line in desk.lines("doctor", "--json")
        if line["kind"] == "check"
    }


def configured(text: str) -> None:
    Path("monitor.toml").write_text(text, encoding="utf-8")


def test_an_empty_directory_is_fit_and_stays_empty(desk: Desk) -> None:
    configured("[serve]\nport = 0\n")
    result = desk("doctor")
    assert result.exit_code == 0
    assert set(states(desk).values()) == {"ok", "warn"}
    assert states(desk)["channel"] == "warn"
    assert [path.name for path in desk.root.iterdir()] == ["monitor.toml"]


def test_a_ledger_is_described(desk: Desk) -> None:
    desk("replay", desk.events("a.jsonl", weakened()))
    result = desk("doctor")
    assert result.exit_code == 0
    assert "entries in" in result.stdout
    assert "readable by its owner only" in result.stdout


def test_a_key_that_others_may_read_fails(desk: Desk) -> None:
    desk("replay", desk.events("a.jsonl", entra.add_user(entra.at())))
    Path("mfa-monitor-data/keys/ledger.key").chmod(0o644)
    result = desk("doctor")
    assert result.exit_code == 3
    assert states(desk)["key"] == "fail"
    assert "chmod 600" in result.stdout


def test_a_lost_key_is_a_warning(desk: Desk) -> None:
    desk("replay", desk.events("a.jsonl", entra.add_user(entra.at())))
    Path("mfa-monitor-data/keys/ledger.key").unlink()
    assert states(desk)["key"] == "warn"


def test_a_configuration_that_is_wrong_fails(desk: Desk) -> None:
    configured("[enrolment]\ndeadline_hours = -1\n")
    result = desk("doctor")
    assert result.exit_code == 3
    assert "enrolment.deadline_hours" in result.stdout


def test_a_directory_that_cannot_be_made_fails(desk: Desk) -> None:
    configured('[serve]\ninbox = "file/inbox"\nport = 0\n')
    Path("file").write_bytes(b"")
    assert states(desk)["inbox"] == "fail"


def test_an_address_in_use_is_a_warning(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        configured(f"[serve]\nport = {taken.getsockname()[1]}\n")
        assert states(desk)["address"] == "warn"


def test_channels_are_masked_and_a_missing_url_fails(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM_URL", "workflows://host.example/0123456789/signature")
    monkeypatch.delenv("MAIL_URL", raising=False)
    configured(
        '[[alerts.channels]]\nname = "team"\nurl_env = "TEAM_URL"\n'
        '[[alerts.channels]]\nname = "mail"\nurl_env = "MAIL_URL"\n'
    )
    result = desk("doctor")
    assert result.exit_code == 3
    assert "workflows://***" in result.stdout
    assert "signature" not in result.stdout
    assert "the environment variable MAIL_URL is not set" in result.stdout


def test_a_test_message_goes_to_each_channel_and_a_dead_one_is_named(desk: Desk) -> None:
    with mail_server() as mailbox:
        dead = f"mailto://127.0.0.1:{closed_port()}/oncall@stmarys.example?from=a@b.example"
        configured(
            f'[[alerts.channels]]\nname = "mail"\nurl = "{mailbox.url}"\n'
            f'[[alerts.channels]]\nname = "dead"\nurl = "{dead}"\n'
        )
        result = desk("doctor", "--send-test")
    assert result.exit_code == 3
    text = " ".join(result.stdout.split())
    assert "channel mail mail, mailto://***, took the test message in" in text
    assert "channel dead mail, mailto://***, did not take the test message:" in text
    assert "oncall" not in text
    (mail,) = mailbox.got
    assert mail["Subject"] == "[TEST] MFA monitor, channel mail"


def test_addresses_of_an_apprise_file_are_channels_and_a_missing_fallback_fails(
    desk: Desk,
) -> None:
    Path("apprise.txt").write_text("night=mailto://u:s3cr3t@h.example/a@b.example\n")
    configured('[alerts]\napprise_config = "apprise.txt"\n')
    assert states(desk)["channel night"] == "ok"
    assert "s3cr3t" not in desk("doctor").stdout
    configured('[alerts]\napprise_config = "apprise.txt"\nfallback = "day"\n')
    assert states(desk)["channels"] == "fail"


@pytest.mark.parametrize(
    ("told", "state", "text"),
    [
        (key_text(SigningKey("log.example/a", bytes(32))), "ok", "public half log.example/a+"),
        ("PRIVATE+KEY+nonsense", "fail", "MFA_MONITOR_SIGNING_KEY: "),
        ("@Microsoft.KeyVault(SecretUri=https://v/s)", "fail", "could not be followed"),
    ],
)
def test_a_key_in_the_variable_is_looked_at(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, told: str, state: str, text: str
) -> None:
    monkeypatch.setenv("MFA_MONITOR_SIGNING_KEY", told)
    (check,) = [line for line in desk.lines("doctor", "--json") if line.get("name") == "key"]
    assert check["state"] == state
    assert text in check["text"]
    assert told.strip() not in json.dumps(check)


@pytest.mark.parametrize("words", ["doctor", "doctor --json", "verify", "rules", "history"])
def test_a_closed_output_is_no_bug(desk: Desk, words: str) -> None:
    desk("replay", desk.events("a.jsonl", entra.add_user(entra.at())))
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m monitor.cli.main {words} >&-', sys.executable],
        cwd=desk.root,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
