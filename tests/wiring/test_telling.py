"""Routes, storms, failing channels, acknowledgements and digests, over the real ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.alerts.message import Message
from monitor.alerts.ports import Result, Sent
from monitor.alerts.schedule import Edition, Period
from monitor.errors import InvalidInput
from monitor.view.history import Question
from monitor.wiring import Monitor, open_monitor
from monitor.wiring.acknowledging import Word
from tests import entra
from tests.alerts.servers import (
    Mailbox,
    closed_port,
    mail_server,
    self_signed,
    workflow_server,
)
from tests.corridor import ingest, leaves

BEFORE, AFTER = entra.policy(), entra.policy(entra.excluding())
WORD = Word("R. Roe", "reverted", "CHG-7")


@dataclass
class Line:
    """The terminal's place: remembers what it carried."""

    name: str = "line"
    carried: list[Message] = field(default_factory=list)

    def send(self, message: Message, seconds: float) -> Sent:
        self.carried.append(message)
        return Sent(Result.DELIVERED)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as server:
        yield server


@contextmanager
def running(folder: Path, config: str, line: Line | None = None) -> Iterator[Monitor]:
    path = folder / "monitor.toml"
    path.write_text(config, encoding="utf-8")
    with open_monitor(folder / "data", path, console=line) as monitor:
        yield monitor


def weaken(monitor: Monitor, minute: float = 0) -> int:
    """Weaken the policy once more; return the entry of the finding."""
    outcome = ingest(monitor, entra.ca_change(BEFORE, AFTER, entra.at(minute)))
    (index,) = [one.index for one in outcome.entries if one.leaf["t"] == "finding"]
    return index


def channel(name: str, url: str, more: str = "") -> str:
    return f'[[alerts.channels]]\nname = "{name}"\nurl = "{url}"\n{more}\n'


def dead(name: str) -> str:
    return channel(name, f"mailto://127.0.0.1:{closed_port()}/a@b.example?from=c@d.example")


def test_a_channel_that_takes_nothing_is_a_finding_on_the_fallback(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    spare = channel("spare", mailbox.url, 'rules = ["delivery-failing"]')
    config = '[alerts]\nfallback = "spare"\n' + dead("mail") + spare
    with running(tmp_path, config) as monitor:
        weaken(monitor)
        monitor.deliver(5)
        assert mailbox.got == []  # half an hour has not passed yet
        assert monitor._tellers is not None
        monitor._tellers = replace(monitor._tellers, patience=timedelta(0))
        outcome = monitor.deliver(5)
        (leaf,) = leaves(outcome, "finding")
        assert (leaf["rule"], leaf["object"]) == (
            "delivery-failing",
            {"kind": "alertChannel", "id": "mail", "name": "mail"},
        )
        assert "has taken nothing since" in str(leaf["witness"])
        assert {one["channel"] for one in leaves(outcome, "delivery")} == {"spare"}
        assert leaves(monitor.deliver(5), "finding") == []  # one open finding per channel
        live = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == live
    (mail,) = mailbox.got
    assert "Alerts do not arrive through a channel: mail" in mail["Subject"]


@pytest.mark.parametrize(("status", "reported"), [(404, True), (429, False), (503, False)])
def test_a_workflow_that_is_gone_is_a_finding_at_once(
    tmp_path: Path,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    reported: bool,
) -> None:
    certificate = self_signed(tmp_path / "server.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with workflow_server(certificate) as workflow:
        workflow.status = status
        spare = channel("spare", mailbox.url, 'rules = ["delivery-failing"]')
        config = '[alerts]\nfallback = "spare"\n' + channel("teams", workflow.url) + spare
        with running(tmp_path, config) as monitor:
            weaken(monitor)
            monitor.deliver(5)
    assert bool(mailbox.got) is reported


def test_an_acknowledgement_is_an_entry_and_stops_the_escalation(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    config = '[alerts]\nescalation = ["boss"]\n' + channel("boss", mailbox.url)
    line = Line()
    with running(tmp_path, config, line) as monitor:
        index = weaken(monitor)
        monitor.deliver(5)
        assert monitor.health()["undelivered"] == 1
        assert f"mfa-monitor ack {index}" in line.carried[0].text
        filed = monitor.acknowledge(index, WORD)
        assert filed.leaf["src"] == {"of": index}
        (leaf,) = leaves(monitor.deliver(5), "delivery")
        assert (leaf["channel"], leaf["outcome"], leaf["done"]) == ("none", "spared", True)
        assert monitor.health()["undelivered"] == 0
        kinds = [one.leaf["t"] for one in monitor.history(Question(of=index))]
        assert kinds == ["delivery", "ack", "delivery"]
        (found,) = monitor.history(Question(kinds=("ack",), actor="roe"))
        assert (found.leaf["reason"], found.leaf["ticket"]) == ("reverted", "CHG-7")
    assert mailbox.got == []


def test_an_acknowledgement_holds_for_what_was_told_with_it(tmp_path: Path) -> None:
    config = '[alerts]\nescalation = ["boss"]\n' + dead("boss")
    with running(tmp_path, config, Line()) as monitor:
        first, second = weaken(monitor), weaken(monitor, 1)
        filed = monitor.acknowledge(second, WORD)
        assert filed.leaf["covers"] == [first]
        third = weaken(monitor, 2)
        monitor.deliver(5)
        assert monitor.health()["undelivered"] == 1
        assert monitor._desk.pending()[0].index == third


def test_only_a_finding_can_be_acknowledged(tmp_path: Path) -> None:
    with running(tmp_path, "", Line()) as monitor:
        index = weaken(monitor)
        for other in (index - 1, 10_000):
            with pytest.raises(InvalidInput, match="is no finding"):
                monitor.acknowledge(other, WORD)


def test_an_incident_is_one_mail_and_its_update_is_of_the_same_thread(
    tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path, channel("mail", mailbox.url)) as monitor:
        first, second = weaken(monitor), weaken(monitor, 1)
        monitor.deliver(5)
        weaken(monitor, 2)
        monitor.deliver(5)
        assert len(mailbox.got) == 1  # an update comes ten minutes later at the earliest
        monkeypatch.setattr("monitor.alerts.planning.UPDATE_EVERY", timedelta(0))
        monitor.deliver(5)
        entries = monitor.history(Question(kinds=("delivery",)))
        assert len(entries) == 3
        assert all(one.leaf["done"] for one in entries)
    one, update = mailbox.got
    assert f"(#{first})" in one["Subject"]
    assert "and 1 more" in one["Subject"]
    assert f"#{second}" in body(one, "plain")
    assert "Update 1" in update["Subject"]
    assert one["References"] == update["References"] == update["In-Reply-To"]
    assert one["Message-ID"] != update["Message-ID"]


def test_a_message_names_the_checkpoint_and_the_auditor_page(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    config = '[alerts]\nauditor_url = "https://audit.hospital.example/mfa/"\n'
    with running(tmp_path, config + channel("mail", mailbox.url)) as monitor:
        index = weaken(monitor)
        monitor.deliver(5)
        (note,) = [*(tmp_path / "data" / "view").glob("checkpoint")]
        assert note.read_text().splitlines()[0] == monitor.settings.ledger.origin
    (mail,) = mailbox.got
    text = body(mail, "plain")
    assert f"https://audit.hospital.example/mfa/entries/{index}" in text
    assert f"#{index} in the ledger; checkpoint {index + 1}, root " in text


def body(mail: EmailMessage, form: str) -> str:
    part = mail.get_body((form,))
    assert part is not None
    return str(part.get_content())


DIGEST = '[digest]\ndaily = true\nat = 00:00:00\nchannels = ["mail"]\n'


def test_a_digest_is_sent_once_a_day_and_recorded(tmp_path: Path, mailbox: Mailbox) -> None:
    exempt = (
        '[[exemptions]]\nobject = "<b>ward</b>"\nowner = "IT"\nreason = "old scanner"\n'
        f'ticket = "CHG-1"\nexpires = {(datetime.now(UTC) + timedelta(days=3)).isoformat()}\n'
    )
    dates = "[migration]\ncomplete_by = 2026-01-31\nmandatory_mfa = 2099-01-01\n"
    quiet = channel("mail", mailbox.url, 'rules = ["nothing"]')
    with running(tmp_path, DIGEST + exempt + dates + quiet, Line()) as monitor:
        weaken(monitor)
        monitor.deliver(5)
        monitor.deliver(5)
        (filed,) = [
            one
            for one in monitor.history(Question(kinds=("delivery",)))
            if "digest" in _src(one.leaf)
        ]
        assert (filed.leaf["outcome"], filed.leaf["channel"]) == ("delivered", "mail")
        monitor.rebuild()
        monitor.deliver(5)
    (mail,) = mailbox.got
    assert mail["Subject"].startswith("MFA monitor, daily ")
    html = body(mail, "html")
    assert "&lt;b&gt;ward&lt;/b&gt;" in html
    assert "legacy custom control gone by" in html
    assert "mandatory MFA from" in html
    assert "entra-mfa-monitor.local/ledger" in html  # the checkpoint


def test_a_digest_is_left_to_the_one_who_sends_digests(tmp_path: Path, mailbox: Mailbox) -> None:
    quiet = channel("mail", mailbox.url, 'rules = ["nothing"]')
    with running(tmp_path, DIGEST + quiet, Line()) as monitor:
        weaken(monitor)
        monitor.deliver(5, digests=False)
        assert mailbox.got == []
        assert leaves(monitor.send_digests(5), "delivery")
        assert leaves(monitor.send_digests(5), "delivery") == []
        monitor.deliver(5)
    assert len(mailbox.got) == 1


def test_a_digest_counts_what_was_committed_in_its_period(tmp_path: Path) -> None:
    with running(tmp_path, "", Line()) as monitor:
        weaken(monitor)
        now = datetime.now(UTC)
        digest = monitor.digest(Edition(Period.DAILY, now + timedelta(seconds=1)))
        assert digest.counts["high"] + digest.counts["critical"] == 1
        assert digest.changes == {"Update conditional access policy": 1}
        later = monitor.digest(Edition(Period.DAILY, now + timedelta(days=2)))
        earlier = monitor.digest(Edition(Period.DAILY, now - timedelta(hours=1)))
        assert sum(later.counts.values()) == sum(earlier.counts.values()) == 0


def test_a_digest_that_fails_is_tried_again_and_alerts_go_on(
    tmp_path: Path, mailbox: Mailbox
) -> None:
    mailbox.refusal = "554 no"
    line = Line()
    with running(tmp_path, DIGEST + channel("mail", mailbox.url), line) as monitor:
        weaken(monitor)
        monitor.deliver(5)
        monitor.deliver(5)
        tries = [
            one.leaf
            for one in monitor.history(Question(kinds=("delivery",)))
            if "digest" in _src(one.leaf)
        ]
        assert [(leaf["outcome"], leaf["attempt"]) for leaf in tries] == [("failed", 1)]
    assert len(line.carried) == 1


def _src(leaf: object) -> dict[str, object]:
    assert isinstance(leaf, dict)
    src = leaf["src"]
    assert isinstance(src, dict)
    return src


def test_a_damaged_checkpoint_keeps_no_alert_back(tmp_path: Path, mailbox: Mailbox) -> None:
    with running(tmp_path, channel("mail", mailbox.url)) as monitor:
        index = weaken(monitor)
        (tmp_path / "data" / "view" / "checkpoint").write_text("not a note")
        (leaf,) = leaves(monitor.deliver(5), "delivery")
        assert leaf["outcome"] == "delivered"
    (mail,) = mailbox.got
    assert f"Entry: #{index} in the ledger\n" in body(mail, "plain").replace("\r", "")


def test_what_was_told_is_rebuilt_from_the_ledger_alone(tmp_path: Path, mailbox: Mailbox) -> None:
    config = '[alerts]\nescalation = ["boss"]\n' + dead("boss") + DIGEST
    with running(tmp_path, config + channel("mail", mailbox.url), Line()) as monitor:
        first = weaken(monitor)
        weaken(monitor, 1)
        monitor.deliver(5)
        monitor.acknowledge(first, WORD)
        monitor.deliver(5)
        live = monitor.dump()
        assert any("'thread'" in row for row in live)
        assert any("'digest'" in row for row in live)
        monitor.rebuild()
        assert monitor.dump() == live
