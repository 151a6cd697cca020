"""The second signature line: ECDSA over P-256, and nothing that only looks like it."""

import shutil
import subprocess
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from monitor.errors import InvalidInput
from monitor.ledger.note import open_note, sign
from monitor.ledger.p256 import P256Signer, load_p256, parse_p256

P256 = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
NAME = "log.example/mfa-monitor"
SIGNER = P256Signer(NAME, P256)
TEXT = "some text\n"


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_the_key_s_text_is_what_the_specification_says() -> None:
    name, key_id, encoded = SIGNER.vkey.split("+", 2)
    spki = P256.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert name == NAME
    assert b64decode(encoded) == b"\x02" + spki
    assert key_id == sha256(spki).hexdigest()[:8]
    assert parse_p256(SIGNER.vkey) == SIGNER.verifier
    assert SIGNER.key_id.hex() == key_id


def test_openssl_takes_the_signature(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not here: install it (Debian: apt-get install openssl)")
    line = sign(TEXT, SIGNER).decode().splitlines()[-1]
    signature = b64decode(line.rsplit(" ", 1)[1])[4:]
    spki = P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, content in (("key.pem", spki), ("sig", signature), ("text", TEXT.encode())):
        (tmp_path / name).write_bytes(content)
    command = [openssl, "dgst", "-sha256", "-verify", "key.pem", "-signature", "sig", "text"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "Verified OK\n"


def test_a_note_opens_with_it_and_is_the_same_each_time() -> None:
    assert open_note(sign(TEXT, SIGNER), [SIGNER.verifier]) == TEXT
    assert sign(TEXT, SIGNER) == sign(TEXT, SIGNER)
    line = sign(TEXT, SIGNER).rpartition(b"\n\n")[2]
    assert not SIGNER.verifier.signed(b"other\n", b64decode(line.split()[-1])[4:])
    assert not SIGNER.verifier.signed(TEXT.encode(), b"no DER")


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{NAME}+00000000+{SIGNER.vkey.split('+', 2)[2]}",
        SIGNER.vkey.replace("+A", "+B", 1) if "+A" in SIGNER.vkey else "x",
        f"{NAME}+00000000+AgAA",
    ],
)
def test_malformed_keys(text: str) -> None:
    with pytest.raises(InvalidInput, match="verifier key"):
        parse_p256(text)


def test_a_key_on_another_curve_is_refused(tmp_path: Path) -> None:
    other = P256Signer(NAME, ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(InvalidInput, match="not on P-256"):
        parse_p256(other.vkey)
    for key in (other.private, ed25519.Ed25519PrivateKey.generate()):
        (tmp_path / "key.pem").write_bytes(pem(key))
        with pytest.raises(InvalidInput, match="not a private key on P-256"):
            load_p256(tmp_path / "key.pem", NAME)


def test_a_file_of_a_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(pem(P256))
    assert load_p256(path, NAME).vkey == SIGNER.vkey
    assert "private" not in repr(load_p256(path, NAME))
    with pytest.raises(InvalidInput, match="not a log origin"):
        load_p256(path, "no name")
    locked = P256.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    for content in (b"", b"no key", locked):
        path.write_bytes(content)
        with pytest.raises(InvalidInput, match="cannot read the P-256 key"):
            load_p256(path, NAME)
    with pytest.raises(InvalidInput, match="cannot read the P-256 key"):
        load_p256(tmp_path / "absent", NAME)
