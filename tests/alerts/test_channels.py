"""Apprise against real servers: what arrives, and what is said when nothing does."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.alerts.channels import AppriseChannel, open_channels
from monitor.alerts.config import Address
from monitor.alerts.message import compose
from monitor.alerts.ports import Result, Sent
from monitor.errors import InvalidInput
from tests.alerts.samples import Leaf, finding, hostile
from tests.alerts.servers import (
    SIGNATURE,
    Mailbox,
    Workflow,
    closed_port,
    mail_server,
    self_signed,
    silent_server,
    workflow_server,
)

EVIL = "<img src=x onerror=alert(1)> [x](https://evil.example) \r\nBcc: eve@evil.example"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
def workflow(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with workflow_server(certificate) as server:
        yield server


def send(url: str, leaf: Leaf | None = None, seconds: float = 5.0) -> Sent:
    channel = AppriseChannel("test", SecretStr(url))
    return channel.send(compose(412, leaf or finding()), seconds)


def test_teams_gets_exactly_our_card(workflow: Workflow) -> None:
    assert send(workflow.url) == Sent(Result.DELIVERED)
    assert workflow.got == [compose(412, finding()).card]
    assert f"sig={SIGNATURE}" in workflow.paths[0]


def test_a_hostile_name_arrives_in_the_card_as_text(workflow: Workflow) -> None:
    leaf = hostile(EVIL + " {{app_body}} <at>everyone</at>")
    assert send(workflow.url, leaf) == Sent(Result.DELIVERED)
    assert workflow.got == [compose(412, leaf).card]
    assert '"entities"' not in json.dumps(workflow.got)


def test_the_card_leaves_no_file_behind(
    workflow: Workflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "a b"
    odd.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(odd))
    assert send(workflow.url) == Sent(Result.DELIVERED)
    assert list(odd.iterdir()) == []


def test_a_template_of_the_operator_is_kept(workflow: Workflow, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    card = {"type": "message", "attachments": [{"contentType": "x", "content": "{{app_body}}"}]}
    path.write_text(json.dumps(card))
    assert send(f"{workflow.url}?template={path.as_uri()}") == Sent(Result.DELIVERED)
    assert workflow.got[0]["attachments"][0]["content"] == compose(412, finding()).markdown.rstrip()


def test_mail_has_an_html_part_and_a_text_part(mailbox: Mailbox) -> None:
    assert send(mailbox.url) == Sent(Result.DELIVERED)
    (mail,) = mailbox.got
    message = compose(412, finding())
    assert mail["Subject"] == message.subject
    assert mail["To"] == "oncall@stmarys.example"
    assert mail.get_content_type() == "multipart/alternative"
    text, page = mail.iter_parts()
    assert page.get_content_type() == "text/html"
    assert page.get_content().splitlines() == message.html.splitlines()
    assert text.get_content_type() == "text/plain"
    for label, value in message.alert.facts:
        assert f"{label}: {value}" in text.get_content()
    assert message.alert.about.link in text.get_content().splitlines()


def test_a_hostile_name_adds_no_header_and_no_markup_to_the_mail(mailbox: Mailbox) -> None:
    assert send(mailbox.url, hostile(EVIL)) == Sent(Result.DELIVERED)
    (mail,) = mailbox.got
    assert mail["Bcc"] is None
    assert mail["Subject"].endswith("(#412)")
    _, page = mail.iter_parts()
    assert "<img" not in page.get_content()
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.get_content()
    assert "https://evil" not in page.get_content()


def test_a_generic_service_gets_the_plain_text(workflow: Workflow) -> None:
    assert send(f"jsons://127.0.0.1:{workflow.port}/hook") == Sent(Result.DELIVERED)
    assert workflow.got[0]["title"] == compose(412, finding()).subject
    assert workflow.got[0]["message"].rstrip() == compose(412, finding()).text.rstrip()


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_service_of_another_form_gets_it_escaped(workflow: Workflow, form: str) -> None:
    url = f"jsons://127.0.0.1:{workflow.port}/hook?format={form}"
    assert send(url, hostile(EVIL)) == Sent(Result.DELIVERED)
    assert "<img" not in workflow.got[0]["message"]
    assert "](https://evil" not in workflow.got[0]["message"]


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_a_refusing_workflow_is_a_failure_with_its_status(workflow: Workflow, status: int) -> None:
    workflow.status = status
    sent = send(workflow.url)
    assert sent.outcome is Result.FAILED
    assert f"error={status}" in str(sent.error)


def test_a_refused_mail_is_a_failure_that_names_nobody(mailbox: Mailbox) -> None:
    mailbox.refusal = "554 no thanks"
    sent = send(mailbox.url)
    assert sent.outcome is Result.FAILED
    assert "Sending email" in str(sent.error)
    assert "oncall" not in str(sent.error)


def test_a_certificate_nobody_vouches_for_is_a_failure(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    sent = send(workflow.url)
    assert sent.outcome is Result.FAILED
    assert workflow.got == []


@pytest.mark.filterwarnings(
    # urllib3 warns of every request without verification; ?verify=no asks for exactly that
    "ignore::urllib3.exceptions.InsecureRequestWarning"
)
def test_verification_can_be_turned_off(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert send(f"{workflow.url}?verify=no") == Sent(Result.DELIVERED)


@pytest.mark.parametrize("scheme", ["workflows", "mailto"])
def test_a_closed_port_is_a_failure(scheme: str) -> None:
    path = {"workflows": "w0rkfl0w/s1gnature/", "mailto": "a@b.example?from=c@d.example"}[scheme]
    sent = send(f"{scheme}://127.0.0.1:{closed_port()}/{path}")
    assert sent.outcome is Result.FAILED
    assert "onnection error" in str(sent.error)
    assert "s1gnature" not in str(sent.error)


@pytest.mark.parametrize("scheme", ["workflows", "mailto"])
def test_a_silent_server_is_a_failure_in_time(scheme: str) -> None:
    path = {"workflows": "w0rkfl0w/s1gnature/", "mailto": "a@b.example?from=c@d.example"}[scheme]
    with silent_server() as port:
        sent = send(f"{scheme}://127.0.0.1:{port}/{path}", seconds=0.5)
    assert sent.outcome is Result.FAILED


def test_an_answer_that_comes_too_late_is_a_failure(workflow: Workflow) -> None:
    workflow.gate = threading.Event()
    sent = send(workflow.url, seconds=0.5)
    assert sent.outcome is Result.FAILED
    assert len(workflow.got) == 1


@pytest.mark.parametrize(
    "url", ["nonsense", "", "msteams://a/b/c", "https://host.example/s3cr3t", "mailto://"]
)
def test_a_bad_address_is_named_and_not_shown(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"^alerts\.channels: teams: no address") as refused:
        AppriseChannel("teams", SecretStr(url))
    assert "s3cr3t" not in str(refused.value)
    with pytest.raises(InvalidInput, match="number 2"):
        open_channels([Address(SecretStr("json://127.0.0.1")), Address(SecretStr(url))])


def test_channels_without_a_name_are_called_after_their_kind() -> None:
    urls = [
        "workflows://h.example/w0rkfl0w/s1gnature/",
        "mailto://user:passw0rd@h.example",
        "mailtos://user:passw0rd@h.example",
        "jsons://h.example",
    ]
    named = Address(SecretStr("mailto://user:passw0rd@i.example"), "mail-2")
    channels = open_channels([named, *(Address(SecretStr(url)) for url in urls)])
    assert [channel.name for channel in channels] == ["mail-2", "teams", "mail", "mail-3", "json"]


def test_apprise_is_imported_when_a_channel_is_opened_and_not_before() -> None:
    code = (
        "import sys, monitor.alerts.channels, monitor.alerts.follower;"
        "sys.exit('apprise' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
