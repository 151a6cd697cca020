"""The follower against real servers: one down, one up, and both after a while."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.alerts.channels import open_channels
from monitor.alerts.config import Address
from monitor.alerts.follower import Follower
from monitor.alerts.planning import LONGEST_PAUSE_SECONDS
from monitor.alerts.ports import Result
from tests.alerts.memory import MemoryLedger, Time
from tests.alerts.servers import (
    Mailbox,
    Workflow,
    closed_port,
    mail_server,
    self_signed,
    workflow_server,
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as server:
        yield server


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    certificate = self_signed(tmp_path / "server.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with workflow_server(certificate) as server:
        yield server


def follower(ledger: MemoryLedger, *urls: str) -> Follower:
    channels = open_channels([Address(SecretStr(url)) for url in urls])
    return Follower(ledger, ledger, channels, ledger.time, ticks=ledger.time.ticks)


@pytest.mark.parametrize("status", [429, 500])
def test_a_refused_card_is_sent_again_and_the_mail_is_not(
    mailbox: Mailbox, workflow: Workflow, status: int
) -> None:
    ledger = MemoryLedger(Time())
    ledger.file(7)
    follow = follower(ledger, workflow.url, mailbox.url)
    workflow.status = status
    follow.deliver(5)
    assert (len(workflow.got), len(mailbox.got)) == (1, 1)
    workflow.status = 202
    ledger.time.pass_seconds(LONGEST_PAUSE_SECONDS)
    follow.deliver(5)
    assert (len(workflow.got), len(mailbox.got)) == (2, 1)
    assert ledger.outcomes("teams") == [(7, "failed", 1), (7, "delivered", 2)]
    assert ledger.outcomes("mail") == [(7, "delivered", 1)]
    assert not ledger.open


def test_a_hanging_workflow_does_not_keep_the_mail_waiting(
    mailbox: Mailbox, workflow: Workflow
) -> None:
    ledger = MemoryLedger(Time())
    for index in range(3):
        ledger.file(index)
    workflow.gate = threading.Event()
    channels = open_channels([Address(SecretStr(url)) for url in (workflow.url, mailbox.url)])
    follow = Follower(ledger, ledger, channels, ledger.time)
    began = time.monotonic()
    follow.deliver(1.5)
    assert time.monotonic() - began < 2.5
    assert len(mailbox.got) == 3
    assert ledger.outcomes("teams") == [(0, "failed", 1)]


def test_no_secret_of_an_address_reaches_the_ledger(mailbox: Mailbox) -> None:
    ledger = MemoryLedger(Time())
    ledger.file(1)
    mailbox.refusal = "550 passw0rd of oncall@stmarys.example"
    dead = f"workflows://127.0.0.1:{closed_port()}/w0rkfl0w/s1gnature/"
    follower(ledger, dead, mailbox.url).deliver(5)
    assert {e.outcome for e in ledger.entries} == {Result.FAILED}
    for word in ("w0rkfl0w", "s1gnature", "oncall"):
        assert word not in str(ledger.entries)
