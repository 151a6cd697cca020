"""`doctor` in Azure: each check against the real client, and a stand-in or a plain server."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from monitor.cli import azure_checks
from monitor.cli.azure_checks import (
    NEEDED,
    check_app_settings,
    check_graph,
    check_hub,
    check_identity,
    check_references,
    check_retention,
    check_sign_in,
    check_stream,
)
from monitor.cli.azure_checks import azure_checks as checks
from monitor.cli.door import Options
from monitor.events.batch import Message, SourceBatch
from monitor.settings import Settings, StorageSettings
from tests.cli.conftest import Desk, weakened
from tests.eventhub.leaks import let_the_client_leak_sockets
from tests.eventhub.server import GROUP, StandIn
from tests.sources.eventhub.desk import deployment, hub_at, record

__all__ = ["let_the_client_leak_sockets"]

ACCOUNT = "https://ledger.blob.core.windows.net"
DEPLOYED = {
    "EventHubConnection__fullyQualifiedNamespace": "evh.servicebus.windows.net",
    "EVENTHUB_NAME": "insights-logs-auditlogs",
    "EVENTHUB_CONSUMER_GROUP": "mfa-monitor",
    "MFA_MONITOR_LEDGER_ACCOUNT": ACCOUNT,
    "MFA_MONITOR_VIEW_ACCOUNT": "https://host.blob.core.windows.net",
}


@contextmanager
def serving(body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """A server that answers everything with the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def token(claims: object) -> str:
    parts = [json.dumps(one).encode() for one in ({"alg": "RS256"}, claims)]
    return b".".join([*map(base64.urlsafe_b64encode, parts), b"x"]).replace(b"=", b"").decode()


@contextmanager
def identity(
    monkeypatch: pytest.MonkeyPatch, access_token: str, client: str = "c1"
) -> Iterator[dict[str, str]]:
    """The platform's endpoint for the identity, giving out that token."""
    said = {"access_token": access_token, "expires_on": "9999999999", "token_type": "Bearer"}
    with serving(json.dumps(said).encode(), {"Content-Type": "application/json"}) as url:
        environment = {
            "IDENTITY_ENDPOINT": f"{url}/msi/token",
            "IDENTITY_HEADER": "h",
            "AZURE_CLIENT_ID": client,
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield environment


def test_on_one_machine_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert list(checks(Options(tmp_path), Settings(), {"PATH": "/bin"})) == []


def test_a_deployment_is_looked_at_from_all_sides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(azure_checks, "offsets_of", lambda _hub: {"0": "512"})
    environment = {**DEPLOYED, "WEBSITE_SITE_NAME": "func", "WEBSITE_AUTH_ENABLED": "True"}
    del environment["MFA_MONITOR_LEDGER_ACCOUNT"]  # nothing is to leave this machine
    found = {one.name: one for one in checks(Options(tmp_path), Settings(), environment)}

    assert list(found) == [
        "settings",
        "vault",
        "identity",
        "hub",
        "stream",
        "retention",
        "graph",
        "sign-in",
    ]
    assert {name: one.state for name, one in found.items()} == {
        "settings": "fail",
        "vault": "ok",
        "identity": "warn",
        "hub": "ok",
        "stream": "warn",
        "retention": "warn",
        "graph": "ok",
        "sign-in": "warn",
    }
    assert all(one.advice for one in found.values() if one.state != "ok")


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_app_setting_is_named(name: str) -> None:
    found = check_app_settings({**DEPLOYED, name: ""})

    assert found.state == "fail"
    assert found.text == f"not set: {name}"


def test_a_key_among_the_app_settings_is_pointed_out() -> None:
    assert check_app_settings(DEPLOYED).state == "ok"
    keyed = check_app_settings({**DEPLOYED, "EventHubConnection": "Endpoint=sb://x;SharedAcc..."})
    assert keyed.state == "warn"
    assert "Endpoint" not in keyed.text


def test_a_reference_that_was_not_followed_is_named_without_its_value() -> None:
    reference = "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/x)"
    found = check_references({"MFA_MONITOR_SIGNING_KEY": reference, "PATH": "/bin"})

    assert found.state == "fail"
    assert "MFA_MONITOR_SIGNING_KEY" in found.text
    assert "vault.azure.net" not in found.text
    assert check_references({"MFA_MONITOR_SIGNING_KEY": "PRIVATE+KEY+..."}).state == "ok"


@pytest.mark.parametrize(
    ("environment", "state"),
    [
        ({"IDENTITY_ENDPOINT": "http://x", "AZURE_CLIENT_ID": "c"}, "ok"),
        ({"IDENTITY_ENDPOINT": "http://x"}, "warn"),
        ({"AZURE_FEDERATED_TOKEN_FILE": "/t"}, "ok"),
        ({}, "warn"),
    ],
)
def test_the_identity_is_one_that_is_named(environment: dict[str, str], state: str) -> None:
    assert check_identity(environment).state == state


def hub_environment(server: StandIn, group: str = GROUP) -> dict[str, str]:
    return {"EventHubConnection": server.connection_string, "EVENTHUB_CONSUMER_GROUP": group}


@pytest.mark.parametrize(
    ("partitions", "segment", "group", "state", "told"),
    [
        (1, "", GROUP, "ok", "1 partitions"),
        (3, "", GROUP, "warn", "3 partitions"),
        (1, "1:", GROUP, "fail", "geo-replicated"),
        (1, "", "$default", "fail", "$Default"),
    ],
)
def test_the_hub_is_asked_what_it_is(
    partitions: int, segment: str, group: str, state: str, told: str
) -> None:
    with StandIn(partitions, segment=segment) as server:
        server.send(record(1))
        found = check_hub(Settings(), hub_environment(server, group))

    assert found.state == state
    assert told in found.text


def test_a_hub_that_is_not_there_fails_with_advice() -> None:
    with StandIn() as server:
        environment = hub_environment(server) | {"EVENTHUB_NAME": "another"}
        found = check_hub(Settings(), environment)

    assert found.state == "fail"
    assert "another" in found.text
    assert "role" in found.advice


def test_a_hub_that_is_not_named_fails() -> None:
    found = check_hub(Settings(), {"EVENTHUB_NAME": "x"})

    assert found.state == "fail"
    assert "EventHubConnection__fullyQualifiedNamespace" in found.text


def test_no_ledger_means_that_nothing_is_known_of_the_stream(desk: Desk) -> None:
    found = check_stream(Options(desk.root / "none"))

    assert found.state == "warn"
    assert "cannot be told" in found.text


@pytest.mark.parametrize(("hours", "state"), [(0, "ok"), (7, "warn")])
def test_the_age_of_the_last_record_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, hours: int, state: str
) -> None:
    data = desk.root / "data"
    with deployment(data) as monitor:
        assert monitor.pulses() == {}
        partition = hub_at("").partition("0")
        monitor.ingest(SourceBatch(partition, (Message(record(1), 0, datetime.now(UTC)),)))
        (arrived,) = monitor.pulses().values()
    later = arrived + timedelta(hours=hours, seconds=5)

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # UTC is all it is asked
            del tz
            return later

    monkeypatch.setattr(azure_checks, "datetime", Later)
    found = check_stream(Options(data))

    assert found.state == state
    assert ("7 h 0 min" if hours else "0 min") in found.text


def test_a_ledger_without_a_record_from_the_hub_says_so(desk: Desk) -> None:
    desk("replay", desk.events("a.jsonl", weakened()))
    found = check_stream(Options(desk.root / "mfa-monitor-data"))

    assert found.state == "warn"
    assert "no record" in found.text
    assert "diagnostic-setting.sh" in found.advice


@pytest.mark.parametrize(("protected", "state"), [("true", "ok"), ("false", "fail")])
def test_the_container_is_asked_for_its_retention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protected: str, state: str
) -> None:
    headers = {
        "x-ms-has-immutability-policy": protected,
        "x-ms-has-legal-hold": "false",
        "ETag": '"0x1"',
        "Last-Modified": "Sat, 28 Nov 2026 00:00:00 GMT",
    }
    key = base64.b64encode(b"0" * 32).decode()
    with serving(b"", headers) as url:
        connection = (
            f"DefaultEndpointsProtocol=http;AccountName=acct;AccountKey={key};"
            f"BlobEndpoint={url}/acct;"
        )
        monkeypatch.setenv("CONNECTION", connection)
        settings = Settings(storage=StorageSettings(connection_env="CONNECTION"))
        found = check_retention(Options(tmp_path), settings, {})

    assert found.state == state
    assert ("only Azure's management" in found.text) == (state == "ok")


def test_a_ledger_in_a_directory_is_no_evidence_against_its_owner(tmp_path: Path) -> None:
    assert check_retention(Options(tmp_path), Settings(), {}).state == "warn"


@pytest.mark.parametrize(
    ("claims", "state", "told"),
    [
        ({"roles": ["Policy.Read.All"]}, "ok", "may read: Policy.Read.All"),
        ({}, "ok", "no permission, and none is needed"),
        ({"roles": ["Policy.Read.All", "Directory.ReadWrite.All"]}, "fail", "may write"),
    ],
)
def test_the_token_says_what_the_identity_may_do_in_graph(
    monkeypatch: pytest.MonkeyPatch, claims: object, state: str, told: str
) -> None:
    with identity(monkeypatch, token(claims)) as environment:
        found = check_graph(environment)

    assert found.state == state
    assert told in found.text


@pytest.mark.parametrize("text", ["opaque", "a.b.c", "a.!!!.c"])
def test_a_token_that_cannot_be_read_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with identity(monkeypatch, text) as environment:
        found = check_graph(environment)

    assert found.state == "warn"
    assert "cannot be told" in found.text
    assert text not in found.text


@pytest.mark.parametrize(
    ("environment", "state"),
    [
        ({"WEBSITE_SITE_NAME": "f"}, "fail"),
        ({"WEBSITE_SITE_NAME": "f", "WEBSITE_AUTH_ENABLED": "True"}, "warn"),
        (
            {
                "WEBSITE_SITE_NAME": "f",
                "WEBSITE_AUTH_ENABLED": "True",
                "WEBSITE_AUTH_CLIENT_ID": "c",
            },
            "ok",
        ),
    ],
)
def test_app_service_authentication_is_looked_at(environment: dict[str, str], state: str) -> None:
    (found,) = check_sign_in(environment)

    assert found.state == state


def test_outside_app_service_there_is_no_sign_in_to_look_at() -> None:
    assert list(check_sign_in({})) == []
