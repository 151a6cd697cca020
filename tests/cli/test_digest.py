"""`digest`: printed, as JSON, and sent once to the channels of [digest]."""

from pathlib import Path

from tests.alerts.servers import closed_port, mail_server
from tests.cli.conftest import Desk, weakened


def configured(url: str) -> None:
    text = f'[[alerts.channels]]\nname = "mail"\nurl = "{url}"\n[digest]\nchannels = ["mail"]\n'
    Path("monitor.toml").write_text(text, encoding="utf-8")


def test_a_digest_says_what_happened_and_ends_with_the_checkpoint(desk: Desk) -> None:
    desk("replay", desk.events("a.jsonl", weakened()))
    text = desk("digest").stdout
    assert text.startswith("MFA monitor, daily ")
    for heading in (
        "Findings",
        "The gravest",
        "Recorded changes",
        "Accounts without a method, overdue",
        "Exemptions about to expire",
        "The stream and this service",
        "Checkpoint of the ledger",
    ):
        assert f"\n{heading}\n" in text
    (line,) = desk.lines("digest", "--weekly", "--json")
    assert (line["period"], sum(line["findings"].values())) == ("weekly", 1)
    assert line["checkpoint"].startswith("entra-mfa-monitor.local/ledger\n")


def test_a_digest_is_sent_once_a_day(desk: Desk) -> None:
    desk("replay", desk.events("a.jsonl", weakened()))
    with mail_server() as mailbox:
        configured(mailbox.url)
        first, again = desk("digest", "--send"), desk("digest", "--send")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "delivered to mail" in first.stdout
    assert "nothing sent" in again.stdout
    (mail,) = mailbox.got
    assert mail["Subject"].startswith("MFA monitor, daily ")


def test_a_digest_that_does_not_get_through_says_so(desk: Desk) -> None:
    desk("replay", desk.events("a.jsonl", weakened()))
    configured(f"mailto://127.0.0.1:{closed_port()}/a@b.example?from=c@d.example")
    result = desk("digest", "--send", "--json")
    assert result.exit_code == 3
    assert '"outcome":"failed"' in result.stdout


def test_without_a_channel_or_a_ledger_it_says_what_is_missing(desk: Desk) -> None:
    assert "no ledger here" in desk("digest").stderr
    desk("replay", desk.events("a.jsonl", weakened()))
    result = desk("digest", "--send")
    assert result.exit_code == 2
    assert "digest.channels" in result.stderr
