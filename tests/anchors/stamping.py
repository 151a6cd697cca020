"""A timestamp authority on loopback: OpenSSL's, behind HTTP, with a chain made for the test."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.anchors.witnessing import Answer, WitnessState, answering

OPENSSL = shutil.which("openssl")
MISSING = "openssl is not here: install it (Debian: apt-get install openssl)"
_CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {home}/serial
signer_cert = {home}/tsa.pem
signer_key = {home}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
{certs}
"""


@dataclass
class AuthorityState:
    """The authority's files, and what it answers in place of OpenSSL's reply, if anything."""

    home: Path
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    @property
    def ca_file(self) -> Path:
        return self.home / "ca.pem"

    def reply(self, query: bytes) -> Answer:
        """What OpenSSL says to a request."""
        self.requests.append(query)
        if self.answers:
            return self.answers.pop(0)
        (self.home / "query").write_bytes(query)
        command = [str(OPENSSL), "ts", "-reply", "-config", str(self.home / "tsa.cnf")]
        command += ["-queryfile", str(self.home / "query"), "-out", str(self.home / "reply")]
        subprocess.run(command, check=True, capture_output=True)
        return 200, "application/timestamp-reply", (self.home / "reply").read_bytes()

    def verifies(self, reply: bytes, content: bytes) -> bool:
        """Whether OpenSSL, as a second verifier, takes the reply for the content."""
        (self.home / "kept.tsr").write_bytes(reply)
        (self.home / "content").write_bytes(content)
        command = [str(OPENSSL), "ts", "-verify", "-data", str(self.home / "content")]
        command += ["-in", str(self.home / "kept.tsr"), "-CAfile", str(self.ca_file)]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.returncode == 0 and b"Verification: OK" in done.stdout


def make_authority(home: Path, *, with_chain: bool = False) -> AuthorityState:
    """Make a root and a signing certificate; `with_chain` sends both with each reply."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("test root", root_key, "test root", root_key, authority=True)
    leaf = _certificate("test tsa", key, "test root", root_key, authority=False)
    (home / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (home / "tsa.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    (home / "tsa.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (home / "serial").write_text("01\n")
    certs = f"certs = {home}/ca.pem" if with_chain else ""
    (home / "tsa.cnf").write_text(_CONFIG.format(home=home, certs=certs))
    return AuthorityState(home)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    named = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(named[0])
        .issuer_name(named[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(_usage(authority=authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if not authority:
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(stamping, critical=True)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


@contextmanager
def authority(home: Path, *, with_chain: bool = False) -> Iterator[AuthorityState]:
    """Serve an authority on a free port of 127.0.0.1."""
    state = make_authority(home, with_chain=with_chain)

    with answering(lambda _, query: state.reply(query)) as url:
        state.url = f"{url}/tsr"
        yield state


def vouched_by(wit: WitnessState, tsa: AuthorityState) -> str:
    """The configuration of a deployment that asks both."""
    return f"""
[publish]
limit_seconds = 30
[[publish.witnesses]]
name = "w1"
url = "{wit.url}"
vkey = "{wit.vkey}"
[[publish.authorities]]
name = "tsa"
url = "{tsa.url}"
ca_file = "{tsa.ca_file}"
"""
