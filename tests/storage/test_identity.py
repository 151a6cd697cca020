"""Access without keys: a token of the machine's identity, taken by Azurite over TLS."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.errors import StorageUnavailable
from monitor.storage import blob
from monitor.storage.blob import CLIENT_OPTIONS, open_container
from monitor.storage.credential import credential
from tests.azurite import MISSING, Azurite, is_here, running
from tests.storage.bad_network import ONCE

CLIENT = "11111111-2222-4333-8444-555555555555"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 for an hour, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_path, key_path


def token() -> str:
    """A token as Entra words it; Azurite checks what it says, not who signed it."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "aud": "https://storage.azure.com",
        "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3600,
    }
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    words = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*words, base64.urlsafe_b64encode(b"unsigned").rstrip(b"=")]).decode()


@contextmanager
def identity_endpoint(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The endpoint the platform gives an app for its identity, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(
                {"header": self.headers["X-IDENTITY-HEADER"]} | parse_qs(urlsplit(self.path).query)
            )
            expires = str(int(datetime.now(UTC).timestamp()) + 3600)
            said = {"access_token": token(), "expires_on": expires, "token_type": "Bearer"}
            body = json.dumps(said if status == 200 else {"message": "no such identity"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/msi/token", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Azurite, Path]]:
    if not is_here():
        pytest.skip(MISSING)
    cert, key = certificate(tmp_path_factory.mktemp("tls"))
    with running(["--oauth", "basic", "--cert", str(cert), "--key", str(key)]) as server:
        yield server, cert


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    blob._identity.cache_clear()
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


def test_the_managed_identity_opens_the_three_containers_with_one_token(
    secured: tuple[Azurite, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, cert = secured
    with identity_endpoint() as (url, asked):
        monkeypatch.setenv("IDENTITY_ENDPOINT", url)
        monkeypatch.setenv("IDENTITY_HEADER", "platform-secret")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(cert))
        for name in ("ledger", "raw", "view"):
            store = open_container(server.url, name, client_id=CLIENT)
            assert store.ensure()
            assert store.create("b/000", b"x")
            assert not store.create("b/000", b"y")
            assert store.get("b/000") == b"x"
    assert [one["client_id"] for one in asked] == [[CLIENT]]
    assert asked[0]["resource"] == ["https://storage.azure.com"]
    assert asked[0]["header"] == "platform-secret"


def test_an_identity_that_is_refused_is_said_to_be_it(
    secured: tuple[Azurite, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, cert = secured
    monkeypatch.setattr(blob, "CLIENT_OPTIONS", CLIENT_OPTIONS | ONCE)
    with identity_endpoint(status=400) as (url, _asked):
        monkeypatch.setenv("IDENTITY_ENDPOINT", url)
        monkeypatch.setenv("IDENTITY_HEADER", "platform-secret")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(cert))
        store = open_container(server.url, "ledger", client_id=CLIENT)
        with pytest.raises(StorageUnavailable, match="no token of this identity") as caught:
            store.get("b/000")
    assert "AZURE_CLIENT_ID" in caught.value.advice
    assert "platform-secret" not in caught.value.diagnostics()


def test_the_platform_s_identity_goes_before_anything_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, CLIENT)
    assert isinstance(credential(None), DefaultAzureCredential)
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "x")
    assert isinstance(credential(None), ManagedIdentityCredential)
