"""ECDSA over P-256: the second signature line of a note (signed-note, type 0x02).

The type is what github.com/transparency-dev implements: SHA-256 over the note text, the signature
in ASN.1 DER, the public key in SPKI DER, and a key id that is the start of the SHA-256 of that DER.
A key of this kind can live in a vault that signs and never gives it away, which no vault does for
Ed25519; a checkpoint carries it beside an Ed25519 line, never in its place.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from monitor.errors import InvalidInput
from monitor.ledger.note import KEY_ID_BYTES, is_key_name, key_parts

ECDSA = b"\x02"
"""The signature type byte."""


@dataclass(frozen=True, slots=True)
class P256Key:
    """A public P-256 key, as SPKI in DER, and its name: the log's origin."""

    name: str
    spki: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell keys of one name apart; of this type the name is no part."""
        return sha256(self.spki).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(ECDSA + self.spki).decode()}"

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Tell whether this key made the signature over the text."""
        try:
            _point(self.spki).verify(signature, text, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class P256Signer:
    """A private P-256 key in memory; one in a vault has the same three names and `sign`."""

    name: str
    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def verifier(self) -> P256Key:
        """The public half."""
        public = self.private.public_key()
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return P256Key(self.name, spki)

    @property
    def key_id(self) -> bytes:
        """That of the public half."""
        return self.verifier.key_id

    @property
    def vkey(self) -> str:
        """The public half as text, to be given to whoever verifies."""
        return str(self.verifier)

    def sign(self, text: bytes) -> bytes:
        """Sign; the same bytes every time (RFC 6979), which a vault's signatures are not."""
        return self.private.sign(text, ec.ECDSA(SHA256(), deterministic_signing=True))


def parse_p256(text: str) -> P256Key:
    """Read a verifier key of type 0x02; InvalidInput if it is not one on P-256."""
    name, key_id, spki = key_parts(text, ECDSA, "verifier key")
    _point(spki)
    key = P256Key(name, spki)
    if key.key_id.hex() != key_id:
        raise InvalidInput(f"the verifier key of {name!r} does not have the id {key_id!r}")
    return key


def load_p256(path: Path, origin: str) -> P256Signer:
    """Read a private key, PKCS 8 or SEC 1 in PEM without a password, to sign as `origin`.

    Raises:
        InvalidInput: the file cannot be read, or holds something else.
    """
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise InvalidInput(f"cannot read the P-256 key {path}: {error}") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not _is_p256(private.curve):
        raise InvalidInput(f"{path}: not a private key on P-256; openssl ecparam -name prime256v1")
    if not is_key_name(origin):
        raise InvalidInput(f"not a log origin: {origin!r}")
    return P256Signer(origin, private)


def _point(spki: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(spki)
    except ValueError as error:
        raise InvalidInput(f"the verifier key holds no public key: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not _is_p256(key.curve):
        raise InvalidInput("the verifier key of type 0x02 is not on P-256")
    return key


def _is_p256(curve: ec.EllipticCurve) -> bool:
    return isinstance(curve, ec.SECP256R1)
